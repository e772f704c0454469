"""Drafts: dealt without repeats, thought out side by side, and near-duplicates marked."""

from collections import Counter
from itertools import islice

import pytest
from terminal_gym_generator.domain import load_domain
from terminal_gym_generator.llm.calls import Caller, Endpoint
from terminal_gym_generator.llm.drafting import DraftStream
from terminal_gym_generator.llm.hands import hands
from terminal_gym_generator.llm.novelty import Novelty
from terminal_gym_generator.llm.prompts import Prompts

from tests.generator.llm.author import Author
from tests.model_server import fails, serving

PEOPLE, PLACES = ["a clerk", "a pilot"], ["by night", "in haste", "at sea"]


@pytest.fixture
def spec(domain):
    return load_domain(domain)


@pytest.fixture
def caller_of(tmp_path):
    made = []

    def make(server):
        endpoint = Endpoint(model="tiny", base_url=server.url, api_key="none", concurrency=4)
        made.append(Caller(endpoint, tmp_path / "calls"))
        return made[-1]

    yield make
    for one in made:
        one.close()


def first(number, spec, seed=0):
    return list(islice(hands(spec, seed, PEOPLE, PLACES), number))


def test_hands_follow_from_the_seed(spec):
    assert first(40, spec) == first(40, spec)
    assert first(40, spec) != first(40, spec, seed=1)


def test_no_combination_of_skills_is_dealt_twice(spec):
    dealt = first(150, spec)
    names = [tuple(skill.name for skill in hand.skills) for hand in dealt]
    assert len(set(names)) == len(names)
    assert all(len(set(one)) == len(one) for one in names)


def test_every_skill_level_and_place_comes_about_equally_often(spec):
    dealt = first(120, spec)
    assert set(Counter(hand.difficulty for hand in dealt).values()) == {24}
    assert set(Counter(hand.setting for hand in dealt).values()) == {40}
    skills = Counter(skill.name for hand in dealt for skill in hand.skills)
    assert max(skills.values()) < 2 * min(skills.values())


def test_combinations_begin_anew_when_all_are_dealt(spec):
    few = spec.model_copy(update={"skills": spec.skills[:4]})
    pairs = [hand.skills for hand in first(60, few) if len(hand.skills) == 2]
    assert len(pairs) == 24
    assert Counter(Counter(pairs[:18]).values()) == {3: 6}  # each of the six, thrice


IDEA = (
    "The parcels of three carriers were scanned twice after the depot's clock jumped; find the "
    "carrier whose losses grew, and write the settled ledger for the insurer."
)
PARAPHRASE = (
    "For the insurer, write a settled ledger: after the clock of the depot jumped, parcels of "
    "three carriers were scanned twice; find which carrier's losses grew."
)
OTHER = (
    "A weather station's archive has gaps where batteries failed; fill the hourly table from two "
    "neighbours and mark every value that was not measured there."
)


def test_copies_and_paraphrases_are_not_new():
    novelty = Novelty([("known", "Rebase the branch and split the commit that mixes two changes.")])
    assert novelty.admit("one", "Parcel losses", IDEA) == ""
    assert "of one" in novelty.admit("two", "Parcel losses", IDEA)
    assert "of one" in novelty.admit("three", "Lost scans", PARAPHRASE)
    assert "its title" in novelty.admit("four", "parcel Losses", OTHER)
    assert novelty.admit("five", "Gaps in the archive", OTHER) == ""
    copy = "Rebase the branch and split the commit that mixes two changes, please."
    assert "of known" in novelty.admit("six", "Git", copy)


def test_a_stream_is_the_same_in_batches_of_any_size(spec, caller_of):
    with serving(author=Author()) as server:
        caller = caller_of(server)
        whole = DraftStream(spec, 0, caller, Prompts(), Novelty()).take(7)
        asked = len(server.requests)
        stream = DraftStream(spec, 0, caller, Prompts(), Novelty())
        assert [*stream.take(2), *stream.take(4), next(stream)] == whole
        assert len(server.requests) == asked == 7
    assert len({draft.id for draft in whole}) == 7
    assert all(draft.engine == "llm" and not draft.refused for draft in whole)


def test_near_duplicates_are_marked_in_order(spec, caller_of):
    class Copier(Author):
        def idea(self, prompt):
            return super().idea("always the same")

    with serving(author=Copier()) as server:
        drafts = DraftStream(spec, 0, caller_of(server), Prompts(), Novelty()).take(3)
    assert drafts[0].refused == ""
    reason = f"not new: 100% of its phrases are those of {drafts[0].id}"
    assert [draft.refused for draft in drafts[1:]] == [reason] * 2


def test_a_refusal_costs_its_draft_only(spec, caller_of):
    class Shy(Author):
        def __call__(self, body):
            if "Difficulty: 3 of 5" in str(body):
                return fails(400, "not this", code="content_filter")
            return super().__call__(body)

    with serving(author=Shy()) as server:
        drafts = DraftStream(spec, 0, caller_of(server), Prompts(), Novelty()).take(5)
    refused = [draft for draft in drafts if draft.refused]
    assert [draft.difficulty for draft in refused] == [3]
    assert "not this" in refused[0].refused


def test_drafts_by_raw_completion(spec, caller_of):
    with serving(author=Author()) as server:
        stream = DraftStream(spec, 0, caller_of(server), Prompts(), Novelty(), "both")
        drafts = stream.take(4)
    assert sorted(server.paths) == ["/v1/chat/completions"] * 2 + ["/v1/completions"] * 2
    raw = [body for body in server.requests if "prompt" in body]
    assert all(body["prompt"].endswith("<|im_start|>user\n") for body in raw)
    assert "Parcels, carriers, scans" in raw[0]["prompt"]
    assert drafts[1].summary.startswith("Ref ")
    assert drafts[1].idea.startswith(drafts[1].summary)
