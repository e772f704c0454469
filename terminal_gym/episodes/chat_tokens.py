"""A dialogue as token ids that only ever grow, for any Hugging Face tokenizer with a template.

Rendering a whole chat again for every turn is not stable: templates drop earlier reasoning, trim,
and add words to the last turn only. Here a turn's tokens are made once and appended, in acting
(where the key-value cache then stays valid) as in training (where one pass gives every round's
log-probabilities in its true context).

What an agent or a terminal printed is plain text: a special token's name in it stays text.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Any

from terminal_gym.errors import UserError

_ENCODING = threading.Lock()
_USER, _REPLY, _NEXT = "USERTEXTQ7Z", "REPLYTEXTQ8Y", "NEXTTEXTQ9X"


class ChatTokens:
    """What a tokenizer's chat template puts around a dialogue's texts.

    Args:
        tokenizer: With a chat template that ends each turn with a special token.
        template_options: For the template, such as `enable_thinking=False`.

    Attributes:
        end_ids: The tokens that end a reply; the last is the special one the model must sample.

    Raises:
        UserError: There is no template, or it is none of this kind.
    """

    def __init__(self, tokenizer: Any, **template_options: Any) -> None:
        self._tokenizer = tokenizer
        self._options = template_options
        if not getattr(tokenizer, "chat_template", None):
            raise UserError(
                "the tokenizer has no chat template",
                remedy="use an instruction-tuned model's tokenizer, or set its chat_template",
            )
        self._special = _special_pattern(tokenizer)
        user, reply = _message("user", _USER), _message("assistant", _REPLY)
        self._open = _split(self._render([user]), _USER)
        whole = self._render([user, reply, _message("user", _NEXT)])
        ending, self._next = self._ending(_split(whole, _REPLY)[1])
        self.end_ids: list[int] = self._encode_template(ending)

    def opening(self, user: str) -> list[int]:
        """From the start to where the first reply begins."""
        return self._around(*self._open, user)

    def reply(self, text: str) -> list[int]:
        """A reply and the tokens that end it."""
        return [*self.plain(text), *self.end_ids]

    def following(self, user: str) -> list[int]:
        """From after a reply's end to where the next reply begins."""
        return self._around(*_split(self._next, _NEXT), user)

    def plain(self, text: str) -> list[int]:
        """Tokens of a text, none of them special."""
        if not text:
            return []
        return self._encode(text, split_special_tokens=True)

    def ends(self, ids: Sequence[int]) -> bool:
        """Whether a reply's tokens end with the special token that ends a turn."""
        return bool(ids) and ids[-1] == self.end_ids[-1]

    def text(self, ids: Sequence[int]) -> str:
        """A reply's tokens as text, without what ends it."""
        kept = ids[: -len(self.end_ids)] if list(ids[-len(self.end_ids) :]) == self.end_ids else ids
        text: str = self._tokenizer.decode(list(kept), clean_up_tokenization_spaces=False)
        return text

    def _render(self, messages: list[dict[str, str]]) -> str:
        text: str = self._tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, **self._options
        )
        return text

    def _ending(self, after_reply: str) -> tuple[str, str]:
        """(what ends a reply, the rest): up to and with the first special token."""
        match = self._special.search(after_reply)
        if match is None or match.start() > after_reply.index(_NEXT):
            raise UserError(
                "the chat template ends a reply with no special token",
                remedy="use a template with an end-of-turn token, such as ChatML's <|im_end|>",
            )
        return after_reply[: match.end()], after_reply[match.end() :]

    def _around(self, before: str, after: str, user: str) -> list[int]:
        """Template text around a user's text, tokenised as one where no special token parts it."""
        head, left = self._cut_last(before)
        right, tail = self._cut_first(after)
        return [
            *self._encode_template(head),
            *self.plain(left + user + right),
            *self._encode_template(tail),
        ]

    def _cut_last(self, text: str) -> tuple[str, str]:
        ends = [match.end() for match in self._special.finditer(text)]
        return (text[: ends[-1]], text[ends[-1] :]) if ends else ("", text)

    def _cut_first(self, text: str) -> tuple[str, str]:
        match = self._special.search(text)
        return (text[: match.start()], text[match.start() :]) if match else (text, "")

    def _encode_template(self, text: str) -> list[int]:
        if not text:
            return []
        return self._encode(text, split_special_tokens=False)

    def _encode(self, text: str, *, split_special_tokens: bool) -> list[int]:
        # A fast tokenizer keeps this option as a state of its own, which threads would share.
        with _ENCODING:
            ids: list[int] = self._tokenizer(
                text,
                add_special_tokens=False,
                split_special_tokens=split_special_tokens,
                verbose=False,
            )["input_ids"]
        return ids


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def _split(text: str, mark: str) -> tuple[str, str]:
    before, found, after = text.partition(mark)
    if not found:
        raise UserError(
            "the chat template does not show a message's text as it is",
            remedy="use a template that prints the content of user and assistant messages",
        )
    return before, after


def _special_pattern(tokenizer: Any) -> re.Pattern[str]:
    """Matches the tokenizer's special tokens, longest first."""
    added = getattr(tokenizer, "added_tokens_decoder", {}).values()
    names = {str(token) for token in added if getattr(token, "special", True)}
    names |= set(tokenizer.all_special_tokens)
    if not names:
        raise UserError(
            "the tokenizer has no special tokens", remedy="use one with an end-of-turn token"
        )
    return re.compile("|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)))
