"""Which model, on which server, and how much may be spent."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from terminal_gym.agents.llm_client import Prices

_SHORTEST_KEY = 8


@dataclass(frozen=True)
class Endpoint:
    """One model on one OpenAI-compatible server.

    Args:
        model: As the server calls it.
        base_url: Of the API, with its `/v1`; None: what OPENAI_BASE_URL says, else OpenAI's.
        api_key: None: what OPENAI_API_KEY says. It is never shown or written.
        parameters: Further fields of the request: temperature, top_p, top_k, ….
        max_tokens: Longest reply; None is the server's default.
        prices: To reckon costs where the server does not state them.
        retries: Further tries after 408, 409, 429, 5xx and cut connections.
        stall_s: Longest silence of the server before a try counts as hanging.
        timeout_s: Longest whole try.
        concurrency: Requests at a time.
    """

    model: str
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    max_tokens: int | None = None
    prices: Prices | None = None
    retries: int = 8
    stall_s: float = 300.0
    timeout_s: float = 1800.0
    concurrency: int = 8

    def clean(self, text: str) -> str:
        """The text without the API key; shorter ones are words such as "none"."""
        key = self.api_key or os.environ.get("OPENAI_API_KEY") or ""
        return text.replace(key, "[API key]") if len(key) >= _SHORTEST_KEY else text


@dataclass(frozen=True)
class Limits:
    """What a run may spend in all, the runs that it continues included; None: no limit.

    Args:
        tokens: Of prompts and replies together.
        usd: Needs prices, or a server that states costs.
        wall_s: Time in which a run was going on.
    """

    tokens: int | None = None
    usd: float | None = None
    wall_s: float | None = None
