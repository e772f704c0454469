"""One request to the server, and as many tries as it takes.

Replies are streamed, so that a server that has stopped talking is told from one that is slow.
"""

from __future__ import annotations

import email.utils
import json
import random
import re
import time
from collections.abc import Callable, Mapping
from threading import BoundedSemaphore, Event, Lock, Timer
from typing import Any

import openai

from terminal_gym.agents.llm_client import connect, is_context_error, remedy_for, server_said
from terminal_gym.errors import UserError
from terminal_gym_generator.llm.calls.dialect import Dialect, body_of, suspect
from terminal_gym_generator.llm.calls.errors import (
    BadReply,
    CallFault,
    RawCompletionUnsupported,
    Refused,
)
from terminal_gym_generator.llm.calls.reply import Gathering, Reply
from terminal_gym_generator.llm.calls.request import Request
from terminal_gym_generator.llm.calls.settings import Endpoint

Lost = Callable[[int], None]
"""Told of a try that broke off, with the bytes that had come: the server may ask to be paid."""

_RETRIED = (408, 409, 429)
_FORM_ERRORS = (400, 422)
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
_NO_COMPLETION = "what came is no completion; is base_url that of an API, with its /v1?"
_LONGEST_WISH_S = 600.0
"""A longer Retry-After is no pause but an end."""


class Wire:
    """The way to one model; shared by all threads."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._client = connect(endpoint.base_url, endpoint.api_key, 0, endpoint.timeout_s)
        self._dialect = Dialect()
        self._slots = BoundedSemaphore(endpoint.concurrency)
        self._pause = _Pause()

    def ask(self, request: Request, lost: Lost) -> Reply:
        """The server's reply.

        Raises:
            UserError: The key, the model's name or the address is wrong; the account is empty.
            RawCompletionUnsupported: The server does not complete raw prompts.
            Refused: A filter of the server stopped the request.
            BadReply: The server does not take this request.
            CallFault: No whole reply, however often it was asked.
        """
        refused = self._dialect.refused
        while True:
            body = body_of(request, refused)
            try:
                reply = self._tried(request, body, lost)
            except openai.APIStatusError as error:
                self._must_take_parameters(error)
                feature = self._blamed(body, error)
                if feature is None:
                    raise _final(self._endpoint, request, error) from error
                refused |= {feature}
            else:
                self._dialect.learn(refused)
                return reply

    def close(self) -> None:
        """Wake what waits for its next try; it ends with CallFault."""
        self._pause.end()

    def _must_take_parameters(self, error: openai.APIStatusError) -> None:
        """Raise where the server refuses what the user wants in every request."""
        said = server_said(error)
        for name in self._endpoint.parameters if error.status_code in _FORM_ERRORS else ():
            if re.search(rf"\b{re.escape(name)}\b", said):
                raise UserError(
                    f"{self._endpoint.model}: {_first_line(self._endpoint, error)}",
                    remedy=f"leave the parameter {name} away, or give another value",
                ) from error

    def _blamed(self, body: dict[str, Any], error: openai.APIStatusError) -> str | None:
        if error.status_code not in _FORM_ERRORS or is_context_error(error) or _is_filter(error):
            return None
        return suspect(body, server_said(error))

    def _tried(self, request: Request, body: dict[str, Any], lost: Lost) -> Reply:
        """The reply after at most `retries` further tries; status errors that end it are raised."""
        failures: list[Exception] = []
        while True:
            if not self._pause.over():
                raise CallFault("the run is ending", remedy="start it again: it goes on") from None
            gathering = Gathering()
            try:
                with self._slots:
                    self._stream(request.kind, body, gathering)
                return gathering.reply(request.length, self._endpoint.clean)
            except openai.APIStatusError as error:
                if not _is_passing(error):
                    raise
                failures.append(error)
            except (openai.APIError, _Cut, ValueError) as error:
                if gathering.began:
                    lost(gathering.length)
                failures.append(error)
            if len(failures) > self._endpoint.retries:
                raise _exhausted(self._endpoint, failures) from failures[-1]
            self._pause.before_next(failures)

    def _stream(self, kind: str, body: dict[str, Any], gathering: Gathering) -> None:
        """Send, and gather until the end; a watch ends what takes too long in all."""
        endpoint = self._endpoint
        names = {"model", "messages", "prompt", "stream"}
        rest = {name: value for name, value in body.items() if name not in names}
        resource = self._client.chat.completions if kind == "chat" else self._client.completions
        stream = resource.create(
            **{name: body[name] for name in names if name in body},
            extra_body=rest,
            timeout=openai.Timeout(endpoint.stall_s, connect=min(30.0, endpoint.stall_s)),
        )
        gathering.began = True
        watch = _Watch(endpoint.timeout_s, stream.close)
        try:
            for piece in _pieces(stream):
                gathering.add(piece)
        except openai.APIError:
            raise
        except Exception as error:
            raise _Cut(f"the reply broke off: {type(error).__name__}: {error}") from error
        finally:
            watch.end()
            stream.close()
        if watch.fired:
            raise _Cut(f"the reply took longer than {endpoint.timeout_s:g} s")
        if not gathering.finish:
            what = "the reply broke off without an end" if gathering.length else _NO_COMPLETION
            raise _Cut(what)


def _pieces(stream: Any) -> Any:
    """The chunks as plain JSON; a server that does not stream gives one."""
    if "json" in stream.response.headers.get("content-type", ""):
        yield json.loads(stream.response.read())
    else:
        for chunk in stream:
            yield chunk.to_dict(warnings=False)  # servers fill fields with what they like


class _Cut(Exception):  # noqa: N818 - it does not leave this file
    """A reply without its end."""


class _Watch:
    """Closes a stream that takes too long, which wakes its reader at the next piece."""

    def __init__(self, seconds: float, close: Callable[[], None]) -> None:
        self.fired = False
        self._close = close
        self._timer = Timer(seconds, self._fire)
        self._timer.daemon = True
        self._timer.start()

    def _fire(self) -> None:
        self.fired = True
        self._close()

    def end(self) -> None:
        self._timer.cancel()
        self._timer.join()


class _Pause:
    """When the next try may be; a 429 makes every thread wait."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._not_before = 0.0
        self._ending = Event()

    def over(self) -> bool:
        """Wait for one's turn; False: there will be none."""
        while not self._ending.is_set():
            with self._lock:
                wait = self._not_before - time.monotonic()
            if wait <= 0:
                return True
            self._ending.wait(wait)
        return False

    def before_next(self, failures: list[Exception]) -> None:
        """Wait after a failure, as long as the server wishes or longer with each one."""
        error = failures[-1]
        wish = _wish(error.response.headers) if isinstance(error, openai.APIStatusError) else None
        growing = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** (len(failures) - 1))
        seconds = (growing if wish is None else wish) * random.uniform(1.0, 1.2)
        if getattr(error, "status_code", None) == 429:
            with self._lock:
                self._not_before = max(self._not_before, time.monotonic() + seconds)
        else:
            self._ending.wait(seconds)

    def end(self) -> None:
        self._ending.set()


def _wish(headers: Mapping[str, str]) -> float | None:
    """What Retry-After says, in seconds."""
    value = headers.get("retry-after")
    try:
        return None if value is None else max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(str(value)).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _is_passing(error: openai.APIStatusError) -> bool:
    """Whether the same request may well be answered later."""
    if error.status_code not in _RETRIED and error.status_code < 500:
        return False
    if error.code == "insufficient_quota" or error.status_code == 501:
        return False
    return (_wish(error.response.headers) or 0.0) <= _LONGEST_WISH_S


def _is_filter(error: openai.APIStatusError) -> bool:
    return "content_filter" in str(error.code) or "content_policy" in str(error.code)


def _final(endpoint: Endpoint, request: Request, error: openai.APIStatusError) -> Exception:
    """What a status that no retry changes means."""
    text = f"{endpoint.model}: {_first_line(endpoint, error)}"
    status = error.status_code
    if _is_filter(error):
        return Refused(text)
    if request.kind == "raw" and status in (400, 404, 405, 422, 500, 501):
        return RawCompletionUnsupported(text, remedy="sample drafts by chat: --drafts chat")
    if status in (401, 402, 403, 404) or status == 429:
        return UserError(text, remedy=remedy_for(status))
    if status in (400, 413, 422):
        return BadReply(text, remedy="the server does not take this request, in any form")
    return CallFault(text, remedy=remedy_for(status))


def _exhausted(endpoint: Endpoint, failures: list[Exception]) -> CallFault:
    last = failures[-1]
    return CallFault(
        f"{endpoint.model}: no reply in {len(failures)} tries; "
        f"the last: {_first_line(endpoint, last)}",
        remedy=remedy_for(getattr(last, "status_code", None)),
    )


def _first_line(endpoint: Endpoint, error: Exception) -> str:
    line = str(error).strip().split("\n")[0]
    return endpoint.clean(line)[:300] or type(error).__name__
