"""Episodes made by hand for tests that need no sandbox."""

from __future__ import annotations

from collections.abc import Sequence

from terminal_gym.episodes import (
    AgentInfo,
    Episode,
    EpisodeExtra,
    Observation,
    ObservationResult,
    Step,
    StepExtra,
    ToolCall,
)


def agent_step(number: int, command: str, output: str, message: str = "") -> Step:
    call = ToolCall(
        tool_call_id=f"call_{number}", function_name="bash", arguments={"command": command}
    )
    return Step(
        step_id=number,
        source="agent",
        message=message,
        tool_calls=[call],
        observation=Observation(
            results=[ObservationResult(source_call_id=call.tool_call_id, content=output)]
        ),
        extra=StepExtra(exit_code=0, cwd="/app", state="done", raw="eJwDAAAAAAE="),
    )


def episode(
    commands: Sequence[str | tuple[str, str]] = ("ls", "exit"),
    reward: float | None = 1.0,
    *,
    bundle: str = "task",
    name: str = "",
    agent: str = "policy",
    instruction: str = "Do the task.",
    **extra: object,
) -> Episode:
    """One command per round; a tuple is (command, output)."""
    task = Step(step_id=1, source="user", message=instruction, extra=StepExtra(cwd="/app"))
    pairs = [one if isinstance(one, tuple) else (one, f"out of {one}\n") for one in commands]
    steps = [agent_step(n, *pair) for n, pair in enumerate(pairs, start=2)]
    ending = {
        "reward": reward,
        "terminated": True,
        "valid": True,
        "complete": True,
        "end": "exit",
        "bundle": bundle,
        "bundle_digest": f"digest of {bundle}",
        "domain": "tests",
    }
    return Episode(
        trajectory_id=name or f"{bundle}-{reward}-{len(steps)}",
        agent=AgentInfo(name=agent, version="1"),
        steps=[task, *steps],
        extra=EpisodeExtra.model_validate({**ending, **extra}),
    )


def rollouts() -> list[Episode]:
    """Winners write, losers delete; two domains."""
    made = []
    for i in range(6):
        where = {"bundle": f"task{i}", "domain": "files" if i % 2 else "logs"}
        made.append(episode([f"ls {i}", f"touch done{i}", "exit"], 1.0, **where))
        made.append(episode([f"ls {i}", f"rm file{i}"], 0.0, **where))
    return made
