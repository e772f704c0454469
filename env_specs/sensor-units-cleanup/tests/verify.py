"""Verifier of sensor-units-cleanup: cleans the raw files once more, and compares."""

import functools
import hashlib
import os
import re
import sys
from datetime import datetime, timedelta

sys.path.insert(0, "/tests")

from checks import check, data, json_file, lines, main  # noqa: E402

WORLD = "c1d7dc6d53be972a05adfa9cd40f7b6ac642be976fc435cd4c40151475615f85"
STATIONS = ("AL", "BR", "CO", "DN", "EK", "FJ")
FIELDS = ("temp_c", "pressure_hpa", "wind_ms")
LIMITS = ((-40, 50), (900, 1080), (0, 75))
SCALE = {"hPa": 1, "Pa": 0.01, "inHg": 33.8639, "mmHg": 1.33322,
         "m/s": 1, "km/h": 1 / 3.6, "mph": 0.44704, "kn": 1852 / 3600}  # fmt: skip
CELSIUS = {"C": lambda t: t, "F": lambda t: (t - 32) * 5 / 9, "K": lambda t: t - 273.15}


def raw(name):
    """A station's lines as they hold: time as YYYY-MM-DDTHH:MMZ, its three fields, units."""
    found = {}
    head, _columns, *body = lines(f"/app/raw/{name}.csv")
    units = re.findall(r"=(\S+)", head)
    for line in body:
        time, *fields = line.replace(",", ".").split(";") if name == "DN" else line.split(",")
        if name == "DN" and "2024-01-12 13" <= time < "2024-02-09 14":
            time = str(datetime.fromisoformat(time) - timedelta(hours=1))[:16]
        stamp = time.replace(" ", "T") + "Z"
        si = name == "CO" and stamp > "2024-01-18T07"
        found[stamp] = fields, ("K", "Pa", "m/s") if si else units
    return found


def reading(name, stamp, fields, units):
    """The three values after the protocol's steps 1 to 6, None where there is none."""
    worthless = {
        "AL": (False, False, "2024-01-19T18" <= stamp < "2024-01-22T13"),
        "DN": ("2024-03-15T21" <= stamp < "2024-03-18T07",) * 3,
        "FJ": (stamp < "2024-02-20T10" or stamp[:13] == "2024-03-22T12",)
        + (stamp[:13] == "2024-03-22T12",) * 2,
    }.get(name, (False,) * 3)
    warm = 1.8 if name == "EK" and "2024-01-25T11" < stamp < "2024-03-05T08" else 0
    low = 1.7 if name == "AL" and stamp > "2024-02-15T13" else 0
    values = []
    for place, field in enumerate(fields):
        if field in ("", "-9999", "NA", "///") or worthless[place]:
            values.append(None)
            continue
        number = float(field)
        number = number * SCALE[units[place]] if place else CELSIUS[units[0]](number)
        number -= (warm, low, 0)[place]
        values.append(number if LIMITS[place][0] <= number <= LIMITS[place][1] else None)
    return values


@functools.lru_cache(maxsize=None)
def truth():
    """Clean rows by (station, time), and the spikes."""
    rows, spikes = {}, []
    for name in STATIONS:
        series = {stamp: reading(name, stamp, *line) for stamp, line in raw(name).items()}
        warm = {stamp: values[0] for stamp, values in series.items() if values[0] is not None}
        for stamp, value in warm.items():
            time = datetime.fromisoformat(stamp[:16])
            sides = [warm.get(f"{time + timedelta(hours=step):%Y-%m-%dT%H:%MZ}") for step in (-3, 3)]
            if None in sides:
                continue
            if all(value - side > 8 for side in sides) or all(side - value > 8 for side in sides):
                spikes.append((name, stamp))
        for stamp, values in series.items():
            if (name, stamp) in spikes:
                values[0] = None
            if values != [None] * 3:
                rows[name, stamp] = values
    return dict(sorted(rows.items())), sorted(spikes)


def clean():
    header, *body = lines("/app/clean.csv")
    assert header == "station,time,temp_c,pressure_hpa,wind_ms", header
    return [line.split(",") for line in body]


def column(place):
    """Every value of a column of clean.csv has two decimals and is right."""
    rows, _spikes = truth()
    found = {(row[0], row[1]): row[2 + place] for row in clean()}
    assert set(found) == set(rows)
    for key, values in rows.items():
        wanted, given = values[place], found[key]
        if wanted is None:
            assert given == "", (key, given)
        else:
            assert re.fullmatch(r"-?\d+\.\d\d", given), (key, given)
            assert abs(float(given) - wanted) < 0.0051, (key, given)


def report(key):
    return json_file("/app/report.json")[key]


def near(given, wanted):
    """A number rounded to two decimals."""
    return type(given) in (int, float) and abs(given - wanted) < 0.0051 and round(given, 2) == given


@check("clean.csv has a line for every valid reading, in order, and no other")
def _():
    assert [(row[0], row[1]) for row in clean()] == list(truth()[0])
    assert all(len(row) == 5 for row in clean())
    assert len(clean()) > 4_000


@check("the temperatures are right")
def _():
    column(0)


@check("the pressures are right")
def _():
    column(1)


@check("the winds are right")
def _():
    column(2)


@check("the report counts the valid readings")
def _():
    rows, _spikes = truth()
    wanted = {name: dict.fromkeys(FIELDS, 0) for name in STATIONS}
    for (name, _stamp), values in rows.items():
        for field, value in zip(FIELDS, values):
            wanted[name][field] += value is not None
    assert report("counts") == wanted


@check("the report's monthly means, and none where there are too few readings")
def _():
    rows, _spikes = truth()
    given = report("monthly_temp_c")
    assert sorted(given) == list(STATIONS)
    for name in STATIONS:
        assert sorted(given[name]) == ["2024-01", "2024-02", "2024-03"]
        for month, days in (("2024-01", 31), ("2024-02", 29), ("2024-03", 31)):
            values = [
                row[0]
                for (station, stamp), row in rows.items()
                if station == name and stamp.startswith(month) and row[0] is not None
            ]
            if len(values) < 0.8 * 8 * days:
                assert given[name][month] is None, (name, month)
            else:
                assert near(given[name][month], sum(values) / len(values)), (name, month)


@check("the report names the spikes")
def _():
    assert report("spikes") == [" ".join(key) for key in truth()[1]]


@check("the report has the strongest wind and the lowest pressure, and nothing else besides")
def _():
    rows, _spikes = truth()
    for key, place, sign in (("max_wind", 2, 1), ("min_pressure", 1, -1)):
        ranked = sorted((sign * row[place], name) for name, row in rows.items() if row[place] is not None)
        value, (station, stamp) = ranked[-1]
        given = report(key)
        assert sorted(given) == ["station", "time", "value"]
        assert (given["station"], given["time"]) == (station, stamp), given
        assert near(given["value"], sign * value), given
    keys = ["counts", "max_wind", "min_pressure", "monthly_temp_c", "spikes"]
    assert sorted(json_file("/app/report.json")) == keys


@check("raw files, log and protocol are untouched")
def _():
    digest = hashlib.sha256()
    for top in ("/app/raw", "/app/log", "/app/docs"):
        for folder, _folders, files in sorted(os.walk(top)):
            for name in sorted(files):
                path = os.path.join(folder, name)
                digest.update(f"{path} {hashlib.sha256(data(path)).hexdigest()}\n".encode())
    assert digest.hexdigest() == WORLD


main()
