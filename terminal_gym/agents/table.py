"""Finding an agent by its name."""

from __future__ import annotations

import importlib
from importlib import metadata
from typing import Any

from terminal_gym.agents.base import Agent
from terminal_gym.errors import UserError

AGENTS: dict[str, str] = {
    "oracle": "terminal_gym.agents.oracle:OracleAgent",
    "nop": "terminal_gym.agents.nop:NopAgent",
    "human": "terminal_gym.agents.human:HumanAgent",
    "expert": "terminal_gym.agents.expert:ExpertAgent",
    "hf": "terminal_gym.agents.hf:HFAgent",
    "llm": "terminal_gym.agents.llm:LLMAgent",
    "process": "terminal_gym.agents.process:ProcessAgent",
}
"""Our own agents: name -> "module:Class", imported when asked for."""

_GROUP = "terminal_gym.agents"


def agent_names() -> list[str]:
    """The names `make_agent` knows: ours, then those of installed packages."""
    return [*AGENTS, *(e.name for e in metadata.entry_points(group=_GROUP) if e.name not in AGENTS)]


def make_agent(name: str, **options: Any) -> Agent:
    """A new agent.

    Args:
        name: One of `agent_names()`, or `"package.module:Class"`.
        options: Keyword arguments of its class.

    Raises:
        UserError: There is no such agent, it cannot be imported, or takes no such options.
    """
    factory = find_agent(name)
    try:
        agent = factory(**options)
    except TypeError as error:
        raise UserError(f"agent {name!r}: {error}", remedy="check the agent's options") from error
    if not isinstance(agent, Agent):
        raise UserError(
            f"agent {name!r} lacks a member of the protocol",
            remedy="it needs the attribute `name` and the methods reset, act and close",
        )
    return agent


def find_agent(name: str) -> Any:
    """The class of that name, imported; `make_agent` says what can go wrong."""
    if name in AGENTS:
        return _load(AGENTS[name])
    if ":" in name:
        return _load(name)
    for entry in metadata.entry_points(group=_GROUP):
        if entry.name == name:
            return _load(entry.value)
    raise UserError(
        f"no agent {name!r}",
        remedy=f"choose one of {', '.join(agent_names())}, or give package.module:Class",
    )


def _load(path: str) -> Any:
    module_name, _, attribute = path.partition(":")
    try:
        return getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise UserError(
            f"agent {path!r} cannot be imported: {error}",
            remedy="give package.module:Class, importable from here",
        ) from error
