"""From an episode to token ids, with the round of each token that is the agent's own.

Exact: the numbered tokens are the agent's reply and the token that ends it, and nothing else.
Where a recording carries the sampled tokens, they are used as they are. What does not fit is left
out in whole rounds, and the rounds that stay keep their numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from terminal_gym.episodes import Episode, Metrics, text_of
from terminal_gym.episodes.chat_tokens import ChatTokens
from terminal_gym.episodes.dialogue import Dialogue, make_dialogue
from terminal_gym.errors import UserError

Keep = Literal["first", "ends"]


class TooLong(UserError):  # noqa: N818 - names what is the matter
    """Not even the task and its first own round fit."""


@dataclass(frozen=True)
class Rendered:
    """An episode as a model reads it."""

    token_ids: list[int]
    rounds: list[int]
    """For each token: the round, from 0, of the agent's own ones; -1 elsewhere."""
    n_rounds: int
    """All rounds of the episode that count, also those that were left out."""
    left_out: int
    """Rounds left out because they did not fit."""
    rewritten: int
    """Rounds whose recorded prompt is not what this rendering has before them."""


@dataclass(frozen=True)
class _Round:
    context: list[int]
    """What stands before the reply, since the reply before it."""
    reply: list[int]

    def __len__(self) -> int:
        return len(self.context) + len(self.reply)


class Renderer:
    """Renders episodes for one tokenizer.

    Args:
        tokenizer: Any Hugging Face tokenizer with a chat template.
        dialogue: A name in `terminal_gym.episodes.dialogue.DIALOGUES`, or a dialogue.
        max_tokens: Longest sequence.
        keep: What stays of an episode that is longer: its first rounds (they hold most of DMPO's
            weight, and what stands before each is true), or the task with the first round and the
            last ones.
        recorded_ids: Whether to use the recorded tokens.
        template_options: For the chat template.
    """

    def __init__(
        self,
        tokenizer: Any,
        dialogue: str | Dialogue = "terminus",
        *,
        max_tokens: int | None = None,
        keep: Keep = "first",
        recorded_ids: bool = True,
        **template_options: Any,
    ) -> None:
        self._chat = ChatTokens(tokenizer, **template_options)
        self._vocabulary = len(tokenizer)
        self._dialogue = make_dialogue(dialogue) if isinstance(dialogue, str) else dialogue
        self._max_tokens = max_tokens
        self._keep = keep
        self._recorded_ids = recorded_ids

    def render(self, episode: Episode, *, shared_rounds: int = 0) -> Rendered:
        """Render one episode.

        Args:
            episode: Any episode with a round of the agent's.
            shared_rounds: How many first rounds are context only; numbering starts after them.

        Raises:
            TooLong: The task and the first round that counts do not fit.
            UserError: The episode has no round that counts, or its recorded tokens are not of
                this tokenizer.
        """
        rounds, rewritten = self._rounds(episode)
        if len(rounds) <= shared_rounds:
            raise UserError(
                f"episode {episode.trajectory_id}: no round of the agent's own to train on",
                remedy="make pairs with `terminal-gym pairs`, which leaves such episodes out",
            )
        kept = self._fit(rounds, shared_rounds)
        ids: list[int] = []
        numbers: list[int] = []
        for index in kept:
            one = rounds[index]
            ids += one.context + one.reply
            number = index - shared_rounds if index >= shared_rounds else -1
            numbers += [-1] * len(one.context) + [number] * len(one.reply)
        return Rendered(
            token_ids=ids,
            rounds=numbers,
            n_rounds=len(rounds) - shared_rounds,
            left_out=len(rounds) - len(kept),
            rewritten=rewritten,
        )

    def _rounds(self, episode: Episode) -> tuple[list[_Round], int]:
        turns = self._dialogue.turns(episode)
        so_far: list[int] = []
        rounds: list[_Round] = []
        rewritten = 0
        for turn, step in zip(turns, episode.rounds, strict=True):
            context = self._context(turn.user, rounds)
            reply = self._chat.reply(turn.reply)
            sampled = self._sampled(step.metrics, text_of(step.message))
            if sampled is not None:
                reply = sampled
                prompt = step.metrics.prompt_token_ids if step.metrics else None
                if prompt is not None and prompt[: len(so_far)] == so_far:
                    context = prompt[len(so_far) :]
                elif prompt is not None:
                    rewritten += 1
            rounds.append(_Round(context, reply))
            so_far += context + reply
        return rounds, rewritten

    def _context(self, user: str, before: list[_Round]) -> list[int]:
        if not before:
            return self._chat.opening(user)
        # A reply that was cut off has no end of its own; the template's is then not the agent's.
        end = [] if self._chat.ends(before[-1].reply) else self._chat.end_ids
        return [*end, *self._chat.following(user)]

    def _sampled(self, metrics: Metrics | None, message: str) -> list[int] | None:
        """The recorded tokens of a reply, if there are any and they are to be used."""
        ids = metrics.completion_token_ids if metrics else None
        if not ids or not self._recorded_ids:
            return None
        fits = max(ids) < self._vocabulary
        if not fits or (message.strip() and message.strip() not in self._chat.text(ids)):
            raise UserError(
                "an episode's recorded tokens do not give its text with this tokenizer",
                remedy="train the model that acted, or set recorded_ids = false",
            )
        return list(ids)

    def _fit(self, rounds: list[_Round], shared: int) -> list[int]:
        """Positions of the rounds that fit, in order."""
        limit = self._max_tokens
        everything = list(range(len(rounds)))
        if limit is None or sum(map(len, rounds)) <= limit:
            return everything
        kept = everything[: shared + 1]
        used = sum(len(rounds[index]) for index in kept)
        if used > limit:
            raise TooLong(
                f"the task and its first round take {used} tokens, more than {limit}",
                remedy="raise max_tokens",
            )
        rest = everything[shared + 1 :]
        for index in rest if self._keep == "first" else reversed(rest):
            used += len(rounds[index])
            if used > limit:
                break
            kept.append(index)
        return sorted(kept)
