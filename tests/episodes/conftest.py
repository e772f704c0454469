from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from terminal_gym.episodes import (
    AgentInfo,
    Episode,
    EpisodeExtra,
    FaultRecord,
    Observation,
    ObservationResult,
    Step,
    StepExtra,
    Timing,
    ToolCall,
)
from terminal_gym.episodes.episode import pack_raw

MakeEpisode = Callable[..., Episode]


def round_step(step_id: int, command: str, output: str, **extra: object) -> Step:
    call = ToolCall(
        tool_call_id=f"call_{step_id}", function_name="bash", arguments={"command": command}
    )
    result = ObservationResult(source_call_id=call.tool_call_id, content=output)
    given = {"exit_code": 0, "cwd": "/app", "state": "done", "started_s": float(step_id), **extra}
    return Step(
        step_id=step_id,
        timestamp="2026-01-02T03:04:05.678+00:00",
        source="agent",
        message=str(extra.pop("message", "")),
        tool_calls=[call],
        observation=Observation(results=[result]),
        extra=StepExtra.model_validate({k: v for k, v in given.items() if k != "message"}),
    )


@pytest.fixture
def make_episode() -> MakeEpisode:
    """An episode of two commands and an exit, with any field of its `extra` replaced."""

    def make(name: str = "one", **extra: object) -> Episode:
        task = Step(
            step_id=1,
            source="user",
            message="Say hello, then submit.",
            timestamp="2026-01-02T03:04:04.000+00:00",
            extra=StepExtra(cwd="/app"),
        )
        raw = pack_raw(b"\x1b[31mhello\x1b[0m\xff\r\n")
        ending = {"reward": 1.0, "terminated": True, "valid": True, "complete": True, "end": "exit"}
        return Episode(
            trajectory_id=name,
            agent=AgentInfo(name="test", version="1"),
            steps=[
                task,
                round_step(2, "echo hello", "hello\n", message="Greet.", raw=raw, elapsed_s=0.01),
                round_step(3, "sleep 3", "", elapsed_s=2.2),
                round_step(4, "exit", "", state="exited"),
            ],
            extra=EpisodeExtra.model_validate(
                {"bundle": "greet", "seed": 7, "timing": Timing(total_s=4.0), **ending, **extra}
            ),
        )

    return make


@pytest.fixture
def fault() -> FaultRecord:
    return FaultRecord(type="SandboxFault", message="it died", remedy="look at the host")


@pytest.fixture
def bomb() -> str:
    """A raw output that would expand to 1 GiB."""
    import zlib

    deflate = zlib.compressobj(9)
    block = bytes(1 << 20)
    data = b"".join(deflate.compress(block) for _ in range(1024)) + deflate.flush()
    return base64.b64encode(data).decode()
