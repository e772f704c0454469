"""What an agent is: one small protocol.

To add an agent, write a class with the members of `Agent` in a file of its own and name it in
`terminal_gym.agents.table.AGENTS`, in the entry-point group `terminal_gym.agents` of your own
package, or on the command line as `"package.module:Class"`.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Agent(Protocol):
    """Acts in one episode at a time; made once per episode, closed after it.

    Optional attributes: `version` and `model_name` (strings, recorded with the episode),
    `last_response` (an `AgentResponse`: what stands behind the last action), `env_options`
    (a dict: how it wants its environment), and `needs_solution` (true: the reference solution
    is put to /solution before the episode; for the oracle alone).
    """

    name: str

    def reset(self, observation: Any, info: dict[str, Any]) -> None:
        """Begin an episode with what the environment's `reset` returned."""

    def act(self, observation: Any) -> str:
        """The next shell input, or keys for the running program; `exit` submits the episode."""

    def close(self) -> None:
        """Give back what it holds. Idempotent."""
