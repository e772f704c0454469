"""An episode under construction."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from pydantic import BaseModel

from terminal_gym.episodes.atif import (
    AgentInfo,
    FinalMetrics,
    Observation,
    ObservationResult,
    ToolCall,
)
from terminal_gym.episodes.episode import (
    Episode,
    EpisodeExtra,
    FaultRecord,
    Step,
    StepExtra,
    Timing,
    pack_raw,
)
from terminal_gym.episodes.response import AgentResponse

_INFO_KEYS = ("bundle", "bundle_digest", "domain", "image_digest", "backend", "seed")


class EpisodeDraft:
    """Collects the steps of one episode, then makes the `Episode`.

    Args:
        agent: Who acts.
        package_version: Of this package, for the record.
        seed: Of the episode; recorded also where its reset fails.
    """

    def __init__(self, agent: AgentInfo, package_version: str, seed: int | None = None) -> None:
        self._agent = agent
        self._extra: dict[str, Any] = {"package_version": package_version}
        if seed is not None:
            self._extra["seed"] = seed
        self._steps: list[Step] = []
        self._clock_zero = time.perf_counter()
        self._idle_since = self._clock_zero
        self._timing = Timing()

    def begin(self, observation: Any, info: Mapping[str, Any], seed: int | None) -> None:
        """Record what `reset` returned: the task, and the terminal as it opened."""
        self._extra.update({key: info[key] for key in _INFO_KEYS if info.get(key) is not None})
        self._extra.setdefault("seed", seed)
        screen = _field(observation, "output") or _field(observation, "screen")
        self._append(
            source="user",
            message=_field(observation, "instruction") or _whole_text(observation),
            observation=Observation(results=[ObservationResult(content=screen)])
            if screen
            else None,
            extra=StepExtra(cwd=_field(observation, "cwd")),
        )
        self._idle_since = time.perf_counter()
        self._timing = Timing(reset_s=self._idle_since - self._clock_zero)

    def act(self) -> float:
        """Note that the agent has acted; the time it took."""
        now = time.perf_counter()
        elapsed, self._idle_since = now - self._idle_since, now
        self._timing = self._timing.model_copy(update={"agent_s": self._timing.agent_s + elapsed})
        return elapsed

    def add_round(
        self,
        action: Any,
        response: AgentResponse,
        observation: Any,
        reward: float,
        info: Mapping[str, Any],
        agent_s: float,
    ) -> None:
        """Record one action and what it gave."""
        started, now = self._idle_since, time.perf_counter()
        self._idle_since = now
        verifier_s = _verifier_s(info)
        spent = {
            "verifier_s": self._timing.verifier_s + verifier_s,
            "environment_s": self._timing.environment_s + max(0.0, now - started - verifier_s),
        }
        self._timing = self._timing.model_copy(update=spent)
        call = ToolCall(
            tool_call_id=f"call_{len(self._steps) + 1}",
            function_name="bash",
            arguments={"command": str(action)},
        )
        shown = ObservationResult(source_call_id=call.tool_call_id, content=_shown(observation))
        self._append(
            source="agent",
            message=response.message,
            model_name=response.model_name,
            reasoning_content=response.reasoning,
            tool_calls=[call],
            observation=Observation(results=[shown]),
            metrics=response.metrics,
            llm_call_count=response.llm_calls,
            extra=_step_extra(
                observation, info.get("result"), started - self._clock_zero
            ).model_copy(update={"agent_s": agent_s, "reward": float(reward)}),
        )

    def finish(
        self, *, reward: float | None, terminated: bool, truncated: bool, info: Mapping[str, Any]
    ) -> Episode:
        """The finished episode, from what the last step returned."""
        verdict, fault = info.get("verdict"), info.get("fault")
        return self._episode(
            reward=reward,
            verdict=verdict.model_dump(mode="json") if isinstance(verdict, BaseModel) else verdict,
            terminated=terminated,
            truncated=truncated,
            valid=bool(info.get("valid", verdict is not None and fault is None)),
            complete=True,
            end=info.get("end"),
            fault=FaultRecord.model_validate(fault, from_attributes=True) if fault else None,
        )

    def interrupt(self, error: BaseException | None = None) -> Episode:
        """The episode as far as it went: closed or reset in its middle, or broken by `error`."""
        failed = isinstance(error, Exception)  # a KeyboardInterrupt is nobody's failure
        return self._episode(
            valid=False,
            complete=False,
            end="fault" if failed else "interrupted",
            fault=FaultRecord.of(error) if error and failed else None,
        )

    def _append(self, **fields: Any) -> None:
        timestamp = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        self._steps.append(Step(step_id=len(self._steps) + 1, timestamp=timestamp, **fields))

    def _episode(self, **ending: Any) -> Episode:
        if not self._steps:
            self._append(source="system", message="The episode failed before its task was given.")
        total = time.perf_counter() - self._clock_zero
        timing = self._timing.model_copy(update={"total_s": total})
        return Episode(
            trajectory_id=uuid.uuid4().hex,
            agent=self._agent,
            steps=self._steps,
            final_metrics=_sums(self._steps),
            extra=EpisodeExtra(**self._extra, **ending, timing=timing),
        )


def _verifier_s(info: Mapping[str, Any]) -> float:
    """What grading took in this round: of a task of several steps, the step that just ended."""
    graded = (info.get("submitted") or info).get("verdict")
    *_, last = getattr(graded, "steps", {}).values() or [graded]
    return float(getattr(last, "elapsed_s", 0.0))


def _field(observation: Any, key: str) -> str | None:
    value = observation.get(key) if isinstance(observation, Mapping) else None
    return str(value) if value else None


def _whole_text(observation: Any) -> str:
    return observation if isinstance(observation, str) else ""


def _shown(observation: Any) -> str:
    return (
        _field(observation, "output") or _field(observation, "screen") or _whole_text(observation)
    )


def _step_extra(observation: Any, result: Any, started_s: float) -> StepExtra:
    """From the terminal's own result where the environment gives one, else from what was shown."""
    if result is None:
        seen = observation if isinstance(observation, Mapping) else {}
        code = seen.get("exit_code", -1)
        return StepExtra(
            exit_code=None if int(code) < 0 else int(code),
            cwd=_field(observation, "cwd"),
            state="running" if seen.get("running") else None,
            started_s=started_s,
        )
    return StepExtra(
        exit_code=result.exit_code,
        cwd=result.cwd,
        state=result.state,
        started_s=started_s,
        elapsed_s=result.elapsed_s,
        omitted_bytes=result.omitted_bytes or None,
        raw=pack_raw(result.raw) if result.raw else None,
    )


def _sums(steps: list[Step]) -> FinalMetrics:
    def total(key: str) -> Any:
        values = [getattr(step.metrics, key) for step in steps if step.metrics]
        return (
            sum(v for v in values if v is not None) if any(v is not None for v in values) else None
        )

    return FinalMetrics(
        total_prompt_tokens=total("prompt_tokens"),
        total_completion_tokens=total("completion_tokens"),
        total_cached_tokens=total("cached_tokens"),
        total_cost_usd=total("cost_usd"),
        total_steps=len(steps),
    )
