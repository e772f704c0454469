"""An agent that is a transformers model on this machine."""

from __future__ import annotations

import os
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

from terminal_gym.episodes import AgentResponse, Metrics, Step, command_of, text_of
from terminal_gym.episodes.chat_tokens import ChatTokens
from terminal_gym.episodes.dialogue import DialogueSoFar, make_dialogue
from terminal_gym.errors import UserError

try:
    from terminal_gym.agents.hf_engine import Conversation, Engine, Sampling
except ImportError as error:
    raise UserError(
        f"the agent 'hf' needs PyTorch and transformers: {error}",
        remedy="pip install 'terminal-gym[train]'",
    ) from error

_LOADING = threading.Lock()


class HFAgent:
    """Acts by sampling from a local checkpoint; parallel episodes share one model.

    What it read and sampled is recorded token by token, and `terminal-gym train` uses those very
    tokens. When the context is full, it submits.

    Args:
        model: Folder of a checkpoint or adapter, or a name; by default $TERMINAL_GYM_MODEL.
        dialogue: "terminus" or "shell"; the one it was trained with.
        temperature: 0 takes the likeliest token.
        top_p: Only the likeliest tokens up to this mass are drawn.
        max_new_tokens: Longest reply.
        max_context: Longest conversation in tokens; by default the model's own limit.
        dtype: "auto" is the checkpoint's.
        device: By default an accelerator where there is one.
        record_prompts: Record all tokens before each reply, too; grows with the square of an
            episode's length.
        thinking: For templates that know `enable_thinking`; None leaves it to the template.
        engine: Made already, with its tokenizer, instead of `model`.
    """

    name = "hf"

    def __init__(
        self,
        model: str | None = None,
        *,
        dialogue: str = "terminus",
        temperature: float = 1.0,
        top_p: float = 1.0,
        max_new_tokens: int = 1024,
        max_context: int | None = None,
        dtype: str = "auto",
        device: str | None = None,
        record_prompts: bool = False,
        thinking: bool | None = None,
        engine: tuple[Engine, Any] | None = None,
    ) -> None:
        path = model or os.environ.get("TERMINAL_GYM_MODEL")
        if engine is None and not path:
            raise UserError(
                "the agent 'hf' needs a model",
                remedy="give its folder: --agent-option model=FOLDER, or TERMINAL_GYM_MODEL",
            )
        self.model_name = path or "in memory"
        self._engine, tokenizer = engine or shared_engine(str(path), dtype, device)
        options = {} if thinking is None else {"enable_thinking": thinking}
        self._chat = ChatTokens(tokenizer, **options)
        self._form = make_dialogue(dialogue)
        self._sampling = Sampling(temperature, top_p, max_new_tokens)
        self._max_context = max_context or self._engine.max_positions
        self._record_prompts = record_prompts
        self.last_response = AgentResponse()
        self._so_far: DialogueSoFar | None = None
        self._talk = Conversation()
        self._last: tuple[str, str] | None = None
        self._seed = 0
        self._instruction = ""

    def reset(self, observation: Any, info: dict[str, Any]) -> None:
        """Begin a conversation; its randomness comes from the episode's seed."""
        self._seed = int(info.get("seed") or 0)
        self._begin(observation)

    def _begin(self, observation: Any) -> None:
        """Begin a conversation on a task, or on the next step of one."""
        self._instruction = observation["instruction"]
        self._so_far = DialogueSoFar(self._form, observation)
        self._talk = Conversation(seed=self._seed)
        self._last = None

    def act(self, observation: Any) -> str:
        """Tell the model what happened and do what it replies."""
        assert self._so_far is not None, "reset comes first"
        if observation["instruction"] != self._instruction:
            self._begin(observation)
        if self._last is not None:
            action, reply = self._last
            self._so_far.add(action, observation, reply)
        self._tell(self._so_far.next_user())
        if len(self._talk.ids) + 1 >= self._max_context:
            self.last_response = AgentResponse(message="", llm_calls=0)
            return "exit"
        prompt = list(self._talk.ids)
        cached = self._talk.cached
        room = min(self._sampling.max_new_tokens, self._max_context - len(prompt))
        sampling = Sampling(self._sampling.temperature, self._sampling.top_p, room)
        sample = self._engine.sample(self._talk, sampling)
        reply = self._chat.text(sample.ids)
        action = self._form.action(reply)
        self._last = (action, reply)
        self.last_response = AgentResponse(
            message=reply,
            model_name=self.model_name,
            llm_calls=1,
            metrics=Metrics(
                prompt_tokens=len(prompt),
                cached_tokens=cached,
                completion_tokens=len(sample.ids),
                prompt_token_ids=prompt if self._record_prompts else None,
                completion_token_ids=sample.ids,
                logprobs=sample.logprobs,
            ),
        )
        return action

    def follow(self, observation: Any, step: Step) -> None:
        """Take a recorded round as its own, so that it can go on from there."""
        assert self._so_far is not None, "reset comes first"
        if self._last is not None:
            self._so_far.add(self._last[0], observation, self._last[1])
        self._tell(self._so_far.next_user())
        ids = step.metrics.completion_token_ids if step.metrics else None
        reply = text_of(step.message) if step.llm_call_count else command_of(step)
        self._talk.ids += ids or self._chat.reply(reply)
        self._last = (command_of(step), reply)

    def close(self) -> None:
        """Let the conversation's cache go; the model stays for other episodes."""
        self._talk = Conversation()

    def _tell(self, user: str) -> None:
        ids = self._talk.ids
        if not ids:
            ids += self._chat.opening(user)
            return
        if not self._chat.ends(ids):  # the reply was cut off
            ids += self._chat.end_ids
        ids += self._chat.following(user)


@lru_cache(maxsize=2)
def _load(path: str, dtype: str, device: str | None) -> tuple[Engine, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(path)
        if (Path(path) / "adapter_config.json").is_file():
            from peft import AutoPeftModelForCausalLM

            adapted = AutoPeftModelForCausalLM.from_pretrained(path, dtype=dtype)
            model = adapted.merge_and_unload()
        else:
            model = AutoModelForCausalLM.from_pretrained(path, dtype=dtype)
    except (OSError, ValueError, ImportError) as error:
        first = str(error).strip().split("\n")[0][:300]
        raise UserError(
            f"{path}: no model could be loaded: {first}",
            remedy="give the folder of a checkpoint as transformers' save_pretrained writes it",
        ) from error
    if device is None:
        found = (
            torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
        )
        device = str(found or "cpu")
    return Engine(model.eval().to(device), ChatTokens(tokenizer).end_ids[-1]), tokenizer


def shared_engine(path: str, dtype: str = "auto", device: str | None = None) -> tuple[Engine, Any]:
    """The engine of a checkpoint and its tokenizer, loaded once.

    Raises:
        UserError: It cannot be loaded.
    """
    with _LOADING:
        return _load(path, dtype, device)
