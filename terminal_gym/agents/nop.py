"""The agent that does nothing."""

from __future__ import annotations

from typing import Any


class NopAgent:
    """Submits at once. A task it is rewarded for is broken."""

    name = "nop"

    def reset(self, observation: Any, info: dict[str, Any]) -> None:
        """Nothing to prepare."""

    def act(self, observation: Any) -> str:
        """Submit."""
        return "exit"

    def close(self) -> None:
        """Nothing to give back."""
