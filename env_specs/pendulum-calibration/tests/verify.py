"""Verifier of pendulum-calibration: the runs come from known motions, which are swung again here."""

import hashlib
import os
import re
import statistics
import sys
from functools import lru_cache
from math import sin

sys.path.insert(0, "/tests")

from checks import check, data, json_file, lines, main, sha256  # noqa: E402

UNTOUCHED = {
    "logbook.txt": "588164f7ad6e91f5ab879d6825ecbdbc8e321b0d33d6d9192664ea5c96c64425",
    "model.md": "b3fc3f3abab3d5440fbcb246b6e2b962b9412dbb10e36c0f9a8355df0fb82738",
    "requests.csv": "afc3e05ce50c8b85e1ef7c15a8e6cee70df49111a78cc05c0ffe03857ea912b1",
}
DATA = "cacea8c3b2fa345d199c948f72e4afd5ca6a8b2613df3d0b1ec2b6c4dedead4f"
G, RULE, DEGREE = 9.7936, 1000 / 1000.8, 0.017453292519943295
STEEL, BRASS = 0.03810, 0.03175
# String on the rule (mm), ball, damping, release angle.
RUNS = {
    "run-01": (812.4, STEEL, 0.0121, 24.0),
    "run-02": (812.4, STEEL, 0.0121, 31.5),
    "run-03": (812.4, STEEL, 0.0121, -17.0),
    "run-04": (1104.7, STEEL, 0.0134, 28.0),
    "run-05": (1104.7, STEEL, 0.0134, -22.5),
    "run-06": (1104.7, STEEL, 0.0134, 35.0),
    "run-07": (957.1, BRASS, 0.0187, 26.0),
    "run-09": (957.1, BRASS, 0.0187, -33.0),
    "run-10": (655.0, BRASS, 0.0203, 20.0),
}
OUTLIERS = {
    "run-01": [103, 186, 259, 492, 647],
    "run-02": [11, 61, 162, 398, 465],
    "run-03": [348, 472, 743],
    "run-04": [369, 437, 755, 790],
    "run-05": [8, 20, 112, 145, 186, 298],
    "run-06": [78, 101, 146, 150, 152, 179, 522, 716, 748],
    "run-07": [223, 477, 606, 710],
    "run-09": [126, 254, 305, 312, 315, 563, 714],
    "run-10": [113, 285, 389, 525, 573, 577],
}


@lru_cache
def swing(run, step=0.005, seconds=56):
    """Angles in degrees every `step` seconds; Runge-Kutta of fourth order."""
    read, diameter, damping, start = RUNS[run]
    centre = read / 1000 * RULE + diameter / 2
    k = G / (centre + 0.1 * diameter**2 / centre)
    angle, speed, out = start * DEGREE, 0.0, []
    for _ in range(int(seconds / step) + 2):
        out.append(angle / DEGREE)
        s1 = -k * sin(angle) - 2 * damping * speed
        a2, v2 = angle + step / 2 * speed, speed + step / 2 * s1
        s2 = -k * sin(a2) - 2 * damping * v2
        a3, v3 = angle + step / 2 * v2, speed + step / 2 * s2
        s3 = -k * sin(a3) - 2 * damping * v3
        a4, v4 = angle + step * v3, speed + step * s3
        s4 = -k * sin(a4) - 2 * damping * v4
        angle += step / 6 * (speed + 2 * v2 + 2 * v3 + v4)
        speed += step / 6 * (s1 + 2 * s2 + 2 * s3 + s4)
    return out


def angle_at(run, time, step=0.005):
    """Times are hundredths of a second: every one of them is on the grid."""
    return swing(run)[round(time / step)]


def runs():
    return json_file("/app/result.json")["runs"]


@check("the inputs are untouched, and nothing lies about")
def _():
    for path, digest in UNTOUCHED.items():
        assert sha256(f"/app/{path}") == digest, path
    names = sorted(os.listdir("/app/data"))
    assert hashlib.sha256(b"".join(data(f"/app/data/{n}") for n in names)).hexdigest() == DATA
    assert sorted(os.listdir("/app")) == sorted([*UNTOUCHED, "data", "predictions.csv", "result.json"])


@check("just the runs that can be used are there, each with its three values")
def _():
    assert sorted(runs()) == sorted(RUNS)
    assert all(sorted(run) == ["g", "gamma", "outliers"] for run in runs().values())
    assert sorted(json_file("/app/result.json")) == ["g", "runs", "standard_error"]


@check("every run gives the true gravity")
def _():
    assert sorted(runs()) == sorted(RUNS)
    for name, run in runs().items():
        assert abs(run["g"] - G) < 0.0015, f"{name}: {run['g']}"
        assert round(run["g"], 4) == run["g"], name


@check("every run gives its damping")
def _():
    assert sorted(runs()) == sorted(RUNS)
    for name, run in runs().items():
        # Half a run tells half as well.
        allowed = 0.045 if name == "run-05" else 0.02
        assert abs(run["gamma"] / RUNS[name][2] - 1) < allowed, f"{name}: {run['gamma']}"
        assert round(run["gamma"], 5) == run["gamma"], name


@check("the outliers are found")
def _():
    found = {name: run["outliers"] for name, run in runs().items()}
    assert found == OUTLIERS, [name for name in OUTLIERS if found.get(name) != OUTLIERS[name]]


@check("mean and standard error are the runs'")
def _():
    result, each = json_file("/app/result.json"), [run["g"] for run in runs().values()]
    assert abs(result["g"] - G) < 0.0006, result["g"]
    assert abs(result["g"] - statistics.mean(each)) < 1.1e-4
    assert round(result["g"], 4) == result["g"]
    error = statistics.stdev(each) / len(each) ** 0.5
    assert abs(result["standard_error"] - error) < 3e-5, result["standard_error"]
    assert 0 < result["standard_error"] == round(result["standard_error"], 5)


@check("the predictions answer the requests line by line")
def _():
    asked, answered = lines("/app/requests.csv"), lines("/app/predictions.csv")
    assert answered[0] == "run,time_s,angle_deg"
    assert [line.rpartition(",")[0] for line in answered[1:]] == asked[1:]
    assert all(re.fullmatch(r"-?\d+\.\d\d", line.rpartition(",")[2]) for line in answered[1:])


@check("the predicted angles are where the pendulum was")
def _():
    rows = [line.split(",") for line in lines("/app/predictions.csv")[1:]]
    assert len(rows) == 17
    for run, time, angle in rows:
        true = angle_at(run, float(time))
        assert abs(float(angle) - true) < 0.3, f"{run} at {time}: {angle}, not {true:.2f}"


main()
