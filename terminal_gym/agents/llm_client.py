"""Asking an OpenAI-compatible server for a reply."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from terminal_gym.episodes import Metrics
from terminal_gym.errors import AgentFault, UserError

Message = dict[str, str]

_NO_SENSE_RETRIES = 2
# OpenAI and vLLM say context_length_exceeded or "maximum context length", llama.cpp's server
# exceed_context_size_error.
_CONTEXT_WORDS = (
    "context_length",
    "context length",
    "context_size",
    "context size",
    "maximum context",
    "too many tokens",
)


class ContextFullError(Exception):
    """The conversation is longer than the model can read."""


@dataclass(frozen=True)
class Prices:
    """Dollars per million tokens."""

    input: float
    output: float
    cached: float | None = None
    """Of input tokens read from the server's cache; None: as other input."""

    def cost(self, prompt: int, completion: int, cached: int) -> float:
        """Of one call, in dollars."""
        cached_price = self.input if self.cached is None else self.cached
        spent = (prompt - cached) * self.input + cached * cached_price + completion * self.output
        return spent / 1e6


@dataclass(frozen=True)
class Reply:
    """What the model answered."""

    text: str
    reasoning: str | None
    refusal: str | None
    cut_off: bool
    """It ran into the limit of tokens."""
    model: str
    metrics: Metrics


@dataclass(frozen=True)
class ChatClient:
    """One model on one server.

    Args:
        model: As the server calls it.
        base_url: Of the API, with its `/v1`; None: what OPENAI_BASE_URL says, else OpenAI's.
        api_key: None: what OPENAI_API_KEY says.
        retries: Further tries after 408, 409, 429, 5xx and lost connections; with growing pauses,
            or as long as the server's Retry-After says.
        timeout_s: Longest wait for one reply.
        parameters: Of the request: temperature, max_tokens, ….
        extra_body: Fields that the openai package does not know.
        prices: To reckon costs where the server does not state them.
    """

    model: str
    base_url: str | None = None
    api_key: str | None = None
    retries: int = 8
    timeout_s: float = 600.0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    prices: Prices | None = None

    def check(self) -> None:
        """See that a client can be made.

        Raises:
            UserError: The openai package or the key is missing.
        """
        self._connection()

    def ask(self, messages: Sequence[Message], **parameters: Any) -> Reply:
        """The model's reply to a conversation.

        Raises:
            ContextFullError: It is too long for the model.
            AgentFault: The server gave no reply, however often it was asked.
        """
        for _ in range(_NO_SENSE_RETRIES):
            try:
                return self._ask(messages, parameters)
            except _NoSense:
                pass
        try:
            return self._ask(messages, parameters)
        except _NoSense as error:
            raise AgentFault(
                f"{self.model}: the server's answer is no chat completion: {error}",
                remedy="is base_url that of an OpenAI-compatible API, with its /v1?",
            ) from error

    def _connection(self) -> Any:
        return connect(self.base_url, self.api_key, self.retries, self.timeout_s)

    def _ask(self, messages: Sequence[Message], parameters: Mapping[str, Any]) -> Reply:
        import openai

        try:
            answer = self._connection().chat.completions.create(
                model=self.model,
                messages=list(messages),
                extra_body=dict(self.extra_body) or None,
                **{**self.parameters, **parameters},
            )
        except openai.BadRequestError as error:
            if is_context_error(error):
                raise ContextFullError(server_said(error)) from error
            raise _fault(self.model, error) from error
        except openai.APIError as error:
            raise _fault(self.model, error) from error
        except ValueError as error:  # a body that is no JSON
            raise _NoSense(str(error)) from error
        return self._reply(answer)

    def _reply(self, answer: Any) -> Reply:
        choices: Any = getattr(answer, "choices", None)
        message = getattr(choices[0], "message", None) if choices else None
        if message is None:
            raise _NoSense(str(answer)[:200])
        choice = choices[0]
        refusal = getattr(message, "refusal", None)
        if not refusal and choice.finish_reason == "content_filter":
            refusal = "the server's content filter stopped it"
        reasoning = getattr(message, "reasoning_content", None) or getattr(
            message, "reasoning", None
        )
        return Reply(
            text=message.content or "",
            reasoning=reasoning if isinstance(reasoning, str) else None,
            refusal=refusal,
            cut_off=choice.finish_reason == "length",
            model=getattr(answer, "model", None) or self.model,
            metrics=self._metrics(answer, choice),
        )

    def _metrics(self, answer: Any, choice: Any) -> Metrics:
        usage = getattr(answer, "usage", None)
        prompt, completion = (
            getattr(usage, key, None) for key in ("prompt_tokens", "completion_tokens")
        )
        details = getattr(usage, "prompt_tokens_details", None)
        cached = getattr(details, "cached_tokens", None)
        cost = getattr(usage, "cost", None)
        if not isinstance(cost, int | float) and self.prices and usage:
            cost = self.prices.cost(prompt or 0, completion or 0, cached or 0)
        scored = getattr(getattr(choice, "logprobs", None), "content", None)
        return Metrics(
            prompt_tokens=prompt,
            completion_tokens=completion,
            cached_tokens=cached,
            cost_usd=cost,
            prompt_token_ids=_ids(getattr(answer, "prompt_token_ids", None)),
            completion_token_ids=_ids(getattr(choice, "token_ids", None)),
            logprobs=[token.logprob for token in scored] if scored else None,
        )


class _NoSense(ValueError):  # noqa: N818 - it does not leave this file
    """An answer that is no chat completion."""


def connect(base_url: str | None, api_key: str | None, retries: int, timeout_s: float) -> Any:
    """A client of the openai package; what is None comes from the environment.

    Raises:
        UserError: The openai package or the key is missing.
    """
    url = base_url or os.environ.get("OPENAI_BASE_URL")
    key = api_key or os.environ.get("OPENAI_API_KEY")
    if not key and not url:
        raise UserError(
            "no API key", remedy="set OPENAI_API_KEY, or name your own server by base_url"
        )
    return _connect(url, key or "none", retries, timeout_s)


@lru_cache(maxsize=8)
def _connect(url: str | None, key: str, retries: int, timeout_s: float) -> Any:
    """Shared by all episodes: connections are kept open, and a client takes a while to make."""
    try:
        import openai
    except ImportError as error:
        raise UserError(
            "asking a model needs the openai package", remedy="pip install 'terminal-gym[agents]'"
        ) from error
    return openai.OpenAI(base_url=url, api_key=key, max_retries=retries, timeout=timeout_s)


def is_context_error(error: Exception) -> bool:
    """Whether a server's 400 says that the conversation is too long."""
    return any(word in server_said(error).lower() for word in _CONTEXT_WORDS)


def remedy_for(status: int | None) -> str:
    """What to do about an HTTP status that ended a call; None: there was no answer."""
    remedies = {
        401: "check the API key",
        402: "the account has no money left",
        403: "check the API key's rights",
        404: "check the model's name and base_url",
        429: "lower --concurrency, or allow more retries; or the account has no money left",
    }
    return remedies.get(
        status or 0, "is the server well? Run again: what is recorded is not repeated"
    )


def _fault(model: str, error: Exception) -> AgentFault:
    first = server_said(error).strip().split("\n")[0][:300] or type(error).__name__
    return AgentFault(f"{model}: {first}", remedy=remedy_for(getattr(error, "status_code", None)))


def server_said(error: Exception) -> str:
    """All the server said: from 3.x on, the openai package's text holds `message` only."""
    text, body = str(error), getattr(error, "body", None)
    return text if not body or str(body) in text else f"{text} {body}"


def _ids(value: Any) -> list[int] | None:
    whole = isinstance(value, list) and all(isinstance(one, int) for one in value)
    return value if whole and value else None
