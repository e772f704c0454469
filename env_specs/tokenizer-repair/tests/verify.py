"""Verifier of tokenizer-repair."""

import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, "/tests")

from checks import check, data, json_file, lines, main, run_agent_program  # noqa: E402

MERGES = "33df231706c70abe3df04c45f816769fe53ba617d1d1e919a2154d5c40040eee"
VOCAB = "cd2dd7bdd8d72224addd248a2157af5caaf01aba7618a04e65a6d7a31a33d038"
WORLD = "edabfa11fa44cddc01dcb5a862f2ee3370c88bec9afdd8ee83eae1cf1fdf10c0"
MERGES_RESTORED = "#1 1|#11 2|ab le|at ion|in e|in g|w o|▁c arri|▁de par|▁deli ve|▁fre igh|▁inspec t|▁l oc|▁platfor m|▁switc h"
VOCAB_RESTORED = {
    "ion": 70, "ing": 141, "ure": 161, "▁carri": 169, "ions": 175, "ment": 177, "▁connec": 204,
    "▁freigh": 214, "▁brak": 216, "rs": 222, "▁carriable": 226, "▁engin": 250,
}  # fmt: skip
HELD_OUT = {
    "Inspectable engines at gate#112 and shed#7": [2, 51, 19, 41, 133, 46, 144, 236, 45, 187, 266, 165, 156, 4, 10, 3],
    "the brakation connected naïve #17 tracks": [2, 225, 216, 110, 204, 57, 32, 56, 29, 1, 142, 51, 184, 157, 45, 3],
    "rerouting freighters, north-west line#2 ##": [2, 51, 53, 44, 73, 46, 141, 241, 45, 5, 104, 6, 49, 33, 63, 275, 51, 4, 4, 3],
    "it attracts passengers until three-twoed": [2, 51, 206, 187, 46, 64, 31, 46, 45, 240, 33, 222, 108, 87, 6, 46, 88, 114, 3],
    "signalers relocating lines Late": [2, 197, 222, 51, 53, 39, 235, 90, 141, 95, 51, 20, 128, 3],
    "u-turning switchable on time. #1121": [2, 51, 47, 6, 46, 47, 44, 41, 141, 213, 144, 170, 54, 171, 7, 51, 185, 8, 3],
}
# Another tokenizer, for the program alone: a merge of "#", and symbols that end in another's name.
OTHER_MERGES = "#version: 2\n# #\nc a\na b\n▁ a\n"
OTHER_VOCAB = ["<pad>", "<unk>", "<bos>", "<eos>", "#", "a", "b", "c", "▁", "##", "ca", "ab", "▁a"]
OTHER = {
    "cabab": [2, 8, 10, 6, 11, 3],
    "### ab": [2, 8, 9, 4, 8, 11, 3],
    "x aab": [2, 8, 1, 12, 11, 3],
}


def encode(texts, program="/app/tok/encode.py"):
    status, out, err = run_agent_program(["python3", program], stdin="".join(f"{one}\n" for one in texts))
    assert status == 0, err[-300:]
    return [json.loads(one) for one in out.splitlines()]


@check("merges.txt is the old one")
def _():
    joined = "\n".join(lines("/app/tok/merges.txt"))
    assert hashlib.sha256(joined.encode()).hexdigest() == MERGES


@check("vocab.json is the old one")
def _():
    vocab = json.dumps(json_file("/app/tok/vocab.json"), sort_keys=True)
    assert hashlib.sha256(vocab.encode()).hexdigest() == VOCAB


@check("recorded texts get the recorded ids")
def _():
    rows = []
    for month in ("2025-03", "2025-04"):
        rows += map(json.loads, lines(f"/app/recordings/{month}.jsonl"))
    assert encode(row["text"] for row in rows) == [row["ids"] for row in rows]
    assert len(rows) == 240


@check("so do texts that were never recorded")
def _():
    assert encode(HELD_OUT) == list(HELD_OUT.values())


@check("the program follows whatever files lie beside it")
def _():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        for name in os.listdir("/app/tok"):
            if name.endswith(".py"):
                (Path(folder) / name).write_bytes(data(f"/app/tok/{name}"))
        (Path(folder) / "merges.txt").write_text(OTHER_MERGES, encoding="utf-8")
        vocab = {token: place for place, token in enumerate(OTHER_VOCAB)}
        (Path(folder) / "vocab.json").write_text(json.dumps(vocab), encoding="utf-8")
        assert encode(OTHER, f"{folder}/encode.py") == list(OTHER.values())


@check("the report lists the merges that were lost")
def _():
    assert json_file("/app/repair.json")["merges_restored"] == MERGES_RESTORED.split("|")


@check("the report lists the tokens that were lost or mixed up")
def _():
    report = json_file("/app/repair.json")
    assert sorted(report) == ["merges_restored", "vocab_restored"]
    assert report["vocab_restored"] == VOCAB_RESTORED


@check("recordings and specification are untouched")
def _():
    digest = hashlib.sha256()
    for top in ("/app/recordings", "/app/docs"):
        for folder, _folders, files in sorted(os.walk(top)):
            for name in sorted(files):
                path = os.path.join(folder, name)
                digest.update(f"{path} {hashlib.sha256(data(path)).hexdigest()}\n".encode())
    assert digest.hexdigest() == WORLD


main()
