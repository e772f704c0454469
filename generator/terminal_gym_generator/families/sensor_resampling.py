"""Irregular sensor series to be brought onto a grid and searched for outliers."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    {boss} runs {count} temperature sensors in {company}'s cold store and suspects that one of them is failing. Their readings are in
    `{where}/readings`, a file per sensor, compressed with xz.
    """,
    """
    The readings of {count} sensors of our cold store lie in `{where}/readings` (one xz-compressed file per sensor). {boss} wants them on a common grid, and
    wants to know which sensor misbehaves.
    """,
    """
    Before the calibration visit {boss} needs the {count} series in `{where}/readings` (xz, one file per sensor) cleaned, resampled and checked for outliers.
    """,
)
_RULES = """
A line is `TIME VALUE`: seconds since the start of recording, and a temperature followed by `C` or `F` (F is turned into C by (F - 32) · 5/9). Lines that begin
with `#` are remarks. A value of `NaN`, `-999.9C` or `-999.9F` is no reading. Of several readings at the same second, the one further down counts. Time is cut into bins of {width} seconds from 0 on
(bin k holds the times from {width}k up to but not including {width}(k+1)), up to the bin of the last reading of any sensor. A bin's value is the {statistic} of its readings (of an even number the median
is the mean of the middle two). An empty bin gets a value by straight-line interpolation over bin numbers between the nearest bins with readings before and after it if no more than {reach} empty bins
stand in a row; else, and at either end, it stays empty. A bin is an outlier if it has a value and differs by more than {limit} °C from the median of the values of the up to {window} bins with a value among the {half} before
and the {half} behind it (itself left out), provided that these are at least {half}. Compute exactly, and round only for output: to two decimals, halves away from zero.
"""
_WANTED = (
    """
    Write `{where}/{table}`: CSV with the header `bin,` and the sensors' names (the file names without `.txt.xz`) in alphabetical order; a line for each bin, an empty field where there is no value. Write
    `{where}/{report}`, a JSON object with an entry for every sensor, an object of `readings` (that count), `filled` (bins that were interpolated), `empty` (bins left without value) and `outliers` (list
    of bin numbers, ascending). Leave the readings as they are.
    """,
    """
    The grid goes to `{where}/{table}`, CSV: header `bin,` and then the names of the sensors (file name less `.txt.xz`), alphabetically; one line per bin, nothing in the field where the bin is empty. For each sensor,
    `{where}/{report}` (one JSON object) says how many `readings` count, how many bins were `filled` and stayed `empty`, and which bins are `outliers` (numbers, ascending). Do not touch the readings.
    """,
)
_SOLVE = """
cat > /tmp/grid.py <<'EOF'
import glob, json, lzma, os, statistics, sys
from decimal import Decimal, ROUND_HALF_UP
from fractions import Fraction
W, REACH, HALF, LIMIT = @WIDTH@, @REACH@, @HALF@, Fraction("@LIMIT@")
series = {}
for path in sorted(glob.glob("readings/*.txt.xz")):
    rows = {}
    for line in lzma.open(path, "rt"):
        if line.startswith("#") or not line.strip(): continue
        time, value = line.split()
        if value == "NaN" or value[:-1] == "-999.9": continue
        number = Fraction(value[:-1])
        rows[int(time)] = (number - 32) * 5 / 9 if value[-1] == "F" else number
    series[os.path.basename(path)[:-7]] = rows
bins = max(max(rows) for rows in series.values()) // W + 1
grid, report = {}, {}
for name, rows in series.items():
    groups = {}
    for time, value in rows.items():
        groups.setdefault(time // W, []).append(value)
    values = {k: @STATISTIC@ for k, g in groups.items()}
    known, filled = sorted(values), 0
    for a, b in zip(known, known[1:]):
        if 1 < b - a <= REACH + 1:
            for k in range(a + 1, b):
                values[k] = values[a] + (values[b] - values[a]) * Fraction(k - a, b - a)
                filled += 1
    outliers = []
    for k in sorted(values):
        near = [values[j] for j in range(k - HALF, k + HALF + 1) if j != k and j in values]
        if len(near) >= HALF and abs(values[k] - statistics.median(near)) > LIMIT:
            outliers.append(k)
    grid[name] = values
    report[name] = {"readings": len(rows), "filled": filled, "empty": bins - len(values), "outliers": outliers}
def show(value):
    n = abs(value) * 100 + Fraction(1, 2)
    n = n.numerator // n.denominator
    return f"{'-' if value < 0 and n else ''}{n // 100}.{n % 100:02d}"
with open(sys.argv[1], "w") as file:
    print("bin", *grid, sep=",", file=file)
    for k in range(bins):
        print(k, *(show(v[k]) if k in v else "" for v in grid.values()), sep=",", file=file)
json.dump(report, open(sys.argv[2], "w"), indent=2)
EOF
"""


class SensorResampling(Family):
    """Bring irregular series onto a grid, fill short gaps and find outliers.

    Hard because units are mixed, readings repeat and miss, and the rules for gaps and windows interact.
    """

    name = "sensor-resampling"
    domain = "data_science"
    skills = ("time-series-resampling", "anomaly-detection", "robust-statistics")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        width, reach, half = rng.choice((60, 120, 300, 600)), rng.randint(1, 4), rng.randint(2, 4)
        limit, statistic = Fraction(rng.randint(12, 30), 10), rng.choice(("mean", "median"))
        sensors = sorted(names.host() for _ in range(context.scale(3, 7)))
        failing, span = rng.choice(sensors), context.scale(40, 140)
        series: dict[str, dict[int, Fraction]] = {}
        for sensor in sensors:
            unit, level, rows, lines = (
                rng.choice("CCF"),
                rng.randint(-240, -150),
                dict[int, Fraction](),
                [f"# sensor {sensor}"],
            )
            gaps = {
                g + i
                for g in rng.sample(range(2, span - 8), context.scale(3, 8))
                for i in range(rng.randint(1, reach + 2))
            }
            spikes = rng.sample(range(2, span - 2), (9 if sensor == failing else 2))
            for k in range(span):
                if k in gaps:
                    continue
                for _ in range(rng.randint(1, 4)):
                    time = k * width + rng.choice((0, width - 1, rng.randint(0, width - 1)))
                    tenths = (
                        level
                        + k // 10
                        + rng.randint(-5, 5)
                        + (rng.choice((60, -50)) if k in spikes else 0)
                    )
                    tenths = round(tenths * 1.8 + 320) if unit == "F" else tenths
                    if rng.random() < 0.07:
                        lines.append(f"{time} {rng.choice(('NaN', '-999.9' + unit))}")
                        continue
                    again = 2 if rng.random() < 0.08 else 1
                    for turn in range(again):
                        shown = tenths + (17 if turn < again - 1 else 0)
                        lines.append(
                            f"{time} {'-' if shown < 0 else ''}{abs(shown) // 10}.{abs(shown) % 10}{unit}"
                        )
                    value = Fraction(tenths, 10)
                    rows[time] = (value - 32) * Fraction(5, 9) if unit == "F" else value
                if rng.random() < 0.04:
                    lines.append("# battery changed")
            series[sensor] = rows
            part.file(f"readings/{sensor}.txt", ("\n".join(lines) + "\n").encode(), transient=True)
        part.setup("xz -T1 readings/*.txt")
        bins = max(max(rows) for rows in series.values()) // width + 1
        grid = {s: self._grid(rows, width, reach, statistic) for s, rows in series.items()}
        report = {}
        for sensor, rows in series.items():
            values, filled = grid[sensor]
            report[sensor] = {
                "readings": len(rows),
                "filled": filled,
                "empty": bins - len(values),
                "outliers": _outliers(values, half, limit),
            }
        wanted = ["bin," + ",".join(sensors)]
        wanted += [
            ",".join([str(k), *(_show(grid[s][0][k]) if k in grid[s][0] else "" for s in sensors)])
            for k in range(bins)
        ]
        table, summary = (
            rng.choice(("grid.csv", "series.csv", "resampled.csv")),
            rng.choice(("sensors.json", "outliers.json", "report.json")),
        )
        words = {"where": part.where, "boss": names.person().name, "company": names.company, "count": len(sensors), "width": width, "reach": reach, "half": half,
                 "window": 2 * half, "limit": float(limit), "statistic": statistic, "table": table, "report": summary}  # fmt: skip
        part.title = "resample sensor series"
        part.ask(
            context.pick(_ASKS).format(**words),
            _RULES.format(**words),
            context.pick(_WANTED).format(**words),
        )
        formula = "sum(g) / len(g)" if statistic == "mean" else "statistics.median(g)"
        source = _SOLVE.replace("@STATISTIC@", formula)
        for key in ("width", "reach", "half", "limit"):
            source = source.replace(f"@{key.upper()}@", str(words[key]))
        part.do(
            "ls -l readings; for f in readings/*; do xzcat $f | head -3; done",
            "for f in readings/*; do xzcat $f | wc -l; done",
            "xzcat readings/* | grep '^#' | sort | uniq -c",
            "xzcat readings/* | awk '{print $2}' | sed 's/[0-9.]//g' | sort | uniq -c; xzcat readings/* | grep -c -- -999.9",
            "for f in readings/*; do xzcat $f | grep -v '^#' | cut -d' ' -f1 | sort | uniq -d | wc -l; done",
            source,
            "python3 /tmp/grid.py /tmp/grid.csv /tmp/report.json && head -5 /tmp/grid.csv",
            "jq -c 'to_entries[]' /tmp/report.json",
            "tail -2 /tmp/grid.csv; wc -l /tmp/grid.csv",
            f"cp /tmp/grid.csv {table}",
            f"cp /tmp/report.json {summary}; bad_sensor=$(jq -r 'to_entries | max_by(.value.outliers | length) | .key' {summary}); echo $bad_sensor",
        )
        part.check("the grid is right", f"assert lines({part.path(table)!r}) == {wanted!r}")
        for keys in (("readings",), ("filled", "empty"), ("outliers",)):
            part.check(
                f"the report: {' and '.join(keys)}",
                f"""
                report, keys = json_file({part.path(summary)!r}), {keys!r}
                assert {{s: [row.get(key) for key in keys] for s, row in report.items()}} == { ({s: [row[k] for k in keys] for s, row in report.items()})!r}
                assert all(len(row) == 4 for row in report.values())
                """,
            )
        plain = {f"{p}.xz": f.data.decode() for p, f in part.files.items()}
        part.check(
            "the readings are as they were",
            f"""
            import lzma
            for path, content in {plain!r}.items():
                assert lzma.decompress(data(path)).decode() == content, path
            """,
        )
        part.output(table, summary)
        counts = Counter(
            {s: len(grid[s][0]) and len(_outliers(grid[s][0], half, limit)) for s in sensors}
        )
        most = max(counts.values())
        worst = max(s for s in sensors if counts[s] == most)
        part.hide(*sensors)
        part.reveals(
            "sensor",
            worst,
            [s for s in sensors if s != worst][:3],
            "the sensor with the most outliers (the last by name of several)",
            "bad_sensor",
        )
        return part

    @staticmethod
    def _grid(
        rows: dict[int, Fraction], width: int, reach: int, statistic: str
    ) -> tuple[dict[int, Fraction], int]:
        """Values by bin, and how many of them were filled in."""
        groups: dict[int, list[Fraction]] = {}
        for time, value in rows.items():
            groups.setdefault(time // width, []).append(value)
        values = {
            k: sum(g, Fraction(0)) / len(g) if statistic == "mean" else _median(g)
            for k, g in groups.items()
        }
        known, filled = sorted(values), 0
        for before, after in zip(known, known[1:], strict=False):  # noqa: RUF007
            if after - before - 1 <= reach:
                for k in range(before + 1, after):
                    share = Fraction(k - before, after - before)
                    values[k] = values[before] * (1 - share) + values[after] * share
                    filled += 1
        return values, filled


def _outliers(values: dict[int, Fraction], half: int, limit: Fraction) -> list[int]:
    found = []
    for k in sorted(values):
        near = [values[k + d] for d in range(-half, half + 1) if d and k + d in values]
        if len(near) >= half and abs(values[k] - _median(near)) > limit:
            found.append(k)
    return found


def _median(values: list[Fraction]) -> Fraction:
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _show(value: Fraction) -> str:
    cents = int(abs(value) * 100 + Fraction(1, 2))
    return f"{'-' if value < 0 and cents else ''}{cents // 100}.{cents % 100:02d}"
