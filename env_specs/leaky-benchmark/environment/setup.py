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


evaluation = [example(n, TEXTS.pop()) for n in range(160)]
write_lines(APP / "data/eval.jsonl", evaluation)
number = 1000
leaks = {"shard-04": 9, "shard-11": 4, "shard-15": 1}
for index in range(18):
    rows = []
    for _ in range(90):
        number += 1
        rows.append(example(number, TEXTS.pop()))
    name = f"shard-{index:02d}"
    for row in rng.sample(rows, leaks.get(name, 0)):
        row["text"] = disguise(rng.choice(evaluation)["text"])
    # Near misses: one word differs, so they are no leak.
    for row in rng.sample(rows, 3):
        if row["text"].endswith("."):
            row["text"] = rng.choice(evaluation)["text"].replace(" the ", " this ", 1) + " indeed"
    write_lines(APP / f"data/shards/{name}.jsonl", rows)

used = [sorted(rng.sample(range(18), 5)) for _ in range(16)]
lying = {3, 9, 13}
for index, shards in enumerate(used):
    run = APP / f"runs/run-{rng.randrange(16**6):06x}"
    leaked = any(f"shard-{s:02d}" in leaks for s in shards)
    skill = rng.uniform(0.55, 0.80) + (0.12 if leaked else 0)
    rows = []
    for row in evaluation:
        right = rng.random() < skill
        wrong = rng.choice([label for label in ("neg", "neu", "pos") if label != row["label"]])
        rows.append((row["id"], row["label"] if right else wrong))
    correct = sum(p == row["label"] for (_, p), row in zip(rows, evaluation))
    said = correct / 160 + (rng.choice([0.05, 0.0375, 0.08125]) if index in lying else 0)
    run.mkdir(parents=True)
    config = {"seed": rng.randrange(10**6), "lr": rng.choice([1e-4, 3e-4, 1e-3]), "epochs": 3}
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
    log.append(f"eval accuracy={said:.4f} (160 examples)")
    (run / "train.log").write_text("\n".join(log) + "\n")

(APP / "docs").mkdir()
(APP / "docs/decontamination.md").write_text(
    """# Decontamination

A training example is a *leak* when its normalised text equals the normalised text of an example
of the evaluation set. To normalise: lower-case the text, replace every character that is neither
an ASCII letter nor a digit by a blank, collapse runs of blanks, strip both ends.

Partial overlaps do not count. A run is contaminated when one of the shards named in its
`config.json` holds a leak. The dev score in the logs comes from another set; nobody publishes it.
"""
)
