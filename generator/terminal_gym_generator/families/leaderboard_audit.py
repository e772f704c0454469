"""A leaderboard whose test set leaked into the training data; to be computed again."""

from __future__ import annotations

import json
from random import Random

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part
from terminal_gym_generator.rounding import clear

_ASKS = (
    """
    Our leaderboard looks too good. {boss} suspects that part of the test set was in the training
    data that several of the {count} models saw, word for word or nearly. The training shards are in
    `{where}/train` (gzip, JSON Lines), the test set is `{where}/test.jsonl`, and every model's answers
    lie in `{where}/predictions`.
    """,
    """
    Before {company} publishes the comparison of its {count} models, {boss} wants it redone without
    test items that the training data already contained. You find the training shards under
    `{where}/train`, compressed, the test set in `{where}/test.jsonl` and what each model
    answered in `{where}/predictions`.
    """,
    """
    {boss} asks for a contamination check of our evaluation: training data in `{where}/train`
    (compressed JSON Lines), test items in `{where}/test.jsonl`, answers of {count} models in
    `{where}/predictions`. What leaked has to be taken out of the scores.
    """,
)
_WANTED = (
    """
    To compare texts, turn them into lower case, replace every character other than `a` to `z` and `0` to
    `9` by a space and split at spaces. A test item has leaked if its `text` has any run of {n} consecutive
    words in common with the `text` of a single training document (all texts are longer than
    that). A model's answer to an item is the last line for that item's `id` in its file (runs were
    resumed, so ids repeat); an item without a line counts as answered wrongly, lines for unknown ids do not
    count, and labels are compared without regard to case and to spaces at the ends.

    Write `{where}/leaked.txt`: the ids of the leaked test items, one per line, sorted as plain text. Write
    `{where}/{report}`: a JSON object that gives for each model (file name without `.jsonl`)
    an object with `before` and `after`, its accuracy in percent over all test items and over those that did not leak,
    and `macro_f1`, the unweighted mean over all labels of the (clean) test items of the F1 score on
    the clean items, in percent too; an answer that is no label of the test set counts as a miss of the true label only.
    All three are rounded to two decimals. An F1 score without any true positive is 0. The inputs stay as they are.
    """,
    """
    Texts are compared as words: lower case, every character but `a` to `z` and `0` to `9` replaced by a space, split at spaces. An item has leaked if {n} or more words of its `text` stand, in
    one run, in the `text` of one training document as well (no text is shorter than {n} words). Answers were appended when a run was resumed, so the last line for an `id` is the answer; lines for ids that the test set does not have are
    ignored, a missing line is a wrong answer, and neither case nor spaces around a label matter.

    We need the leaked ids in `{where}/leaked.txt` (one per line, sorted as plain text) and the scores in `{where}/{report}`, a JSON object with an entry for every model, named
    like its file without `.jsonl`: `before` is its accuracy over the whole test set, `after` its accuracy over what did not leak, `macro_f1` the plain average of the F1 scores of all labels that occur among the items that did not
    leak, over these items. All are percentages rounded to two decimals. An answer that is no label of the test set only counts as a miss of the true label, and F1 is 0 where there is no true positive. Leave the inputs alone.
    """,
)
_WORDS = (
    "river mountain engine ledger signal harvest meadow copper lantern archive bridge weather captain market "
    "village compass orchard glacier merchant tunnel harbor festival library station garden window journey "
    "teacher painter doctor farmer driver sailor builder writer singer quiet early late heavy narrow broad "
    "silver golden broken hidden distant sudden gentle bitter crosses follows repairs measures collects opens "
    "closes carries paints describes remembers forgets near under behind beyond before after during against"
).split()
_SOLVE = """
cat > /tmp/leaks.py <<'EOF'
import glob, gzip, json, re
def grams(text):
    words = re.sub(r"[^a-z0-9]", " ", text.lower()).split()
    return {tuple(words[i:i + @N@]) for i in range(len(words) - @N@ + 1)}
seen = set()
for path in sorted(glob.glob("train/*.gz")):
    for line in gzip.open(path, "rt"):
        seen |= grams(json.loads(line)["text"])
leaked = [item["id"] for item in map(json.loads, open("test.jsonl")) if grams(item["text"]) & seen]
print("\\n".join(sorted(leaked)))
EOF
"""
_SCORE = """
cat > /tmp/score.py <<'EOF'
import glob, json, os
norm = lambda label: label.strip().lower()
gold = {item["id"]: norm(item["label"]) for item in map(json.loads, open("test.jsonl"))}
leaked = set(open("leaked.txt").read().split())
report = {}
for path in sorted(glob.glob("predictions/*.jsonl")):
    answers = {}
    for line in open(path):
        row = json.loads(line)
        answers[row["id"]] = norm(row["label"])
    clean = [i for i in gold if i not in leaked]
    accuracy = lambda ids: round(100 * sum(answers.get(i) == gold[i] for i in ids) / len(ids), 2)
    scores = []
    for label in {gold[i] for i in clean}:
        hit = sum(gold[i] == label == answers.get(i) for i in clean)
        said, true = sum(answers.get(i) == label for i in clean), sum(gold[i] == label for i in clean)
        scores.append(2 * hit / (said + true))
    report[os.path.basename(path)[:-6]] = {"before": accuracy(gold), "after": accuracy(clean), "macro_f1": round(100 * sum(scores) / len(scores), 2)}
print(json.dumps(report, indent=2))
EOF
"""


class LeaderboardAudit(Family):
    """Find test items that leaked into training data and score all models without them.

    Hard because near copies hide in long documents, answers repeat and miss, and the order of
    the models changes once the leak is out.
    """

    name = "leaderboard-audit"
    domain = "ai_ml"
    skills = ("leakage-detection", "metric-computation")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        n, labels = (
            rng.randint(5, 8),
            rng.sample(
                ("travel", "trade", "nature", "people", "history", "weather"), rng.randint(3, 5)
            ),
        )
        ids = sorted(rng.sample(range(10_000, 99_999), context.scale(61, 261)))
        items = {f"t{i}": (_text(rng, rng.randint(14, 30)), rng.choice(labels)) for i in ids}
        leaked = sorted(rng.sample(sorted(items), context.scale(12, 70)))
        documents = [_text(rng, rng.randint(30, 90)) for _ in range(context.scale(80, 400))]
        for item in items:  # leaks have n words or more in common, all others at most n - 1
            words, place = items[item][0].split(), rng.randrange(len(documents))
            length = rng.randint(n, len(words)) if item in leaked else rng.choice((0, 0, n - 1))
            start = rng.randint(0, len(words) - length)
            run = " ".join(_disguise(rng, words[start : start + length]))
            documents[place] += f". {_text(rng, 6)} {run} {_text(rng, 6)}" if length else ""
        grams = [_grams(text, n) for text in documents]
        together: set[tuple[str, ...]] = set().union(*grams)
        leaked = sorted(item for item in items if _grams(items[item][0], n) & together)
        shards = context.scale(2, 5)
        for shard in range(shards):
            rows = [
                json.dumps({"doc": f"d{k:05d}", "text": text})
                for k, text in enumerate(documents)
                if k % shards == shard
            ]
            part.file(
                f"train/shard-{shard:02d}.jsonl", ("\n".join(rows) + "\n").encode(), transient=True
            )
        part.setup("gzip -n train/*.jsonl")
        order = sorted(items, key=lambda item: rng.random())
        test = [
            json.dumps({"id": item, "text": items[item][0], "label": items[item][1]})
            for item in order
        ]
        part.file("test.jsonl", ("\n".join(test) + "\n").encode())
        models = sorted(
            f"{names.project()}-{rng.choice(('4b', '8b', '14b', '32b'))}"
            for _ in range(context.scale(3, 7))
        )
        while True:
            expected = self._predict(part, rng, models, items, set(leaked), labels)
            top = sorted(row["after"] for row in expected.values())[-2:]
            if top[0] < top[1] and all(
                clear(v, 2) for row in expected.values() for v in row.values()
            ):
                break
        report = rng.choice(("scores.json", "leaderboard.json", "audit.json"))
        words_ = {
            "where": part.where,
            "boss": names.person().name,
            "company": names.company,
            "count": len(models),
            "n": n,
            "report": report,
        }
        part.title = "score models without leaked test items"
        part.ask(
            context.pick(_ASKS).format(**words_),
            *context.pick(_WANTED).format(**words_).split("\n\n"),
        )
        part.do(
            "ls -l train predictions; wc -l test.jsonl predictions/*",
            "head -c 400 test.jsonl; zcat train/shard-00.jsonl.gz | head -c 600",
            "head -3 predictions/*; jq -r .label test.jsonl predictions/*.jsonl | sort | uniq -c | sort -rn | head -30",
            "jq -r '[input_filename, .id] | @tsv' predictions/* | sort | uniq -d | cut -f1 | uniq -c",
            _SOLVE.replace("@N@", str(n)),
            "python3 /tmp/leaks.py > leaked.txt; wc -l leaked.txt; head -3 leaked.txt",
            'id=$(head -1 leaked.txt); grep "\\"$id\\"" test.jsonl',
            _SCORE,
            "python3 /tmp/score.py > /tmp/scores.json; jq -c 'to_entries[]' /tmp/scores.json",
            "jq -r 'to_entries | sort_by(-.value.before) | .[].key' /tmp/scores.json | head -3",
            f"cp /tmp/scores.json {report}; best_model=$(jq -r 'to_entries | max_by(.value.after) | .key' {report}); echo $best_model",
        )
        self._verify(part, expected, leaked, report)
        best = max(models, key=lambda m: (expected[m]["after"], m))
        part.hide(best, *leaked, *(round(row["after"], 2) for row in expected.values()))
        part.reveals(
            "model",
            best,
            [m for m in models if m != best][:3],
            "the model with the best accuracy on items that did not leak",
            "best_model",
        )
        return part

    @staticmethod
    def _predict(
        part: Part,
        rng: Random,
        models: list[str],
        items: dict[str, tuple[str, str]],
        leaked: set[str],
        labels: list[str],
    ) -> dict[str, dict[str, float]]:
        """Write the models' answers; those that saw the leak know the leaked items."""
        expected: dict[str, dict[str, float]] = {}
        skills = rng.sample(range(45, 90, 2), len(models))
        for place, (model, skill) in enumerate(zip(models, skills, strict=True)):
            rows, answers = [], {}
            for item, (_, label) in items.items():
                if rng.random() < 0.03:
                    continue
                knows = 97 if item in leaked and place % 2 else skill
                answer = label if rng.random() * 100 < knows else rng.choice([*labels, "unknown"])
                if rng.random() < 0.1:
                    rows.append({"id": item, "label": rng.choice(labels)})
                shown = rng.choice(
                    (answer, answer, answer.capitalize(), f" {answer}", answer.upper())
                )
                rows.append({"id": item, "label": shown})
                answers[item] = answer
            rows += [
                {"id": f"x{rng.randint(100, 999)}", "label": rng.choice(labels)} for _ in range(3)
            ]
            part.file(
                f"predictions/{model}.jsonl", ("\n".join(map(json.dumps, rows)) + "\n").encode()
            )
            clean = [item for item in items if item not in leaked]
            expected[model] = {
                "before": _accuracy(items, answers, list(items)),
                "after": _accuracy(items, answers, clean),
            }
            f1 = []
            for label in sorted({items[item][1] for item in clean}):
                true = {item for item in clean if items[item][1] == label}
                said = {item for item in clean if answers.get(item) == label}
                f1.append(2 * len(true & said) / (len(true) + len(said)))
            expected[model]["macro_f1"] = 100 * sum(f1) / len(f1)
        return expected

    @staticmethod
    def _verify(
        part: Part, expected: dict[str, dict[str, float]], leaked: list[str], report: str
    ) -> None:
        part.check(
            "the leaked items are listed",
            f"assert lines({part.path('leaked.txt')!r}) == {leaked!r}",
        )
        for key in ("before", "after", "macro_f1"):
            part.check(
                f"the models' {key} is right",
                f"""
                report = json_file({part.path(report)!r})
                assert set(report) == set({sorted(expected)!r})
                for model, value in { ({m: round(row[key], 2) for m, row in expected.items()})!r}.items():
                    assert set(report[model]) == {{"before", "after", "macro_f1"}}
                    assert abs(report[model][{key!r}] - value) < 0.001, model
                """,
            )
        given = {p: f.data.decode() for p, f in part.files.items() if p not in part.transient}
        part.check(
            "test set and predictions are as they were",
            f"""
            import hashlib
            for path, digest in { ({p: _digest(t) for p, t in given.items()})!r}.items():
                assert sha256(path) == digest, path
            """,
        )
        part.output("leaked.txt", report)


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def _text(rng: Random, length: int) -> str:
    return " ".join(rng.choice(_WORDS) for _ in range(length))


def _disguise(rng: Random, words: list[str]) -> list[str]:
    """The same words with other case and punctuation."""
    marks = ("", "", "", ",", ";", " -", "!")
    return [rng.choice((w, w, w.upper(), w.capitalize())) + rng.choice(marks) for w in words]


def _grams(text: str, n: int) -> set[tuple[str, ...]]:
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in text.lower()).split()
    return {tuple(words[i : i + n]) for i in range(len(words) - n + 1)}


def _accuracy(items: dict[str, tuple[str, str]], answers: dict[str, str], ids: list[str]) -> float:
    return 100 * sum(answers.get(item) == items[item][1] for item in ids) / len(ids)
