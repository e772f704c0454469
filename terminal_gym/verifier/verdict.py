"""What the verifier said, and how its files are read."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from terminal_gym.errors import VerifierFault

REWARD_TEXT = "/logs/verifier/reward.txt"
REWARD_JSON = "/logs/verifier/reward.json"
REPORT = "/logs/verifier/ctrf.json"

ReadFile = Callable[[str], bytes]


class Verdict(BaseModel):
    """The result of one verification."""

    model_config = ConfigDict(frozen=True)

    reward: float = Field(description="in [0, 1]")
    rewards: dict[str, float] = Field(description="reward.json's values, or {'reward': …}")
    checks: dict[str, bool] = Field(default_factory=dict, description="from ctrf.json, if any")
    skipped: list[str] = Field(default_factory=list, description="checks that did not run")
    output: str = Field(default="", description="what the verifier printed, its tail")
    elapsed_s: float = 0.0
    mode: Literal["state", "shared", "separate"] = Field(
        default="state",
        description="state: only the declared paths were carried into the clean sandbox; "
        "shared: the whole file system was, because the task declares none; "
        "separate: only the artifacts were, into a sandbox of the verifier's own",
    )
    missing: list[str] = Field(default_factory=list, description="state paths that were not there")
    dropped: list[str] = Field(default_factory=list, description="state that cannot be graded")
    steps: dict[str, Verdict] = Field(
        default_factory=dict, description="of a task of several steps: each step's verdict"
    )

    @property
    def pass_ratio(self) -> float:
        """Passed checks by all checks; the reward where there is no report."""
        if not self.checks:
            return self.reward
        return sum(self.checks.values()) / len(self.checks)


def read_rewards(read: ReadFile, output: str) -> dict[str, float]:
    """The verifier's rewards: reward.json before reward.txt, as Harbor reads them.

    Raises:
        VerifierFault: Neither is there, one holds anything but finite numbers, or the main one is
            not in [0, 1].
    """
    file, raw = REWARD_JSON, _read(read, REWARD_JSON)
    if raw is not None:
        rewards = {name: _number(value, file, output) for name, value in _object(raw, output)}
    else:
        file, raw = REWARD_TEXT, _read(read, REWARD_TEXT)
        if raw is None:
            raise _fault("the verifier wrote no reward", output)
        rewards = {"reward": _number(raw.decode(errors="replace").strip(), file, output)}
    if not 0 <= main_reward(rewards) <= 1:
        raise _fault(f"{file} holds {main_reward(rewards)}, which is not in [0, 1]", output)
    return rewards


def main_reward(rewards: dict[str, float]) -> float:
    """`reward` where it is named, the only value where there is one, else the mean."""
    if "reward" in rewards:
        return rewards["reward"]
    return sum(rewards.values()) / len(rewards)


def read_report(read: ReadFile) -> tuple[dict[str, bool], list[str]]:
    """Passed or failed by check, and what was skipped, from a CTRF report (ctrf.io), if any."""
    raw = _read(read, REPORT)
    checks: dict[str, bool] = {}
    skipped: list[str] = []
    try:
        tests = json.loads(raw or b"{}")["results"]["tests"]
        for test in tests:
            if test["status"] in ("passed", "failed"):
                checks[str(test["name"])] = test["status"] == "passed"
            else:
                skipped.append(str(test["name"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}, []
    return checks, skipped


def _read(read: ReadFile, path: str) -> bytes | None:
    try:
        return read(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise VerifierFault(f"{path}: {error}", remedy="the verifier must write a file") from error


def _object(raw: bytes, output: str) -> list[tuple[str, Any]]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _fault(f"{REWARD_JSON} is not JSON: {error}", output) from error
    if not isinstance(value, dict) or not value:
        raise _fault(f"{REWARD_JSON} is no object with values", output)
    return list(value.items())


def _number(value: Any, file: str, output: str) -> float:
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(value)
    except (TypeError, ValueError):
        raise _fault(f"{file} holds {str(value)[:80]!r}, not a number", output) from None
    if not math.isfinite(number):
        raise _fault(f"{file} holds {number}, which is no finite number", output)
    return number


def _fault(message: str, output: str) -> VerifierFault:
    tail = " | ".join(output.strip().splitlines()[-3:])
    return VerifierFault(
        f"{message}; its last output: {tail or '(none)'}",
        remedy="tests/test.sh must write one number from 0 to 1 to /logs/verifier/reward.txt",
    )
