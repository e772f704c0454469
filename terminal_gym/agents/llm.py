"""An agent that is a chat model on an OpenAI-compatible server."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from typing import Any

from terminal_gym.agents.history import History
from terminal_gym.agents.llm_client import ChatClient, ContextFullError, Prices, Reply
from terminal_gym.agents.llm_forms import Decision, make_form
from terminal_gym.episodes import AgentResponse, Metrics
from terminal_gym.errors import AgentFault, UserError

MODEL_VARIABLE = "TERMINAL_GYM_LLM"
# A step that came back sooner did not run out of time: its program waits for more input.
_WHOLE_STEP_S = 5.0
_THOUGHT = re.compile(r"^.*?</think>\s*", re.DOTALL)


class LLMAgent:
    """Asks a chat model what to do next.

    A reply that cannot be used is answered with what was wrong, and counted; after `max_malformed`
    of them in a row the work is submitted as it stands. What cannot be had from the server in spite
    of retries is a fault, which says nothing about the model.

    Args:
        model: As the server calls it; by default $TERMINAL_GYM_LLM.
        base_url: Of the API, with its `/v1`; by default $OPENAI_BASE_URL, else OpenAI's.
        api_key: By default $OPENAI_API_KEY.
        form: "fenced" (one command per turn) or "terminus" (Terminus-2's JSON).
        temperature: None is the server's default.
        max_tokens: Longest reply; None is the server's default.
        history_chars: Longest conversation, in characters; the task and the latest rounds stay.
        max_malformed: Unusable replies in a row.
        retries: Further tries of a failed request.
        timeout_s: Longest wait for one reply.
        seeded: Send the episode's seed, for servers that sample by it.
        token_ids: Ask for token ids and log-probabilities (vLLM's `return_token_ids`).
        input_price: Dollars per million tokens, where the server does not state costs.
        output_price: The same, of what the model writes.
        cached_price: The same, of input read from the server's cache.
        extra: Further fields of the request, such as {"top_k": 20}.
    """

    name = "llm"

    def __init__(
        self,
        model: str | None = None,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        form: str = "fenced",
        temperature: float | None = None,
        max_tokens: int | None = None,
        history_chars: int = 400_000,
        max_malformed: int = 5,
        retries: int = 8,
        timeout_s: float = 600.0,
        seeded: bool = False,
        token_ids: bool = False,
        input_price: float | None = None,
        output_price: float | None = None,
        cached_price: float | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.model_name = model or os.environ.get(MODEL_VARIABLE)
        if not self.model_name:
            raise UserError(
                "the agent 'llm' needs a model",
                remedy=f"give its name: --agent-option model=NAME, or {MODEL_VARIABLE}",
            )
        self._form = make_form(form)
        parameters = {"temperature": temperature, "max_tokens": max_tokens}
        self._client = ChatClient(
            model=self.model_name,
            base_url=base_url,
            api_key=api_key,
            retries=retries,
            timeout_s=timeout_s,
            parameters={
                **{key: value for key, value in parameters.items() if value is not None},
                **({"logprobs": True} if token_ids else {}),
            },
            extra_body={**({"return_token_ids": True} if token_ids else {}), **(extra or {})},
            prices=_prices(input_price, output_price, cached_price),
        )
        self._client.check()
        self._max_malformed = max_malformed
        self._seeded = seeded
        self._seed: dict[str, int] = {}
        self._history = History(history_chars)
        self._instruction = ""
        self._reply = ""
        self._inputs: list[tuple[str, float]] = []
        self._given_at = self._wait_until = 0.0
        self._rounds: list[tuple[str, Any]] = []
        self._cwd = ""
        self._claimed = False
        self._submitting = False
        self._interrupts = 0
        self.last_response = AgentResponse()

    def reset(self, observation: Any, info: dict[str, Any]) -> None:
        """Begin a conversation."""
        self._seed = {"seed": int(info.get("seed") or 0) & 0x7FFFFFFF} if self._seeded else {}
        self._begin(observation)

    def _begin(self, observation: Any) -> None:
        """Begin a conversation on a task, or on the next step of one."""
        self._instruction = observation["instruction"]
        self._history.begin(self._form.opening(observation))
        self._reply, self._inputs, self._rounds = "", [], []
        self._wait_until = 0.0
        self._cwd = str(observation["cwd"])
        self._claimed = self._submitting = False
        self._interrupts = 0

    def act(self, observation: Any) -> str:
        """The next input of the last reply, or else of a new one.

        Raises:
            AgentFault: The server gave no reply.
        """
        if observation["instruction"] != self._instruction:
            self._begin(observation)
        if self._rounds:
            self._rounds[-1] = (self._rounds[-1][0], observation)
        self.last_response = AgentResponse(llm_calls=0)
        if observation["running"] and self._is_given_longer():
            self._given_at = time.monotonic()
            self._rounds.append(("", observation))
            return ""  # which waits
        if not self._inputs and not self._submitting:
            self._ask()
        if not self._inputs:
            return self._submit(bool(observation["running"]))
        typed, wait_s = self._inputs.pop(0)
        self._given_at = time.monotonic()
        self._wait_until = self._given_at + wait_s
        if typed == "Enter" and not observation["running"]:
            typed = ""  # at a prompt, Enter alone is the empty input
        self._rounds.append((typed, observation))
        return typed

    def close(self) -> None:
        """Nothing to give back; connections are shared."""

    def _is_given_longer(self) -> bool:
        """Whether the model gave its last input more time than the step that has passed."""
        now = time.monotonic()
        return self._given_at + _WHOLE_STEP_S < now < self._wait_until

    def _submit(self, running: bool) -> str:
        """`exit`, once no program has the terminal."""
        self._interrupts += running
        if not running:
            return "exit"
        return "C-c" if self._interrupts % 2 else "C-\\"

    def _ask(self) -> None:
        """Have the model decide: afterwards there are inputs, or the work is to be submitted."""
        if self._rounds:
            self._tell(self._form.shown(self._rounds, self._cwd))
            self._cwd = str(self._rounds[-1][1]["cwd"]) or self._cwd
            self._rounds = []
            if self._claimed:
                self._history.append(self._form.confirm)
        turn = _Turn()
        while not self._inputs and not self._submitting:
            reply = self._request()
            turn.add(reply)
            try:
                decision = self._decide(reply)
            except ValueError as problem:
                turn.count(reply, str(problem))
                self._tell(f"The reply could not be used: {problem}. Answer as described above.")
                self._submitting = turn.malformed >= self._max_malformed
            else:
                self._take(decision)
        self.last_response = turn.response()

    def _take(self, decision: Decision) -> None:
        waits = decision.waits or [0.0] * len(decision.inputs)
        self._inputs = list(zip(decision.inputs, waits, strict=True))
        self._submitting = decision.complete and self._claimed
        self._claimed = decision.complete
        if decision.complete and not self._inputs and not self._submitting:
            self._tell(self._form.confirm)
        elif not decision.complete and not self._inputs:
            self._inputs = [("", 0.0)]  # an empty list waits

    def _decide(self, reply: Reply) -> Decision:
        if reply.refusal:
            raise ValueError(f"it is a refusal ({reply.refusal[:200]})")
        if reply.cut_off:
            raise ValueError("it was cut off at the limit of tokens; be shorter")
        return self._form.read(self._reply)

    def _request(self) -> Reply:
        while True:
            try:
                reply = self._client.ask(self._history.messages(), **self._seed)
            except ContextFullError as error:
                if not self._history.shrink():
                    raise AgentFault(
                        f"{self.model_name}: the task alone is too long: {error}",
                        remedy="use a model with a longer context, or a smaller output_limit",
                    ) from error
                continue
            self._reply = _THOUGHT.sub("", reply.text, count=1)
            return reply

    def _tell(self, text: str) -> None:
        self._history.add(self._reply, text)


class _Turn:
    """The calls behind one action."""

    def __init__(self) -> None:
        self._replies: list[Reply] = []
        self._unusable: list[dict[str, str]] = []

    @property
    def malformed(self) -> int:
        """Replies that could not be used."""
        return len(self._unusable)

    def add(self, reply: Reply) -> None:
        self._replies.append(reply)

    def count(self, reply: Reply, problem: str) -> None:
        self._unusable.append({"reply": reply.text or reply.refusal or "", "problem": problem})

    def response(self) -> AgentResponse:
        """For the recording: the last reply's own text and tokens, and sums over all."""
        last = self._replies[-1]
        sums = {
            key: _sum([getattr(reply.metrics, key) for reply in self._replies])
            for key in ("prompt_tokens", "completion_tokens", "cached_tokens", "cost_usd")
        }
        extra = {"malformed": self.malformed, "unusable": self._unusable} if self._unusable else {}
        if len(self._replies) > 1:
            extra["last_prompt_tokens"] = last.metrics.prompt_tokens
        metrics = Metrics.model_validate(
            {**last.metrics.model_dump(), **sums, "extra": extra or None}
        )
        return AgentResponse(
            message=last.text,
            reasoning=last.reasoning,
            model_name=last.model,
            metrics=metrics,
            llm_calls=len(self._replies),
        )


def _sum(values: list[Any]) -> Any:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _prices(
    input_price: float | None, output_price: float | None, cached_price: float | None
) -> Prices | None:
    if input_price is None and output_price is None:
        return None
    return Prices(input_price or 0.0, output_price or 0.0, cached_price)
