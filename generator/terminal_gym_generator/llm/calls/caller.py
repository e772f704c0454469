"""`Caller`: the one thing that asks a model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from threading import Lock
from typing import Any

from pydantic import BaseModel

from terminal_gym.errors import UserError
from terminal_gym_generator.llm.calls.budget import Budget, Cost
from terminal_gym_generator.llm.calls.errors import BadReply, Refused
from terminal_gym_generator.llm.calls.messages import Answer, Message, Tool, Usage
from terminal_gym_generator.llm.calls.reply import Reply, estimate
from terminal_gym_generator.llm.calls.request import Request, chat_request
from terminal_gym_generator.llm.calls.settings import Endpoint, Limits
from terminal_gym_generator.llm.calls.store import CallStore, Entry, Kept, entry_of
from terminal_gym_generator.llm.calls.structured import (
    MalformedError,
    read,
    read_calls,
    said,
    told_call,
)
from terminal_gym_generator.llm.calls.wire import Wire

_RE_ASKS = 2
_FIRST_GUESS = 1500
"""Tokens of a reply, before there is any to go by."""
_AGAIN = "The reply could not be used: {problem}. Give the whole answer once more, mended."


class Caller:
    """Asks a model; thread-safe, one for a run.

    Every reply is on disk before it is given, and an equal call gets it from there, in this run
    and in later ones. Two threads that ask the same make one call.

    Args:
        endpoint: The model.
        folder: Where calls and ledger lie; see `store.py`.
        limits: What may be spent.

    Raises:
        UserError: No key is given, or another run is filling the folder.
    """

    def __init__(self, endpoint: Endpoint, folder: Path, limits: Limits | None = None) -> None:
        self.endpoint = endpoint
        self._limits = limits or Limits()
        self._wire = Wire(endpoint)
        self._store = CallStore(folder, endpoint.clean)
        self._budget = Budget(self._limits, _total(self._store.entries), self._wall_s)
        self._lock = Lock()
        self._under_way: dict[str, Future[Kept]] = {}

    def chat(
        self,
        stage: str,
        task: str,
        messages: Sequence[Message],
        *,
        schema: type[BaseModel] | None = None,
        tools: Sequence[Tool] = (),
        again: int = 0,
    ) -> Answer:
        """The model's next turn.

        A reply that has not the wanted form is asked for again, twice at most, with what was wrong.

        Args:
            stage: For the ledger.
            task: The draft's id, for the ledger.
            messages: The conversation so far.
            schema: What the answer must be, unless it calls a tool.
            tools: What the model may call instead of answering.
            again: Another number asks for another reply to the same.

        Raises:
            Refused: The model will not.
            BadReply: It never came in the wanted form.
            BudgetSpent: What is left does not cover the call.
            CallFault: The server gave no reply.
            UserError: The key, the model's name or the address is wrong.
        """
        talk = list(messages)
        for _ in range(1 + _RE_ASKS):
            request = chat_request(
                self.endpoint.model, self._parameters(), talk, schema, tools, again
            )
            call, cached = self._call(stage, task, request)
            try:
                return _answer(call, cached, messages, schema, tools)
            except MalformedError as error:
                problem = str(error)
                talk += [
                    Message(role="assistant", content=_as_text(call.reply)),
                    Message(role="user", content=_AGAIN.format(problem=problem)),
                ]
        raise BadReply(
            f"{stage} of {task}: no usable reply in {1 + _RE_ASKS} tries: {problem}",
            remedy=f"the replies are kept in {self._store.folder}",
        )

    def complete(
        self, stage: str, task: str, prompt: str, *, stop: Sequence[str] = (), again: int = 0
    ) -> Answer:
        """What the model adds to a raw text.

        Raises:
            RawCompletionUnsupported: The server only chats.
            BadReply: It is empty.
            Refused, BudgetSpent, CallFault, UserError: As in `chat`.
        """
        request = Request(
            kind="raw",
            model=self.endpoint.model,
            parameters=self._parameters(),
            prompt=prompt,
            stop=tuple(stop),
            again=again,
        )
        try:
            return _answer(*self._call(stage, task, request), (), None, ())
        except MalformedError as error:
            raise BadReply(f"{stage} of {task}: {error}") from error

    @property
    def spent(self) -> Cost:
        """By this run and those that it continues."""
        return self._budget.spent

    @property
    def entries(self) -> list[Entry]:
        """The ledger."""
        return list(self._store.entries)

    def kept(self, key: str) -> Kept | None:
        """Prompt and reply of an answer, by its key."""
        return self._store.find(key)

    def guess(self, request: Request) -> Cost:
        """What a call may cost: its reply is as long as allowed, or else as the mean so far."""
        replies = [one.completion_tokens for one in self.entries if one.kind == "reply"]
        mean = sum(replies) / len(replies) if replies else _FIRST_GUESS
        usage = estimate(request.length, 0)
        longest = self.endpoint.max_tokens
        return self._cost(
            usage.prompt_tokens, round(mean) if longest is None else longest, usage.cached_tokens
        )

    def stop(self) -> None:
        """End waiting tries, and begin no more: they raise CallFault. What is known is given."""
        self._wire.close()

    def close(self) -> None:
        """Stop, and let go of the folder. Idempotent."""
        self.stop()
        self._store.close()

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _parameters(self) -> dict[str, Any]:
        endpoint = self.endpoint
        longest = {} if endpoint.max_tokens is None else {"max_tokens": endpoint.max_tokens}
        return {**endpoint.parameters, **longest}

    def _call(self, stage: str, task: str, request: Request) -> tuple[Kept, bool]:
        """The kept call, and whether it was there already."""
        key = request.key
        with self._lock:
            found = self._under_way.get(key)
            mine: Future[Kept] = Future()
            if found is None:
                self._under_way[key] = mine
        if found is not None:
            return found.result(), True
        try:
            kept = self._store.find(key)
            call = kept or self._pay_for(stage, task, request)
            mine.set_result(call)
            return call, kept is not None
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._under_way[key]

    def _pay_for(self, stage: str, task: str, request: Request) -> Kept:
        def lost(received: int) -> None:
            self._lost(stage, task, request, received)

        with self._budget.call(self.guess(request)):
            began = time.monotonic()
            reply = self._priced(self._wire.ask(request, lost))
            call = Kept(key=request.key, stage=stage, task=task, request=request, reply=reply)
            self._store.keep(call)
            entry = self._store.enter(entry_of(call, time.monotonic() - began))
            self._budget.pay(_total([entry]))
        if reply.cost_usd is None and self._limits.usd is not None:
            raise UserError(
                f"{self.endpoint.model}: the server states no costs, so dollars cannot be counted",
                remedy="give the prices of input and output (0 for a server of your own)",
            )
        return call

    def _lost(self, stage: str, task: str, request: Request, received: int) -> None:
        """Enter a try that broke off: what had come may be charged."""
        usage = estimate(request.length, received)
        cost = self._cost(usage.prompt_tokens, usage.completion_tokens, 0)
        entry = Entry(
            key=request.key,
            stage=stage,
            task=task,
            kind="lost",
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            estimated=True,
            cost_usd=cost.usd if self.endpoint.prices else None,
            run=0,
            run_s=0.0,
        )
        self._budget.pay(_total([self._store.enter(entry)]))

    def _priced(self, reply: Reply) -> Reply:
        usage: Usage = reply.usage
        if reply.cost_usd is not None or self.endpoint.prices is None:
            return reply
        cost = self._cost(usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens)
        return reply.model_copy(update={"cost_usd": cost.usd})

    def _cost(self, prompt: int, completion: int, cached: int) -> Cost:
        prices = self.endpoint.prices
        usd = prices.cost(prompt, completion, cached) if prices else 0.0
        return Cost(prompt + completion, usd)

    def _wall_s(self) -> float:
        return self._store.earlier_s + self._store.elapsed_s


def _total(entries: Sequence[Entry]) -> Cost:
    return Cost(
        sum(entry.prompt_tokens + entry.completion_tokens for entry in entries),
        sum(entry.cost_usd or 0.0 for entry in entries),
    )


def _answer(
    call: Kept,
    cached: bool,
    messages: Sequence[Message],
    schema: type[BaseModel] | None,
    tools: Sequence[Tool],
) -> Answer:
    """What a reply says.

    Raises:
        Refused: It declines.
        MalformedError: It has not the wanted form.
    """
    reply, text = call.reply, said(call.reply.text)
    if reply.refusal:
        raise Refused(f"{call.stage} of {call.task}: {reply.refusal[:300]}")
    cut_off = reply.finish == "length"
    if cut_off and (schema or tools):
        raise MalformedError("it was cut off at the limit of tokens; be shorter")
    told = told_call(text, tools) if tools and not reply.tool_calls else None
    raw = reply.tool_calls or ((told,) if told else ())
    calls = read_calls(raw, tools, sum(len(message.tool_calls) for message in messages))
    if not text.strip() and not calls:
        raise MalformedError("it is empty")
    return Answer(
        text="" if told else text,
        parsed=read(text, schema) if schema and not calls else None,
        tool_calls=tuple(calls),
        reasoning=reply.reasoning,
        cut_off=cut_off,
        usage=reply.usage,
        cost_usd=reply.cost_usd,
        cached=cached,
        key=call.key,
    )


def _as_text(reply: Reply) -> str:
    """A reply that could not be used, for the model to look at."""
    calls = [f"{name}({arguments})" for name, arguments in reply.tool_calls]
    return "\n".join([said(reply.text), *calls]).strip() or "(nothing)"
