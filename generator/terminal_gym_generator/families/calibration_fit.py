"""Instruments to be calibrated against standards, and their field readings to be converted."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part
from terminal_gym_generator.rounding import clear

_ASKS = (
    """
    The {quantity} campaign is over, and {boss} needs its daily means for the report. The instruments drifted,
    so each has to be calibrated first from the measurements of standards in `{where}/standards`. The raw
    field readings are in `{where}/field`, one file per instrument, and `{where}/METHOD.md` is the
    method we have agreed on; `{where}/instruments.json` says what holds for each instrument.
    """,
    """
    {boss} is waiting for calibrated {quantity} data. For every instrument in `{where}/instruments.json` there is a
    file with measured standards (`{where}/standards`) and one with raw readings from the field
    (`{where}/field`). Please follow the method in `{where}/METHOD.md` to the letter: a referee is going to
    repeat the computation.
    """,
)
_WANTED = (
    """
    Write `{where}/calibration.json`, an object that maps each instrument to an object with `coefficients` (constant
    term first, each rounded to 6 decimals), `used` and `rejected` (numbers of standards), and
    `chi2` (of the final fit, rounded to 4 decimals). And write `{where}/daily.csv` with the header
    `day,instrument,n,mean`: for each day and instrument with valid readings how many there are and their mean
    calibrated value with exactly 3 decimals, ordered by day, then instrument. Calibrate with the unrounded
    coefficients, and leave the inputs as they are.
    """,
    """
    Two files are wanted. `{where}/daily.csv` (header `day,instrument,n,mean`, ordered by day, then instrument) has a row for each
    day and instrument with at least one valid reading: the number of valid readings, and the mean of their calibrated
    values with exactly 3 decimals, computed from unrounded coefficients. `{where}/calibration.json` is an object from
    each instrument to an object of `coefficients` (list, the constant term first, rounded to 6 decimals), `used` and
    `rejected` (how many standards were) and `chi2` of the final fit (rounded to 4 decimals). The inputs must not change.
    """,
)


@dataclass
class _Instrument:
    """An instrument's truth, its data and the results."""

    name: str
    degree: int
    limit: int
    ceiling: Fraction
    standards: list[tuple[Fraction, Fraction, Fraction]] = field(default_factory=list)
    fit: list[Fraction] = field(default_factory=list)
    rejected: int = 0
    chi2: Fraction = Fraction(0)
    days: dict[date, list[Fraction]] = field(default_factory=dict)


class CalibrationFit(Family):
    """Fit calibration curves with weights and stepwise outlier rejection, and apply them.

    Hard because the method's details decide the last digit: weights, one rejection at a time, validity
    rules, units that change in mid-file, and rounding at the end only.
    """

    name = "calibration-fit"
    domain = "scientific_computing"
    skills = ("least-squares", "outlier-rejection", "instrument-calibration", "unit-conversion")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        quantity = rng.choice(("ozone", "radiance", "soil moisture", "salinity", "turbidity"))
        labels = sorted(f"{p}-{rng.randint(10, 99)}" for p in (names.project() for _ in range(context.scale(3, 6))))  # fmt: skip
        outliers = rng.sample(range(len(labels)), len(labels))
        begin = date(2023, 1, 1) + timedelta(rng.randint(0, 600))
        instruments: list[_Instrument] = []
        for label, bad in zip(labels, outliers, strict=True):
            one = self._instrument(context, label, bad)
            while not _steady(one):
                one = self._instrument(context, label, bad)
            instruments.append(one)
        for one in instruments:
            rows = [f"{_text(x)},{_text(y)},{_text(u)}" for x, y, u in one.standards]
            header = "reading,reference,uncertainty"
            part.file(f"standards/{one.name}.csv", "\n".join([header, *rows]) + "\n")
            lines = self._field(context, one, begin)
            part.file(f"field/{one.name}.csv", "\n".join(["time,reading,unit", *lines]) + "\n")
        setup = {
            one.name: {"degree": one.degree, "reject_above": one.limit, "ceiling_volts": float(one.ceiling)}
            for one in instruments
        }  # fmt: skip
        part.file("instruments.json", json.dumps(setup, indent=2) + "\n")
        part.file("METHOD.md", _METHOD.encode())
        part.title = "calibrate instruments"
        words = {"where": part.where, "quantity": quantity, "boss": names.person().name}
        part.ask(
            context.pick(_ASKS).format(**words), context.pick(_WANTED).format(where=part.where)
        )
        self._solve(part)
        daily = [
            f"{day},{one.name},{len(values)},{_fixed(sum(values, Fraction(0)) / len(values), 3)}"
            for one in instruments
            for day, values in one.days.items()
        ]
        self._verify(part, instruments, sorted(daily))
        worst = max(instruments, key=lambda one: one.rejected)
        part.hide(*(float(round(one.fit[0], 6)) for one in instruments))
        part.reveals(
            "instrument",
            worst.name,
            [one.name for one in instruments if one is not worst][:3],
            "the instrument with the most rejected standards",
            "instrument",
        )
        return part

    @staticmethod
    def _instrument(context: Context, label: str, bad: int) -> _Instrument:
        """Standards with noise below the limit, and `bad` gross errors."""
        rng = context.rng
        one = _Instrument(label, rng.choice((1, 2)), rng.choice((3, 4)), Fraction(rng.choice((94, 96, 98)), 10))  # fmt: skip
        truth = [rng.uniform(1, 9), rng.uniform(3, 9), rng.uniform(0.05, 0.3) * (one.degree == 2)]
        for _ in range(context.scale(14, 40) + bad):
            volts, sigma = rng.randint(200, 9200) / 1000, rng.randint(20, 90) / 1000
            value = sum(c * volts**n for n, c in enumerate(truth)) + sigma * rng.uniform(-1.4, 1.4)
            one.standards.append(
                (Fraction(str(volts)), Fraction(f"{value:.3f}"), Fraction(str(sigma)))
            )
        for place in rng.sample(range(len(one.standards)), bad):
            x, y, u = one.standards[place]
            shift = Fraction(rng.randint(9, 30)) * u * rng.choice((-1, 1))
            one.standards[place] = (x, y + shift, u)
        kept = list(one.standards)
        while True:
            one.fit = _fit(kept, one.degree)
            ratios = [abs(y - _value(one.fit, x)) / u for x, y, u in kept]
            if max(ratios) <= one.limit:
                break
            del kept[ratios.index(max(ratios))]
        one.rejected = len(one.standards) - len(kept)
        one.chi2 = sum((ratio * ratio for ratio in ratios), Fraction(0))
        return one

    @staticmethod
    def _field(context: Context, one: _Instrument, begin: date) -> list[str]:
        """Raw readings of some days, valid and not; remembers the valid ones, calibrated."""
        rng, lines = context.rng, list[str]()
        units = ("V", "mV") if context.difficulty >= 3 else ("V",)
        for number in range(context.scale(4, 12)):
            day = begin + timedelta(number)
            mark = len(lines)
            while True:
                del lines[mark:]
                values: list[Fraction] = []
                for minute in sorted(rng.sample(range(1440), context.scale(8, 30))):
                    reading, unit = Fraction(rng.randint(300, 9900), 1000), rng.choice(units)
                    shown = _text(reading * (1000 if unit == "mV" else 1))
                    if rng.random() < 0.07:
                        shown = rng.choice(("", "NaN", "-999", "ERR"))
                    elif reading < one.ceiling:
                        values.append(_value(one.fit, reading))
                    lines.append(f"{day}T{minute // 60:02d}:{minute % 60:02d}Z,{shown},{unit}")
                if values and clear(sum(values, Fraction(0)) / len(values), 3):
                    one.days[day] = values
                    break
        return lines

    @staticmethod
    def _solve(part: Part) -> None:
        part.do(
            "cat METHOD.md instruments.json",
            "wc -l standards/* field/*; head -4 standards/$(ls standards | head -1)",
            "f=field/$(ls field | head -1); head -5 $f; cut -d, -f3 field/* | sort | uniq -c",
            "cut -d, -f2 field/* | grep -vE '^[0-9.]+$' | sort | uniq -c",
            _FIT,
            "python3 /tmp/fit.py > /tmp/fits.json && jq -c 'map_values([.coefficients, .rejected])' /tmp/fits.json",
            "jq 'map_values({coefficients: .shown, used, rejected, chi2})' /tmp/fits.json > calibration.json",
            "cat calibration.json",
            "instrument=$(jq -r 'to_entries | max_by(.value.rejected).key' /tmp/fits.json); echo $instrument",
            _APPLY,
            "python3 /tmp/apply.py > /tmp/daily.csv; head -4 /tmp/daily.csv; wc -l /tmp/daily.csv",
            "(echo day,instrument,n,mean; LC_ALL=C sort /tmp/daily.csv) > daily.csv",
        )

    @staticmethod
    def _verify(part: Part, instruments: list[_Instrument], daily: list[str]) -> None:
        path = part.path("calibration.json")
        fits = {one.name: [float(round(c, 6)) for c in one.fit] for one in instruments}
        counts = {one.name: [len(one.standards) - one.rejected, one.rejected, float(round(one.chi2, 4))] for one in instruments}  # fmt: skip
        part.check(
            "calibration.json has every instrument's coefficients",
            f"""
            found = json_file({path!r})
            assert {{name: one["coefficients"] for name, one in found.items()}} == {fits!r}
            """,
        )
        part.check(
            "calibration.json has the numbers of standards and chi-squared",
            f"""
            found, keys = json_file({path!r}), ("used", "rejected", "chi2")
            assert {{name: [one[key] for key in keys] for name, one in found.items()}} == {counts!r}
            assert all(set(one) == {{"coefficients", *keys}} for one in found.values())
            """,
        )
        part.check(
            "daily.csv counts the valid readings of each day",
            f"""
            found = [line.split(",")[:3] for line in lines({part.path("daily.csv")!r})]
            assert found == {[row.split(",")[:3] for row in ["day,instrument,n,mean", *daily]]!r}
            """,
        )
        part.check(
            "daily.csv has the calibrated means",
            f"assert lines({part.path('daily.csv')!r})[1:] == {daily!r}",
        )
        part.unchanged("inputs are unchanged")
        part.output("calibration.json", "daily.csv")


def _fit(points: list[tuple[Fraction, Fraction, Fraction]], degree: int) -> list[Fraction]:
    """Weighted least squares, exactly: the normal equations by elimination."""
    size = degree + 1
    weights = [1 / (u * u) for _, _, u in points]
    rows = [
        [
            sum((w * x ** (i + j) for w, (x, _, _) in zip(weights, points, strict=True)), Fraction(0))
            for j in range(size)
        ]
        + [sum((w * y * x**i for w, (x, y, _) in zip(weights, points, strict=True)), Fraction(0))]
        for i in range(size)
    ]  # fmt: skip
    for i in range(size):
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for j in range(size):
            if j != i:
                rows[j] = [a - rows[j][i] * b for a, b in zip(rows[j], rows[i], strict=True)]
    return [row[-1] for row in rows]


def _value(fit: list[Fraction], x: Fraction) -> Fraction:
    return sum((c * x**n for n, c in enumerate(fit)), Fraction(0))


def _steady(one: _Instrument) -> bool:
    return all(clear(c, 6) for c in one.fit) and clear(one.chi2, 4)


def _fixed(value: Fraction, digits: int) -> str:
    return f"{float(round(value, digits)):.{digits}f}"


def _text(value: Fraction) -> str:
    return f"{float(value):.3f}".rstrip("0").rstrip(".")


_METHOD = """\
# Method

1. **Model.** The reference value is a polynomial of the reading in volts; `degree` is in `instruments.json`.
2. **Fit.** Weighted least squares over the standards with weights 1/u², u being the uncertainty.
3. **Rejection.** After a fit look at |residual|/u of each standard in use. If the largest exceeds
   `reject_above`, remove that one standard and fit again; repeat until none exceeds it.
4. **chi2** is the sum of (residual/u)² over the standards in use at the end.
5. **Valid readings.** A field reading is invalid if it is no number, negative, or at or above
   `ceiling_volts` (the converter saturates). Readings in mV are converted to volts first.
6. **Days** are UTC days. Their mean is the plain mean of the calibrated values of the valid readings.
"""
_FIT = r"""
cat > /tmp/fit.py <<'EOF'
import csv, json


def solve(points, degree):
    size = degree + 1
    rows = [[sum(x ** (i + j) / u**2 for x, y, u in points) for j in range(size)] + [sum(y * x**i / u**2 for x, y, u in points)] for i in range(size)]
    for i in range(size):
        rows[i] = [v / rows[i][i] for v in rows[i]]
        for j in range(size):
            if i != j:
                rows[j] = [a - rows[j][i] * b for a, b in zip(rows[j], rows[i])]
    return [row[-1] for row in rows]


out = {}
for name, info in json.load(open("instruments.json")).items():
    points = [tuple(float(v) for v in row.values()) for row in csv.DictReader(open(f"standards/{name}.csv"))]
    total = len(points)
    while True:
        fit = solve(points, info["degree"])
        ratios = [abs(y - sum(c * x**n for n, c in enumerate(fit))) / u for x, y, u in points]
        if max(ratios) <= info["reject_above"]:
            break
        del points[ratios.index(max(ratios))]
    chi2 = round(sum(r * r for r in ratios), 4)
    out[name] = dict(coefficients=fit, shown=[round(c, 6) for c in fit], used=len(points), rejected=total - len(points), chi2=chi2)
print(json.dumps(out))
EOF
"""
_APPLY = r"""
cat > /tmp/apply.py <<'EOF'
import collections, csv, json

info, fits = json.load(open("instruments.json")), json.load(open("/tmp/fits.json"))
for name in info:
    days = collections.defaultdict(list)
    for row in csv.DictReader(open(f"field/{name}.csv")):
        try:
            volts = float(row["reading"]) / (1000 if row["unit"] == "mV" else 1)
        except ValueError:
            continue
        if 0 <= volts < info[name]["ceiling_volts"]:
            days[row["time"][:10]].append(sum(c * volts**n for n, c in enumerate(fits[name]["coefficients"])))
    for day, values in days.items():
        print(f"{day},{name},{len(values)},{sum(values) / len(values):.3f}")
EOF
"""
