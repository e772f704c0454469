"""Verifier of heat-convergence: a solver of its own, written from method.md, is the yardstick."""

import os
import re
import sys
import tempfile
from functools import lru_cache
from math import ceil, cos, exp, log2, sin

sys.path.insert(0, "/tests")

from checks import check, data, fail, json_file, lines, main, sh, sha256  # noqa: E402

UNTOUCHED = {
    "Makefile": "a052edc4abc308c312ed4026f68019a7886a8835eda819d3fe950eae8682d78e",
    "method.md": "d2184c9f3df974bbdaaad4a88cd11c6512193881070fc0b8ed850433da12169c",
    "cases/blade.case": "6935f36d9ae558953a0820f8fccb5e0ee5f12efced77bed0a08409380aa50d80",
    "cases/cable.case": "a91e6cee839c9a6a088407f387ae81ac3588849248891384d82d5fb80d3f44b8",
    "cases/duct.case": "f0225d469d9c297f960097b31f36f2b06b09d81c3724ac210c4a3773e31b01d1",
}
KEYS = (
    "length end alpha k h ambient amplitude decay wave phase drift omega probe "
    "coarsest levels dt tolerance"
).split()
CASES = {
    "blade": (0.8, 1.4, 0.11, 2.5, 4.0, 293.0, 35.0, 0.9, 5.1, 0.4, 12.0, 3.3, 0.28, 20, 5, 0.07, 5e-4),
    "cable": (2.0, 0.9, 0.35, 0.8, 0.3, 20.0, 4.0, 2.2, 2.7, -0.9, 1.5, 7.0, 1.3, 16, 5, 0.04, 1e-5),
    "duct": (1.25, 3.0, 0.05, 1.1, 9.0, 280.0, 18.0, 0.4, 6.4, 1.1, -6.0, 1.9, 0.5, 25, 4, 0.13, 2e-3),
}
N_NEEDED = {"blade": 320, "cable": 1024, "duct": 200}
# Cases that the agent has not seen: grids and steps that don't divide evenly, a single step, the
# probe on the last node, off every node, and in the first interval.
HIDDEN = [
    ((1.0, 0.9, 0.2, 1.5, 2.0, 5.0, 3.0, 1.1, 4.0, 0.2, 2.0, 2.5, 1.0), 30, 0.3),
    ((0.7, 2.7, 0.08, 0.4, 6.0, -10.0, 8.0, 0.6, 9.0, 1.7, -4.0, 5.0, 0.33), 47, 0.3),
    ((3.0, 2.0, 0.6, 5.0, 0.0, 100.0, 20.0, 1.5, 1.9, 0.0, 0.5, 1.0, 0.01), 12, 7.0),
    ((1.3, 0.5, 1.0, 2.0, 30.0, 0.0, 1.0, 3.0, 7.0, -0.5, 1.0, 9.0, 0.777), 101, 0.011),
]


def simulate(c, n, dt_max):
    """Steps, error and probe, by the method of the notes (written independently of heat.c)."""
    L, T, al, k, h, am, A, de, w, ph, B, om, probe = (c[key] for key in KEYS[:13])
    def exact(x, t): return am + A * exp(-de * t) * cos(w * x + ph) + B * sin(om * t) * x * x
    steps = max(1, ceil(T / dt_max - 1e-9))
    dt, dx = T / steps, L / n
    r = al * dt / 2 / dx**2
    x = [i * dx for i in range(n + 1)]
    u = [exact(v, 0) for v in x]
    shape = [cos(w * v + ph) for v in x]
    beta = 2 * dx * h / k
    def end(t):
        q = -k * (-w * A * exp(-de * t) * sin(w * L + ph) + 2 * B * sin(om * t) * L) - h * (exact(L, t) - am)
        return -2 * dx / k * (q - h * am)
    for s in range(steps):
        t = s * dt
        m = t + dt / 2
        decay, rate, bend = A * exp(-de * m), B * om * cos(om * m), 2 * B * sin(om * m)
        rhs = [0.0] * (n + 1)
        for i in range(1, n + 1):
            src = -de * decay * shape[i] + rate * x[i] ** 2 - al * (-w * w * decay * shape[i] + bend)
            right = u[i + 1] if i < n else u[n - 1] - beta * u[n] + end(t)
            rhs[i] = u[i] + r * (u[i - 1] - 2 * u[i] + right) + dt * src
        rhs[n] += r * end(t + dt)
        u[0] = exact(0, t + dt)
        rhs[1] += r * u[0]
        # Thomas; the last row is -2r u[n-1] + (1 + 2r + r beta) u[n].
        up = [0.0] * (n + 1)
        for i in range(1, n + 1):
            low = 0.0 if i == 1 else -2 * r if i == n else -r
            pivot = 1 + 2 * r + (r * beta if i == n else 0) - low * up[i - 1]
            up[i] = -r / pivot
            rhs[i] = (rhs[i] - low * (rhs[i - 1] if i > 1 else 0)) / pivot
        for i in range(n - 1, 0, -1):
            rhs[i] -= up[i] * rhs[i + 1]
        u[1:] = rhs[1:]
    error = max(abs(a - exact(b, T)) for a, b in zip(u, x))
    place = probe / dx
    i = min(int(place + 1e-9), n - 1)
    return steps, error, u[i] + (place - i) * (u[i + 1] - u[i])


@lru_cache
def study(name):
    """(n, steps, error, probe) of each grid."""
    case = dict(zip(KEYS, CASES[name]))
    return [
        (case["coarsest"] * 2**i, *simulate(case, case["coarsest"] * 2**i, case["dt"] / 2**i))
        for i in range(case["levels"])
    ]


def built(folder):
    """The agent's solver, built in a folder of the unprivileged user."""
    os.chmod(folder, 0o777)
    with open(f"{folder}/heat.c", "wb") as out:
        out.write(data("/app/heat.c"))
    argv = ["gcc", "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", "heat", "heat.c", "-lm"]
    done = sh(argv, cwd=folder)
    if done.returncode:
        fail(f"heat.c does not build: {done.stderr[:200]}")
    return f"{folder}/heat"


def compare(place, case, n, dt):
    with open(f"{place}/a.case", "w") as out:
        out.write("".join(f"{key} = {value!r}\n" for key, value in zip(KEYS, case)))
    done = sh([f"{place}/heat", f"{place}/a.case", str(n), repr(dt)], cwd=place)
    steps, error, probe = simulate(dict(zip(KEYS, case)), n, dt)
    found = done.stdout.split()
    assert len(found) == 3, done.stdout[:100]
    assert int(found[0]) == steps, f"{found[0]} steps, not {steps}"
    assert abs(float(found[1]) / error - 1) < 1e-5, f"error {found[1]}, not {error}"
    assert abs(float(found[2]) - probe) < 1e-7 * max(1, abs(probe)), f"{found[2]}, not {probe}"


@check("the method, the cases and the Makefile are untouched, and nothing lies about")
def _():
    for path, digest in UNTOUCHED.items():
        assert sha256(f"/app/{path}") == digest, path
    assert sorted(os.listdir("/app/cases")) == sorted(f"{name}.case" for name in CASES)
    assert sorted(os.listdir("/app/report")) == ["convergence.csv", "summary.json"]
    assert {"cases", "heat.c", "Makefile", "method.md", "report"} <= set(os.listdir("/app"))
    assert len(os.listdir("/app")) <= 5 + os.path.isfile("/app/heat")


@check("the solver agrees with the method on the given cases")
def _():
    with tempfile.TemporaryDirectory() as folder:
        built(folder)
        for case in CASES.values():
            compare(folder, case, case[13] * 2, case[15] / 2)


@check("the solver agrees with the method on other cases and grids")
def _():
    with tempfile.TemporaryDirectory() as folder:
        built(folder)
        for case, n, dt in HIDDEN:
            compare(folder, case, n, dt)


@check("the table has every grid of every study, with its steps")
def _():
    rows = [line.split(",") for line in lines("/app/report/convergence.csv")]
    wanted = [[name, str(n), str(steps)] for name in CASES for n, steps, _, _ in study(name)]
    assert rows[0] == ["case", "n", "steps", "error", "order"]
    assert [row[:3] for row in rows[1:]] == wanted


@check("the table's errors and orders are the method's")
def _():
    rows = [line.split(",") for line in lines("/app/report/convergence.csv")][1:]
    for name in CASES:
        before = None
        mine = [row for row in rows if row[0] == name]
        for (n, _, error, _), row in zip(study(name), mine):
            assert re.fullmatch(r"\d\.\d{5}e-\d\d", row[3]), row
            assert abs(float(row[3]) / error - 1) < 2e-5, f"{name} {n}: {row[3]}, not {error}"
            if before is None:
                assert row[4] == "", row
            else:
                assert re.fullmatch(r"\d\.\d{3}", row[4]), row
                assert abs(float(row[4]) - log2(before / error)) < 0.0011, row
            before = error
        assert len(mine) == len(study(name))


@check("the wrong functions are named")
def _():
    found = json_file("/app/report/summary.json")["defects"]
    assert found == ["advance", "at_probe", "cooled_end", "plan_steps"], found


@check("the summary's orders and extrapolated temperatures are right")
def _():
    cases = json_file("/app/report/summary.json")["cases"]
    assert sorted(cases) == sorted(CASES)
    for name in CASES:
        (_, _, coarse, a), (_, _, fine, b) = study(name)[-2:]
        assert sorted(cases[name]) == ["n_needed", "order", "probe"]
        assert abs(cases[name]["order"] - log2(coarse / fine)) < 0.0051, name
        assert abs(cases[name]["probe"] - (4 * b - a) / 3) < 1.1e-5, name
        assert round(cases[name]["probe"], 5) == cases[name]["probe"]


@check("the grids that the tolerances need are right")
def _():
    cases = json_file("/app/report/summary.json")["cases"]
    assert {name: case["n_needed"] for name, case in cases.items()} == N_NEEDED


main()
