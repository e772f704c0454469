"""Training runs with resumed logs, crashes and divergence, to be compared by a protocol."""

from __future__ import annotations

import json
import math

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    The sweep for `{project}` is through: {count} runs in `{where}/runs`, each with `config.json` and
    `metrics.jsonl`. Some were resumed after a crash, some diverged, some never finished.
    {boss} wants to know which setting to train in full, decided as follows and not by eye.
    """,
    """
    In `{where}/runs` are the {count} runs of our last hyper-parameter sweep, a folder each, with
    its configuration and the metrics that it logged. {boss} needs the winner of the sweep,
    and a table that holds up in the review, made by this protocol.
    """,
    """
    Please evaluate the sweep in `{where}/runs` ({count} runs; `config.json` and `metrics.jsonl` in
    each). The cluster was unstable, so runs were restarted and some are useless. {boss}
    and the others agreed on the rules below before they looked at any number.
    """,
)
_RULES = """
A setting is a `learning_rate` together with a `batch_size`, and is written `LR-BATCH` with both numbers as they stand in the
configurations, for example `0.003-32`; its runs differ in `seed`. Where an epoch was logged more than once (a resumed run repeats
epochs), the line further down counts. A run has diverged if any epoch that counts has a `val_loss` of `null` or above {ceiling}.
It is incomplete if any of the epochs 1 to {epochs} was not logged, unless it stopped early, which `config.json` says with `"stopped_early": true`.
Diverged goes before incomplete; both kinds are excluded. Where several usable runs have the same setting and seed, only the one with the
latest `started` counts; the others are superseded. A run's score is its `val_acc` at the epoch with the smallest `val_loss` (the
earliest of equal ones). A setting needs at least {seeds} counted runs to be ranked; its score is the {statistic} of its runs' scores.
"""
_WANTED = (
    """
    Write `{where}/{table}`: CSV with the header `setting,runs,score,epoch`, a line for each ranked setting, best score first (equal ones by the
    setting as plain text): the number of counted runs, the score with 6 decimals, and the mean best epoch with 2 decimals. And write
    `{where}/{report}`, a JSON object with `winner` (setting), `best_run` (folder of the winner's run with the highest score; the first by name
    of equal ones), `diverged`, `incomplete` and `superseded` (sorted lists of run folders) and `too_few` (sorted list of the settings that have runs of any kind but could not be ranked).
    Nothing under `runs` may change.
    """,
    """
    Two files are wanted: `{where}/{table}` (CSV, header `setting,runs,score,epoch`) with one line per ranked setting, highest score first and equal scores by the setting as plain text: how many runs
    counted, the score with 6 decimals, and the mean of their best epochs with 2 decimals; and `{where}/{report}`, a JSON object that names the `winner` (setting), the `best_run` (the winner's run with the highest score, by folder; the first by name
    if several have it), the folders of the runs that `diverged`, were `incomplete` or were `superseded` (three sorted lists), and as `too_few` the settings, sorted, that have runs of whatever kind but are not ranked.
    Leave everything under `runs` as it is.
    """,
)
_SOLVE = """
cat > /tmp/select.py <<'EOF'
import json, pathlib, statistics, sys
from decimal import Decimal
groups, settings = {}, set()
lists = {"diverged": [], "incomplete": [], "superseded": []}
for folder in sorted(pathlib.Path("runs").iterdir()):
    config = json.loads((folder / "config.json").read_text())
    epochs = {r["epoch"]: r for r in map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())}
    setting = f"{config['learning_rate']}-{config['batch_size']}"
    settings.add(setting)
    if any(r["val_loss"] is None or r["val_loss"] > @CEILING@ for r in epochs.values()):
        lists["diverged"].append(folder.name)
    elif not config.get("stopped_early") and set(range(1, @EPOCHS@ + 1)) - set(epochs):
        lists["incomplete"].append(folder.name)
    else:
        best = min(epochs.values(), key=lambda r: (r["val_loss"], r["epoch"]))
        groups.setdefault(setting, {}).setdefault(config["seed"], []).append((config["started"], folder.name, best))
rows = []
for setting, seeds in groups.items():
    runs = []
    for same in seeds.values():
        *old, new = sorted(same, key=lambda run: run[0])
        lists["superseded"] += [name for _, name, _ in old]
        runs.append(new)
    if len(runs) >= @SEEDS@:
        score = statistics.@STATISTIC@(Decimal(str(r[2]["val_acc"])) for r in runs)
        epoch = Decimal(sum(r[2]["epoch"] for r in runs)) / len(runs)
        best = max(sorted(runs, key=lambda r: r[1]), key=lambda r: r[2]["val_acc"])
        rows.append((setting, len(runs), score, epoch, best[1]))
rows.sort(key=lambda r: (-r[2], r[0]))
with open(sys.argv[1], "w") as file:
    print("setting,runs,score,epoch", file=file)
    for setting, runs, score, epoch, _ in rows:
        print(f"{setting},{runs},{score:.6f},{epoch:.2f}", file=file)
report = {"winner": rows[0][0], "best_run": rows[0][4], **{k: sorted(v) for k, v in lists.items()}}
report["too_few"] = sorted(settings - {r[0] for r in rows})
json.dump(report, open(sys.argv[2], "w"), indent=2)
EOF
"""


class RunSelection(Family):
    """Choose the best setting of a sweep by a written protocol.

    Hard because logs repeat epochs, the tempting runs are to be excluded, and repeated seeds
    must count once.
    """

    name = "run-selection"
    domain = "ai_ml"
    skills = ("model-selection", "experiment-tracking")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        epochs, ceiling, seeds = context.scale(6, 14), rng.randint(6, 9), rng.randint(2, 3)
        statistic = rng.choice(("mean", "median"))
        rates = rng.sample(["0.1", "0.03", "0.01", "0.003", "0.001", "0.0003"], context.scale(2, 4))
        batches = rng.sample([16, 32, 64, 128, 256], context.scale(2, 3))
        runs: list[tuple[str, int, str, str]] = []  # setting, seed, fate, started
        for setting in (f"{rate}-{batch}" for rate in rates for batch in batches):
            for seed in range(1, seeds + rng.randint(1, 2)):
                fates = (
                    ["fine"]
                    if rng.random() < 0.6
                    else rng.choice(
                        (
                            ["diverged"],
                            ["incomplete"],
                            ["fine", "fine"],
                            ["diverged", "fine"],
                            ["stopped"],
                        )
                    )
                )
                runs += [(setting, seed, fate, _stamp(rng.randint(0, 10**6))) for fate in fates]
        for setting in sorted({runs[0][0], runs[-1][0]}):  # two at least can be ranked
            runs += [(setting, 100 + seed, "fine", _stamp(seed)) for seed in range(seeds)]
        rng.shuffle(runs)
        names_ = sorted(f"run-{names.token(6)}" for _ in runs)
        lists: dict[str, list[str]] = {"diverged": [], "incomplete": [], "superseded": []}
        counted: dict[tuple[str, int], tuple[str, str, float, int]] = {}
        quality = {setting: rng.uniform(0.7, 0.86) for setting in sorted({r[0] for r in runs})}
        for folder, (setting, seed, fate, started) in zip(names_, runs, strict=True):
            level = quality[setting] + (0.08 if fate in ("diverged", "incomplete") else 0)
            rows: list[dict[str, float | None]] = []
            for epoch in range(1, epochs + 1):
                loss = (
                    0.4
                    + 2 * math.exp(-epoch / 3)
                    + 0.01 * max(0, epoch - epochs * 0.6) ** 2
                    + rng.uniform(0, 0.15)
                )
                rows.append(
                    {
                        "epoch": epoch,
                        "val_loss": round(loss, 3),
                        "val_acc": round(
                            level * (1 - math.exp(-epoch)) + rng.uniform(-0.03, 0.03), 4
                        ),
                    }
                )
            if fate == "diverged":
                rows[rng.randrange(2, epochs)]["val_loss"] = rng.choice((None, ceiling + 0.5))
            elif fate == "stopped":
                rows = rows[: epochs - rng.randint(1, 3)]
            elif fate == "incomplete":
                rows = rows[: epochs - 2] if rng.random() < 0.5 else rows[:2] + rows[3:]
            log = list(rows)
            if rng.random() < 0.5:  # resumed: these epochs were logged before, with other numbers
                back = rng.randint(1, min(3, len(rows) - 1))
                stale = [
                    {**r, "val_loss": rng.choice((0.05, None, 0.2)), "val_acc": 0.9912}
                    for r in rows[-back:]
                ]
                log = [*rows[:-back], *stale, *rows[-back:]]
            rate, batch = setting.split("-")
            config = f'{{"learning_rate": {rate}, "batch_size": {batch}, "seed": {seed}, "started": "{started}"{", " + chr(34) + "stopped_early" + chr(34) + ": true" if fate == "stopped" else ""}}}\n'
            part.file(f"runs/{folder}/config.json", config.encode())
            part.file(
                f"runs/{folder}/metrics.jsonl", ("\n".join(map(json.dumps, log)) + "\n").encode()
            )
            if fate in lists:
                lists[fate].append(folder)
                continue
            best = min(rows, key=lambda r: (r["val_loss"] or 0.0, r["epoch"] or 0))
            entry = (started, folder, float(best["val_acc"] or 0), int(best["epoch"] or 0))
            former = counted.get((setting, seed))
            counted[setting, seed] = max(entry, former) if former else entry
            if former:
                lists["superseded"].append(min(entry, former)[1])
        table = self._table(counted, seeds, statistic)
        report = {
            "winner": table[0][0],
            "best_run": table[0][4],
            **{k: sorted(v) for k, v in lists.items()},
        }
        report["too_few"] = sorted(set(quality) - {row[0] for row in table})
        words = {"where": part.where, "project": names.project(), "boss": names.person().name, "count": len(runs), "ceiling": ceiling, "epochs": epochs,
                 "seeds": seeds, "statistic": statistic, "table": rng.choice(("ranking.csv", "settings.csv", "sweep.csv")), "report": rng.choice(("winner.json", "selection.json", "sweep.json"))}  # fmt: skip
        part.title = "select the best setting of a sweep"
        part.ask(
            *(text.format(**words) for text in (context.pick(_ASKS), _RULES, context.pick(_WANTED)))
        )
        source = _SOLVE
        for key in ("ceiling", "epochs", "seeds", "statistic"):
            source = source.replace(f"@{key.upper()}@", str(words[key]))
        part.do(
            "ls runs | wc -l; ls runs | head -5",
            "cat runs/*/config.json | head -8; cat runs/$(ls runs | head -1)/metrics.jsonl",
            "jq -r '[.learning_rate, .batch_size] | @tsv' runs/*/config.json | sort | uniq -c",
            "wc -l runs/*/metrics.jsonl | awk '{print $1}' | sort -n | uniq -c",
            "grep -l stopped_early runs/*/config.json | wc -l; grep -l null runs/*/metrics.jsonl | wc -l",
            "jq -r '[input_filename, .epoch] | @tsv' runs/*/metrics.jsonl | sort | uniq -d | cut -f1 | uniq -c | head",
            source,
            "python3 /tmp/select.py /tmp/table.csv /tmp/report.json && cat /tmp/table.csv",
            "jq -c 'map_values(if type == \"array\" then length else . end)' /tmp/report.json",
            f"cp /tmp/table.csv {words['table']}",
            f"cp /tmp/report.json {words['report']}; best_run=$(jq -r .best_run {words['report']}); echo $best_run",
        )
        wanted = [
            "setting,runs,score,epoch",
            *(f"{s},{n},{score},{epoch}" for s, n, score, epoch, _ in table),
        ]
        part.check(
            "the table is right", f"assert lines({part.path(str(words['table']))!r}) == {wanted!r}"
        )
        for keys in (("winner", "best_run"), ("diverged", "incomplete"), ("superseded", "too_few")):
            part.check(
                f"the report: {' and '.join(keys)}",
                f"""
                report, wanted = json_file({part.path(str(words["report"]))!r}), { ({k: report[k] for k in keys})!r}
                assert {{key: report.get(key) for key in wanted}} == wanted
                assert set(report) == set({sorted(report)!r})
                """,
            )
        given = {p: f.data.decode() for p, f in part.files.items()}
        part.check(
            "the runs are as they were",
            f"""
            for path, content in {given!r}.items():
                assert text(path) == content, path
            """,
        )
        part.output(str(words["table"]), str(words["report"]))
        part.hide(str(report["best_run"]), *lists["diverged"])
        others = [entry[1] for entry in counted.values() if entry[1] != report["best_run"]]
        part.reveals(
            "run",
            str(report["best_run"]),
            others[:3],
            "the best run of the winning setting",
            "best_run",
        )
        return part

    @staticmethod
    def _table(
        counted: dict[tuple[str, int], tuple[str, str, float, int]], seeds: int, statistic: str
    ) -> list[tuple[str, int, str, str, str]]:
        rows = []
        for setting in {key[0] for key in counted}:
            runs = sorted(
                (entry for key, entry in counted.items() if key[0] == setting), key=lambda e: e[1]
            )
            if len(runs) < seeds:
                continue
            scores = sorted(round(entry[2] * 10_000) for entry in runs)  # whole ten-thousandths
            middle = len(scores) // 2
            twice = scores[middle] + scores[-middle - 1] if statistic == "median" else 0
            exact = twice / 2 if statistic == "median" else sum(scores) / len(scores)
            epoch = sum(entry[3] for entry in runs) / len(runs)
            best = max(runs, key=lambda e: e[2])
            shown = f"{exact / 10_000:.6f}"  # at most 7 runs, so that there are no ties
            rows.append(
                (
                    -exact,
                    setting,
                    len(runs),
                    shown,
                    f"{epoch:.2f}",
                    best[1],
                )
            )
        return [row[1:] for row in sorted(rows)]


def _stamp(moment: int) -> str:
    day, rest = divmod(moment, 86_400)
    return f"2024-05-{day + 1:02d}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}Z"
