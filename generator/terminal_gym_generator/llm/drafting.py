"""Drafts of the language-model engine: hands, thought out by the model, near-duplicates marked.

Two ways: a chat that asks for an idea about the hand, or a raw completion, as MAGPIE (Xu et al.
2024, arXiv 2406.08464) and after it LiteCoder have it: the model is given a domain's system turn
and the mark that opens a user's turn, and writes what a user would ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Literal

from terminal_gym_generator.domain import DomainSpec
from terminal_gym_generator.llm.calls import BadReply, Caller, Message, system, user
from terminal_gym_generator.llm.calls.errors import Unusable
from terminal_gym_generator.llm.forms import Idea
from terminal_gym_generator.llm.hands import Hand, hands
from terminal_gym_generator.llm.novelty import Novelty
from terminal_gym_generator.llm.prompts import Prompts
from terminal_gym_generator.records import Draft
from terminal_gym_generator.rng import digest

Way = Literal["chat", "completion", "both"]

_STOPS = ("<|im_end|>", "<|im_start|>", "<|endoftext|>")
_SHORTEST = 80
"""Characters of a completion that can be a request."""
_SLUG_LENGTH = 40
_TAG_LENGTH = 8
_TITLE_LENGTH = 80


class DraftStream:
    """A domain's drafts, without end; asked for in batches, whose calls are made side by side.

    Args:
        spec: The domain.
        seed: The run's.
        caller: The model.
        prompts: The templates.
        novelty: The ideas so far, those of other domains included.
        way: How the model is asked; "both": by turns.
    """

    def __init__(
        self,
        spec: DomainSpec,
        seed: int,
        caller: Caller,
        prompts: Prompts,
        novelty: Novelty,
        way: Way = "chat",
    ) -> None:
        self._spec = spec
        self._caller = caller
        self._prompts = prompts
        self._novelty = novelty
        self._way = way
        self._seed = seed
        people, places = prompts.entries("personas.txt"), prompts.entries("settings.txt")
        self._hands = hands(spec, seed, people, places)

    def __iter__(self) -> Iterator[Draft]:
        return self

    def __next__(self) -> Draft:
        return self.take(1)[0]

    def take(self, number: int) -> list[Draft]:
        """The next drafts; one that is like another says so in `refused`."""
        dealt = list(islice(self._hands, number))
        with ThreadPoolExecutor(self._caller.endpoint.concurrency) as pool:
            drafts = list(pool.map(self.draft, dealt))
        return [self._compared(draft) for draft in drafts]

    def draft(self, hand: Hand) -> Draft:
        """The draft that a hand becomes; the model's failure is the draft's `refused`."""
        tag = digest("draft", self._seed, self._spec.name, hand.number)[:_TAG_LENGTH]
        try:
            idea = self._idea(hand, f"draft-{tag}")
        except Unusable as error:
            return self._made(hand, f"{_slug(self._spec.name)}-{tag}", None, error.message)
        return self._made(hand, f"{_slug(idea.title)}-{tag}", idea, "")

    def _made(self, hand: Hand, name: str, idea: Idea | None, refused: str) -> Draft:
        return Draft(
            id=name,
            engine="llm",
            model=self._caller.endpoint.model,
            domain=self._spec.name,
            title=_one_line(idea.title if idea else "(none)")[:_TITLE_LENGTH],
            summary=_one_line(idea.summary) if idea else "",
            idea=idea.scenario.strip() if idea else "",
            skills=[skill.name for skill in hand.skills],
            difficulty=hand.difficulty,
            refused=refused,
        )

    def _idea(self, hand: Hand, task: str) -> Idea:
        raw = self._way == "completion" or (self._way == "both" and hand.number % 2 == 1)
        if raw:
            prompt = completion_prompt(self._prompts, self._spec, hand)
            answer = self._caller.complete("draft", task, prompt, stop=_STOPS, again=hand.number)
            return _idea_of(answer.text)
        answer = self._caller.chat(
            "draft", task, chat_prompt(self._prompts, self._spec, hand), schema=Idea
        )
        return answer.read(Idea)

    def _compared(self, draft: Draft) -> Draft:
        if draft.refused:
            return draft
        near = self._novelty.admit(draft.id, draft.title, f"{draft.summary} {draft.idea}")
        return draft.model_copy(update={"refused": f"not new: {near}"}) if near else draft


def tag_of(name: str) -> str:
    """What a draft's id, and the name of the call that thought it out, have in common."""
    return name[-_TAG_LENGTH:]


def chat_prompt(prompts: Prompts, spec: DomainSpec, hand: Hand) -> list[Message]:
    """The conversation that asks for an idea."""
    return [
        system(prompts.text("system.md", domain=spec)),
        user(prompts.text("draft.md", domain=spec, hand=hand)),
    ]


def completion_prompt(prompts: Prompts, spec: DomainSpec, hand: Hand) -> str:
    """The raw text whose user's turn is left open."""
    return prompts.text("draft_completion.txt", domain=spec, hand=hand)


def _idea_of(text: str) -> Idea:
    """A completed user's turn as an idea: its first sentence stands for it.

    Raises:
        BadReply: It is too short for a request.
    """
    request = text.encode("utf-8", "replace").decode().replace("\0", "").strip()
    if len(request) < _SHORTEST:
        raise BadReply(f"the completion is no request: {request!r}")
    first = re.split(r"(?<=[.!?])\s|\n", request, maxsplit=1)[0]
    title = " ".join(first.split()[:8]).rstrip(".,:;!?")
    return Idea(title=title, summary=first, scenario=request)


def _slug(text: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return words[:_SLUG_LENGTH].strip("-") or "task"


def _one_line(text: str) -> str:
    return " ".join(text.split())
