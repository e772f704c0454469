import os
import resource
import signal
import threading
import time

import pytest

from terminal_gym.agents import make_agent
from terminal_gym.episodes import AgentResponse, EpisodeWriter, Metrics, read_episodes
from terminal_gym.errors import UserError
from terminal_gym.evaluation import episode_seed, run_episodes


class Scripted:
    """Types what it is told."""

    name = "scripted"
    model_name = "tiny"
    last_response = AgentResponse(
        message="thinking aloud",
        metrics=Metrics(prompt_tokens=5, completion_token_ids=[1, 2], logprobs=[-0.5, -0.1]),
    )

    def __init__(self, *commands: str) -> None:
        self.commands = list(commands)

    def reset(self, observation, info):
        pass

    def act(self, observation):
        return self.commands.pop(0)

    def close(self):
        pass


def run(bundles, agent, out, local_bash, **options):
    return run_episodes(bundles, agent, out=out, make_env=local_bash, **options)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "episodes.jsonl"


def test_the_oracle_is_rewarded_and_nop_is_not(make_bundle, local_bash, out):
    bundle = make_bundle()
    (solved,) = run([bundle], "oracle", out, local_bash)
    (unsolved,) = run([bundle], "nop", out, local_bash)
    assert (solved.reward, solved.valid, solved.solved, solved.end) == (1.0, True, True, "exit")
    assert (unsolved.reward, unsolved.valid, unsolved.solved, unsolved.steps) == (
        0.0,
        True,
        False,
        1,
    )


def test_the_oracles_episode_is_a_trajectory_of_single_commands(make_bundle, local_bash, out):
    (result,) = run([make_bundle()], "oracle", out, local_bash, seed=3)
    (episode,) = read_episodes(out)
    typed = [step.tool_calls[0].arguments["command"] for step in episode.rounds]
    assert typed == [
        """export WHO='it'"'"'s me'""",
        "pwd",
        "cat > greeting.txt <<'EOF'\nhello\nEOF",
        "for n in 1 2 3; do\n  echo $n >> numbers.txt\ndone",
        "exit",
    ]
    assert [step.message for step in episode.rounds] == ["", "Look where we are.", "", "", ""]
    assert episode.agent.name == "oracle"
    assert episode.instruction == "Write greeting.txt."
    assert episode.extra.seed == result.seed == episode_seed(3, result.bundle, 0)
    assert episode.extra.terminated
    assert not episode.extra.truncated
    assert episode.trajectory_id == result.trajectory_id
    assert episode.rounds[0].extra.cwd == episode.rounds[1].observation.results[0].content.strip()


def test_a_script_that_cannot_be_split_is_run_whole(make_bundle, local_bash, out):
    bundle = make_bundle(solution='cd "$(dirname "$0")"\ntouch greeting.txt\n')
    run([bundle], "oracle", out, local_bash)
    (episode,) = read_episodes(out)
    typed = [step.tool_calls[0].arguments["command"] for step in episode.rounds]
    assert typed[1:] == ["bash /solution/solve.sh", "exit"]


def test_results_come_in_the_order_of_bundles_and_attempts(make_bundle, local_bash, out):
    bundles = [make_bundle(name) for name in "cab"]
    seen = []
    results = run(bundles, "nop", out, local_bash, episodes=3, concurrency=5, on_result=seen.append)
    assert [(r.bundle, r.attempt) for r in results] == [(b, n) for b in bundles for n in range(3)]
    assert sorted(seen, key=repr) == sorted(results, key=repr)
    assert len({r.seed for r in results}) == 9
    assert len(list(read_episodes(out))) == 9


def test_seeds_depend_on_everything_and_nothing_else():
    assert episode_seed(0, "a", 0) == episode_seed(0, "a", 0) < 2**48
    seeds = {episode_seed(s, b, n) for s in range(10) for b in ("a", "b") for n in range(10)}
    assert len(seeds) == 200


def test_what_the_agent_said_and_sampled_is_recorded(make_bundle, local_bash, out):
    run([make_bundle()], lambda: Scripted("true", "exit"), out, local_bash)
    (episode,) = read_episodes(out)
    step = episode.rounds[0]
    assert step.message == "thinking aloud"
    assert step.metrics.completion_token_ids == [1, 2]
    assert step.metrics.logprobs == [-0.5, -0.1]
    assert episode.agent.model_name == "tiny"
    assert episode.final_metrics.total_prompt_tokens == 10


def test_a_fault_in_one_episode_does_not_stop_the_others(make_bundle, local_bash, out):
    bundles = [make_bundle(n) for n in ("ok-1", "no-sandbox", "breaks", "ok-2")]
    results = run(bundles, lambda: Scripted("true", "true", "exit"), out, local_bash)
    assert [r.valid for r in results] == [True, False, False, True]
    assert [r.reward for r in results] == [0.0, None, None, 0.0]
    assert [r.fault and r.fault.message for r in results] == [
        None,
        "no sandbox today",
        "the sandbox died",
        None,
    ]
    assert results[1].fault.remedy == "wait"
    recorded = list(read_episodes(out))
    assert len(recorded) == 4
    (broken,) = (e for e in recorded if e.extra.bundle == "breaks")
    assert len(broken.rounds) == 1
    assert not broken.extra.valid
    assert not broken.extra.complete
    assert broken.extra.fault.type == "SandboxFault"


def test_an_agents_own_error_is_recorded_as_such(make_bundle, local_bash, out):
    (result,) = run([make_bundle()], lambda: Scripted("true"), out, local_bash)
    assert result.fault.type == "IndexError"
    assert not result.valid
    (episode,) = read_episodes(out)
    assert (episode.extra.end, len(episode.rounds)) == ("fault", 1)


def test_a_bundle_without_solution_is_a_fault_of_the_oracle_alone(make_bundle, local_bash, out):
    bundle = make_bundle(solution=None)
    (result,) = run([bundle], "oracle", out, local_bash)
    assert result.fault.type == "BundleError"
    assert "solve.sh" in result.fault.message


def test_an_unknown_agent_is_an_error_at_once(make_bundle, local_bash, out):
    with pytest.raises(UserError, match="no agent 'orakel'"):
        run([make_bundle()], "orakel", out, local_bash)


def test_an_unknown_environment_is_a_fault_with_a_remedy(out):
    (result,) = run_episodes(["LiteTerminal/no-such-v0"], "nop", out=out)
    assert result.fault.type == "UserError"
    assert "terminal-gym list" in result.fault.remedy


def test_the_callers_options_go_before_the_agents(make_bundle, out, local_bash):
    given = []

    def make_env(bundle, **options):
        given.append(options)
        return local_bash(bundle, **options)

    bundle = make_bundle()
    run([bundle], "oracle", out, make_env, backend="docker")
    run([bundle], "oracle", out, make_env, env_options={"step_timeout_s": 5.0})
    assert given[0] == {"backend": "docker", "step_timeout_s": 600.0, "max_steps": 1000}
    assert given[1] == {"backend": "auto", "step_timeout_s": 5.0, "max_steps": 1000}


def test_no_thread_is_left(make_bundle, local_bash, out):
    before = threading.active_count()
    run([make_bundle()], "nop", out, local_bash, episodes=8, concurrency=8)
    assert threading.active_count() == before


def test_an_unwritable_episode_is_named_in_its_result(make_bundle, local_bash, out, tmp_path):
    (tmp_path / "spill").mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    writer = EpisodeWriter(out, spill_dir=tmp_path / "spill")

    def agent():
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
        return make_agent("nop")

    try:
        (result,) = run([make_bundle()], agent, writer, local_bash)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert result.valid
    assert result.unrecorded.type == "RecordingFault"
    writer.close()
    assert [e.trajectory_id for e in read_episodes(out)] == [result.trajectory_id]


def test_an_interrupt_closes_everything_and_records_what_was_open(make_bundle, local_bash, out):
    bundles = [make_bundle(f"sleeper-{n}") for n in range(6)]
    before = threading.active_count()
    timer = threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(bundles, lambda: Scripted("true", "exec sleep 60"), out, local_bash, concurrency=3)
    assert time.monotonic() - start < 10
    timer.join()
    assert threading.active_count() == before
    recorded = list(read_episodes(out))
    assert len(recorded) == 3
    for episode in recorded:
        assert (episode.extra.end, episode.extra.valid) == ("interrupted", False)
        assert len(episode.rounds) == 1
