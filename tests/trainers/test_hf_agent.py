"""The local-model agent: batches, caches, recorded tokens; and collecting with it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import gymnasium
import pytest
from make_bundle import write_bundle
from terminal_gym_trainers.pair_records import PairOptions, read_pairs
from terminal_gym_trainers.pairs import make_pairs
from terminal_gym_trainers.rendering import Renderer
from terminal_gym_trainers.small_models import small_qwen

from terminal_gym.cli.main import run_cli
from terminal_gym.episodes import command_of, read_episodes
from terminal_gym.errors import UserError

torch = pytest.importorskip("torch")
hf = pytest.importorskip("terminal_gym.agents.hf")
engine_module = pytest.importorskip("terminal_gym.agents.hf_engine")
Conversation, Engine, Sampling = (
    engine_module.Conversation,
    engine_module.Engine,
    engine_module.Sampling,
)


@pytest.fixture(scope="module")
def model(tokenizer):
    torch.manual_seed(3)
    return small_qwen(tokenizer).eval()


@pytest.fixture
def engine(model, tokenizer):
    return Engine(model, tokenizer.eos_token_id, wait_s=0.05)


def greedy(model, ids, end, limit):
    """One token at a time over the whole text, without a cache."""
    ids, new = list(ids), []
    while len(new) < limit and (not new or new[-1] != end):
        with torch.no_grad():
            new.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
        ids.append(new[-1])
    return new


def test_batches_with_caches_give_what_single_ones_give(model, engine, tokenizer):
    """Three turns of four conversations of unequal length, all at once."""
    end = tokenizer.eos_token_id
    talks = [Conversation(ids=list(range(5, 5 + 7 * (i + 1)))) for i in range(4)]
    plain = [list(talk.ids) for talk in talks]
    for turn in range(3):
        limits = [3 + 2 * i for i in range(4)]
        with ThreadPoolExecutor(4) as pool:
            samples = list(
                pool.map(
                    lambda talk, limit: engine.sample(talk, Sampling(0.0, 1.0, limit)),
                    talks,
                    limits,
                )
            )
        for talk, ids, sample, limit in zip(talks, plain, samples, limits, strict=True):
            expected = greedy(model, ids, end, limit)
            assert sample.ids == expected
            assert all(value <= 0 for value in sample.logprobs)
            ids += expected
            assert talk.ids == ids and talk.cached == len(ids)
            more = [20 + turn, 30, 40][: 1 + turn]
            talk.ids += more
            ids += more


def test_logprobs_are_the_models_own(model, engine):
    talk = Conversation(seed=1, ids=[7, 8, 9])
    sample = engine.sample(talk, Sampling(1.3, 0.9, 8))
    logits = model(torch.tensor([talk.ids])).logits[0].log_softmax(-1)
    for place, (token, value) in enumerate(zip(sample.ids, sample.logprobs, strict=True)):
        assert value == pytest.approx(logits[2 + place, token].item(), abs=1e-4)


def test_the_seed_decides_whatever_the_batch(engine):
    alone = engine.sample(Conversation(seed=4, ids=[7, 8]), Sampling(1.0, 1.0, 6)).ids
    talks = [Conversation(seed=seed, ids=[7, 8, *[9] * seed]) for seed in range(4)]
    talks.append(Conversation(seed=4, ids=[7, 8]))
    with ThreadPoolExecutor(5) as pool:
        together = list(pool.map(lambda t: engine.sample(t, Sampling(1.0, 1.0, 6)).ids, talks))
    assert together[-1] == alone
    assert engine.sample(Conversation(seed=5, ids=[7, 8]), Sampling(1.0, 1.0, 6)).ids != alone


def test_a_small_top_p_is_greedy(model, engine, tokenizer):
    talk = Conversation(seed=2, ids=[7, 8, 9])
    expected = greedy(model, talk.ids, tokenizer.eos_token_id, 5)
    assert engine.sample(talk, Sampling(1.0, 1e-6, 5)).ids == expected


def test_an_error_reaches_every_caller(tokenizer, model, monkeypatch):
    broken = Engine(model, tokenizer.eos_token_id)
    monkeypatch.setattr(engine_module, "_join_caches", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        broken.sample(Conversation(ids=[5]), Sampling())
    monkeypatch.undo()
    assert broken.sample(Conversation(ids=[5]), Sampling(max_new_tokens=2)).ids


def test_no_model_is_an_error_with_a_remedy(monkeypatch):
    monkeypatch.delenv("TERMINAL_GYM_MODEL", raising=False)
    with pytest.raises(UserError, match="needs a model"):
        hf.HFAgent()
    with pytest.raises(UserError, match="no model could be loaded"):
        hf.HFAgent("/nowhere/at/all")


def test_a_full_context_submits(engine, tokenizer):
    agent = hf.HFAgent(engine=(engine, tokenizer), dialogue="shell", max_context=60)
    seen = {"instruction": "x" * 300, "output": "", "exit_code": 0, "cwd": "/", "running": 0}
    agent.reset(seen, {"seed": 1})
    assert agent.act(seen) == "exit" and agent.last_response.llm_calls == 0


@pytest.fixture
def checkpoint(model, tokenizer, tmp_path):
    model.save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def bundles(namespace_backend, tmp_path, monkeypatch):
    monkeypatch.setenv("TERMINAL_GYM_BACKEND", "namespace")
    before = dict(gymnasium.registry)
    yield [str(write_bundle(tmp_path / name)) for name in ("one", "two")]
    gymnasium.registry.clear()
    gymnasium.registry.update(before)


HF = ["--agent", "hf", "--agent-option", "dialogue=shell", "--agent-option", "max_new_tokens=8"]
SHORT = ["--env-option", "max_steps=4", "--env-option", "step_timeout_s=5"]


@pytest.mark.parametrize("record_prompts", [False, True])
def test_training_reads_the_tokens_that_were_sampled(
    bundles, checkpoint, tokenizer, tmp_path, record_prompts
):
    out = tmp_path / "rollouts.jsonl"
    options = ["--agent-option", f"model={checkpoint}"]
    options += ["--agent-option", f"record_prompts={record_prompts}"]
    assert run_cli(["collect", *bundles, *HF, *SHORT, *options, "-k", "3", "--out", str(out)]) == 0
    episodes = list(read_episodes(out))
    assert len(episodes) == 6 and threading.active_count() < 20
    renderer = Renderer(tokenizer, "shell")
    for one in episodes:
        rendered = renderer.render(one)
        assert rendered.rewritten == 0
        for number, step in enumerate(one.rounds):
            own = [
                token
                for token, t in zip(rendered.token_ids, rendered.rounds, strict=True)
                if t == number
            ]
            assert own == step.metrics.completion_token_ids
            first = rendered.rounds.index(number)
            if record_prompts:
                assert rendered.token_ids[:first] == step.metrics.prompt_token_ids
            assert first == step.metrics.prompt_tokens


def test_branches_share_their_first_rounds(bundles, checkpoint, tmp_path):
    first, branches = tmp_path / "first.jsonl", tmp_path / "branches.jsonl"
    options = [*HF, *SHORT, "--agent-option", f"model={checkpoint}"]
    assert run_cli(["collect", *bundles, *options, "-k", "2", "--out", str(first)]) == 0
    more = ["--branch-from", str(first), "-k", "3", "--seed", "9", "--out", str(branches)]
    assert run_cli(["collect", *bundles, *options, *more]) == 0
    starts = {tuple(map(command_of, e.rounds))[:1] for e in read_episodes(first)}
    for digest in {e.extra.bundle_digest for e in read_episodes(branches)}:
        group = [e for e in read_episodes(branches) if e.extra.bundle_digest == digest]
        typed = [tuple(map(command_of, e.rounds)) for e in group]
        assert len({one[:1] for one in typed}) == 1 and typed[0][:1] in starts
        assert len({one[-1] for one in typed}) > 1


def test_collect_keeps_what_is_solved(bundles, tmp_path, capsys):
    solved, failed = tmp_path / "solved.jsonl", tmp_path / "failed.jsonl"
    assert run_cli(["collect", *bundles, "--keep", "solved", "--out", str(solved)]) == 0
    episodes = list(read_episodes(solved))
    assert len(episodes) == 2 and all(e.agent.name == "expert" for e in episodes)
    nop = ["collect", *bundles, "--agent", "nop", "--keep", "solved", "--out", str(failed)]
    assert run_cli(nop) == 0
    assert list(read_episodes(failed)) == []
    assert "0 of 2 episodes recorded" in capsys.readouterr().out
    assert run_cli(["collect", *bundles, "--plain", "--out", str(failed)]) == 0
    assert {e.agent.name for e in read_episodes(failed)} == {"oracle"}
    assert run_cli(["collect", *bundles, "--agent", "nop", "--out", str(solved)]) == 0
    pairs = tmp_path / "pairs.jsonl"
    assert run_cli(["pairs", str(solved), "--out", str(pairs)]) == 0
    assert {pair.winner.agent.name for pair in read_pairs(pairs)} == {"expert"}
    assert len(make_pairs(read_episodes(solved), PairOptions()).pairs) == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--agent-option", "speed"], "has no value"),
        (["--agent", "nop", "--agent-option", "speed=3"], "takes no arguments"),
        (["--agent", "nop", "--branch-from", "{first}"], "cannot go on"),
    ],
)
def test_wrong_options_are_errors_at_once(bundles, tmp_path, capsys, arguments, says):
    first = tmp_path / "first.jsonl"
    first.write_text("")
    arguments = [one.format(first=first) for one in arguments]
    assert run_cli(["collect", *bundles, *arguments, "--out", str(tmp_path / "x.jsonl")]) == 2
    assert says in capsys.readouterr().err
