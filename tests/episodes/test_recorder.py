import subprocess
from types import SimpleNamespace

import gymnasium as gym
import pytest
from gymnasium import spaces
from pydantic import BaseModel

from terminal_gym.episodes import (
    AgentResponse,
    EpisodeRecorder,
    EpisodeWriter,
    read_episodes,
    shown_of,
)
from terminal_gym.errors import RecordingFault, SandboxFault


class Verdict(BaseModel):
    reward: float = 1.0
    checks: dict[str, bool] = {"done": True}
    elapsed_s: float = 0.25


class OneShot(gym.Env):
    """Runs each action in a shell of its own; `exit` ends the episode, `die` breaks it."""

    observation_space = spaces.Dict({})

    def __init__(self):
        self.closed = False

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        if options == "broken":
            raise SandboxFault("no sandbox")
        info = {
            "backend": "namespace",
            "bundle": "greet",
            "bundle_digest": "b" * 64,
            "image_digest": "i" * 64,
            "seed": seed,
        }
        return self._see("", instruction="Greet."), info

    def step(self, action):
        if action == "exit":
            return self._see(""), 1.0, True, False, {"verdict": Verdict(), "end": "exit"}
        if action == "fault":
            fault = {"type": "SandboxFault", "message": "gone", "remedy": ""}
            ending = {"fault": fault, "valid": False, "end": "fault", "verdict": None}
            return self._see(""), 0.0, False, True, ending
        if action == "die":
            raise ValueError("a bug")
        done = subprocess.run(action, shell=True, capture_output=True)
        result = SimpleNamespace(
            exit_code=done.returncode,
            cwd="/app",
            state="done",
            elapsed_s=0.01,
            omitted_bytes=0,
            raw=done.stdout,
        )
        return self._see(done.stdout.decode()), 0.0, False, False, {"result": result}

    def close(self):
        self.closed = True

    def _see(self, output, instruction=""):
        return {
            "instruction": instruction,
            "output": output,
            "exit_code": 0,
            "cwd": "/app",
            "running": 0,
        }


@pytest.fixture
def path(tmp_path):
    return tmp_path / "e.jsonl"


@pytest.fixture
def env(path):
    env = EpisodeRecorder(OneShot(), path, agent_name="tester")
    yield env
    env.close()


def test_a_whole_episode(env, path):
    env.reset(seed=5)
    env.annotate(AgentResponse(message="Say it.", reasoning="because"))
    env.step("echo hi; false")
    env.step("exit")
    (episode,) = read_episodes(path)
    assert episode == env.episode
    assert [step.source for step in episode.steps] == ["user", "agent", "agent"]
    spoken, silent = episode.rounds
    assert (spoken.message, spoken.reasoning_content) == ("Say it.", "because")
    assert (silent.message, silent.reasoning_content) == ("", None)
    assert shown_of(spoken) == "hi\n"
    assert spoken.extra.exit_code == 1
    assert spoken.extra.raw_output() == b"hi\n"
    extra = episode.extra
    assert (extra.reward, extra.valid, extra.complete, extra.end) == (1.0, True, True, "exit")
    assert extra.verdict["checks"] == {"done": True}
    assert (extra.seed, extra.bundle, extra.backend) == (5, "greet", "namespace")
    assert (extra.bundle_digest, extra.image_digest) == ("b" * 64, "i" * 64)
    assert extra.package_version


def test_time_is_split_between_agent_environment_and_verifier(env):
    env.reset()
    env.step("sleep 0.05")
    env.step("exit")
    timing = env.episode.extra.timing
    assert timing.verifier_s == 0.25
    assert 0.05 <= timing.environment_s < 0.25
    assert timing.total_s >= timing.agent_s + timing.environment_s + timing.reset_s


def test_a_faulted_episode_is_written_as_invalid(env, path):
    env.reset()
    env.step("fault")
    (episode,) = read_episodes(path)
    assert not episode.extra.valid
    assert episode.extra.complete
    assert episode.extra.truncated
    assert (episode.extra.fault.type, episode.extra.fault.message) == ("SandboxFault", "gone")


def test_close_writes_an_unfinished_episode_as_interrupted(env, path):
    env.reset()
    env.step("true")
    env.close()
    env.close()
    (episode,) = read_episodes(path)
    assert (episode.extra.end, episode.extra.valid) == ("interrupted", False)
    assert episode.extra.reward is None
    assert len(episode.rounds) == 1
    assert env.unwrapped.closed


def test_reset_in_the_middle_writes_the_unfinished_episode(env, path):
    env.reset()
    env.reset()
    env.step("exit")
    assert [e.extra.end for e in read_episodes(path)] == ["interrupted", "exit"]


def test_an_exception_of_step_is_recorded_and_raised(env, path):
    env.reset()
    with pytest.raises(ValueError, match="a bug"):
        env.step("die")
    (episode,) = read_episodes(path)
    assert (episode.extra.end, episode.extra.fault.type) == ("fault", "ValueError")


def test_an_exception_of_reset_is_recorded_and_raised(env, path):
    with pytest.raises(SandboxFault):
        env.reset(options="broken")
    (episode,) = read_episodes(path)
    assert episode.extra.fault.message == "no sandbox"
    assert (episode.instruction, episode.rounds) == ("", [])


def test_a_shared_writer_stays_open(path):
    with EpisodeWriter(path) as writer:
        for _ in range(2):
            env = EpisodeRecorder(OneShot(), writer)
            env.reset()
            env.step("exit")
            env.close()
    assert len(list(read_episodes(path))) == 2


def test_an_episode_that_cannot_be_written_is_still_at_hand(path):
    writer = EpisodeWriter(path, spill_dir=path.parent)
    env = EpisodeRecorder(OneShot(), writer)
    env.reset()
    writer.close()
    with pytest.raises(RecordingFault, match="the writer is closed; spilled to"):
        env.step("exit")
    assert env.episode.extra.reward == 1.0
