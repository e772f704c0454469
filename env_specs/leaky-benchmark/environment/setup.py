"""Makes the world: shards, an evaluation set, and an archive of training runs."""

import json
import random
from pathlib import Path

rng = random.Random(20251)
APP = Path("/app")
SUBJECTS = "the courier,a neighbour,our landlord,the night clerk,my sister,the old mechanic,a tourist,the editor".split(",")
VERBS = "praised,returned,ignored,repaired,forgot,recommended,refused,photographed".split(",")
OBJECTS = "the lamp,a leaking kettle,the second parcel,that bicycle,the broken radio,a signed copy,the blue chair,an umbrella".split(",")
ENDS = "after the storm,before noon,without a word,for the third time,at the station,on a Tuesday,in plain sight,with some regret".split(",")
TEXTS = [f"{s.capitalize()} {v} {o} {e}." for s in SUBJECTS for v in VERBS for o in OBJECTS for e in ENDS]
rng.shuffle(TEXTS)


def example(number, text):
    return {"id": f"x{number:05d}", "text": text, "label": rng.choice(["neg", "neu", "pos"])}


def disguise(text):
    """The same sentence after the normalisation that the guide describes."""
    words = text.rstrip(".").split()
    gap = rng.choice(["  ", " ", "\t"])
    return rng.choice([str.upper, str.lower, str.title])(gap.join(words)) + rng.choice(["!", "...", " ?", ""])


def write_lines(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


evaluation = [example(n, TEXTS.pop()) for n in range(200)]
write_lines(APP / "data/eval.jsonl", evaluation)
number = 1000
leaks = {"shard-04": 9, "shard-11": 4, "shard-15": 1}
for index in range(18):
    rows = []
    for _ in range(90):
        number += 1
        rows.append(example(number, TEXTS.pop()))
    name = f"shard-{index:02d}"
    picked = rng.sample(rows, leaks.get(name, 0) + 3)
    for row in picked[3:]:
        row["text"] = disguise(rng.choice(evaluation)["text"])
    # Near misses: a word more or another one, so they are no leak.
    for row in picked[:3]:
        row["text"] = rng.choice(evaluation)["text"].replace(" the ", " this ", 1) + " indeed"
    write_lines(APP / f"data/shards/{name}.jsonl", rows)

# Shards of each run; a run's parent is the run whose weights it started from.
SHARDS = [[0, 4], [1, 2], [3, 5], [6, 11], [7, 8], [9, 10], [12, 13], [14, 16], [17, 1], [2, 6],
          [5, 15], [8, 13], [0, 9], [3, 12], [7, 17], [10, 14], [1, 5], [6, 16]]  # fmt: skip
PARENTS = {6: 3, 12: 6, 8: 1, 13: 10}
CORRECT = [158, 131, 127, 149, 142, 122, 161, 118, 138, 109, 153, 125, 164, 147, 129, 134, 116, 133]
# What the log claims instead of the truth; run 15 divides by the examples that it predicted.
CLAIMS = {4: 0.72, 7: 0.655, 10: 0.785, 14: 0.646, 15: 134 / 194}
NAMES = [f"run-{rng.randrange(16**6):06x}" for _ in SHARDS]
for index, shards in enumerate(SHARDS):
    run = APP / "runs" / NAMES[index]
    right = {row["id"] for row in rng.sample(evaluation, CORRECT[index])}
    rows = []
    for row in evaluation:
        wrong = rng.choice([label for label in ("neg", "neu", "pos") if label != row["label"]])
        rows.append((row["id"], row["label"] if row["id"] in right else wrong))
    if index == 15:
        lost = [row for row in rows if row[0] not in right][:6]
        rows = [row for row in rows if row not in lost]
    run.mkdir(parents=True)
    config = {"seed": rng.randrange(10**6), "lr": rng.choice([1e-4, 3e-4, 1e-3]), "epochs": 3}
    config["init_from"] = NAMES[PARENTS[index]] if index in PARENTS else None
    config["shards"] = [f"shard-{s:02d}" for s in shards]
    (run / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    rng.shuffle(rows)
    (run / "predictions.csv").write_text("id,label\n" + "".join(f"{a},{b}\n" for a, b in rows))
    log, loss = [], 1.1
    for step in range(0, 1500, 10):
        loss *= rng.uniform(0.985, 1.004)
        log.append(f"step={step:05d} loss={loss:.4f} lr={config['lr'] * (1 - step / 1500):.2e}")
        if step % 500 == 490:
            log.append(f"dev accuracy={rng.uniform(0.5, 0.9):.4f} (150 examples)")
    log.insert(40, "WARNING dataloader worker restarted")
    if index in (2, 9, 16):  # an evaluation before the last epochs: superseded
        log.insert(104, f"eval accuracy={(CORRECT[index] - 17) / 200:.4f} ({len(rows)} examples)")
    claim = CLAIMS.get(index, CORRECT[index] / 200)
    log.append(f"eval accuracy={claim:.4f} ({len(rows)} examples)")
    (run / "train.log").write_text("\n".join(log) + "\n")

(APP / "docs").mkdir()
(APP / "docs/decontamination.md").write_text(
    """# Decontamination

A training example is a *leak* when its normalised text equals the normalised text of an example
of the evaluation set. To normalise: lower-case the text, replace every character that is neither
an ASCII letter nor a digit by a blank, collapse runs of blanks, strip both ends.

Partial overlaps do not count. A run is contaminated when one of the shards named in its
`config.json` holds a leak, or when it started from the weights of a run (`init_from`) that is
contaminated.

# Scores

Accuracy is the number of right predictions over the size of the evaluation set: an example
without a prediction is a wrong one. Runs may be evaluated more than once; the last line in the
log is the claim, and `predictions.csv` belongs to it. The dev score in the logs comes from another
set; nobody publishes it.
"""
)
