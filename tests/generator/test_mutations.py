"""Damages are real, seeded, and never white space only."""

import random

import pytest
from terminal_gym_generator.gates.mutations import damages

JSON = b'{\n  "host": "fra-orders-03",\n  "failures": 19,\n  "share": 0.25\n}\n'


def made(content, original=None, seed=1):
    return {
        one.what: one.content
        for one in damages("/app/x.json", content, original, random.Random(seed))
    }


def test_a_text_with_numbers_is_damaged_in_five_ways_and_more_with_a_past():
    found = made(JSON, b"{}\n")
    assert len(found) == 6
    assert None in found.values()
    contents = [content for content in found.values() if content is not None]
    assert len(set(contents)) == len(contents)
    assert JSON not in contents
    assert found["the file as it was before"] == b"{}\n"


@pytest.mark.parametrize("seed", range(30))
def test_no_damage_is_white_space_only(seed):
    for what, content in made(JSON, seed=seed).items():
        if content is not None:
            assert content.split() != JSON.split(), what


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"7\n", {b"6\n", b"8\n"}), (b"0\n", {b"1\n"}), (b"010\n", {b"009\n", b"011\n"})],
)
def test_off_by_one_keeps_the_width_and_the_sign(content, expected):
    assert {made(content, seed=seed)["an off-by-one number"] for seed in range(20)} == expected


def test_the_same_seed_makes_the_same_damage_and_another_seed_another():
    assert made(JSON, seed=3) == made(JSON, seed=3)
    assert len({made(JSON, seed=seed)["a changed byte"] for seed in range(20)}) > 5


def test_binary_and_empty_files():
    assert set(made(b"\xff\x00AB\x01")) >= {"a changed byte", "a missing file (x.json)"}
    assert set(made(b"")) == {"a missing file (x.json)"}
