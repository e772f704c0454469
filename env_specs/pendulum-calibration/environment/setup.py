"""Swings ten pendulums and records them as the laboratory did, logbook included."""

import random
from math import sin
from pathlib import Path

APP = Path("/app")
G = 9.7936  # the quantity that the laboratory is after
RULE = 1000 / 1000.8  # true length of what the rule calls one
DEGREE = 0.017453292519943295
BOBS = {"S": 0.03810, "B": 0.03175}  # diameters in metres

# Run: string as read on the rule (mm), bob, damping, release angle (degrees), sensor, clock rate.
RUNS = {
    1: (812.4, "S", 0.0121, 24.0, "first", 1.0),
    2: (812.4, "S", 0.0121, 31.5, "first", 1.0),
    3: (812.4, "S", 0.0121, -17.0, "first", 1.0),
    4: (1104.7, "S", 0.0134, 28.0, "first", 3606.2 / 3600),
    5: (1104.7, "S", 0.0134, -22.5, "first", 3606.2 / 3600),
    6: (1104.7, "S", 0.0134, 35.0, "first", 3606.2 / 3600),
    7: (953.0 + 4.1, "B", 0.0187, 26.0, "second", 1.0),
    8: (953.0 + 4.1, "B", 0.0187, 29.0, "second", 1.0),
    9: (953.0 + 4.1, "B", 0.0187, -33.0, "second", 1.0),
    10: (655.0, "B", 0.0203, 20.0, "second", 1.0),
}
SENSORS = {"first": (41.73, 2051.3), "second": (-38.86, 1987.6)}  # counts per degree, counts at 0


def swing(length, damping, start, seconds, step=0.005, bump=None, pull=0.0):
    """Angles in degrees every `step` seconds, by Runge-Kutta of fourth order."""
    k = G / length

    def speed_up(angle, speed):
        return -k * sin(angle) - 2 * damping * speed + pull

    angle, speed, out = start * DEGREE, 0.0, []
    for n in range(int(seconds / step) + 2):
        if bump is not None and n == int(bump / step):
            speed += 0.4
        out.append(angle / DEGREE)
        a1, s1 = speed, speed_up(angle, speed)
        a2, s2 = speed + step / 2 * s1, speed_up(angle + step / 2 * a1, speed + step / 2 * s1)
        a3, s3 = speed + step / 2 * s2, speed_up(angle + step / 2 * a2, speed + step / 2 * s2)
        a4, s4 = speed + step * s3, speed_up(angle + step * a3, speed + step * s3)
        angle += step / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
        speed += step / 6 * (s1 + 2 * s2 + 2 * s3 + s4)
    return out


def effective(read, bob):
    """Length of the simple pendulum that swings alike (a ball on a string)."""
    radius = BOBS[bob] / 2
    to_centre = read / 1000 * RULE + radius
    return to_centre + 0.4 * radius**2 / to_centre


def record(run):
    rng = random.Random(f"pendulum {run}")
    read, bob, damping, start, sensor, clock = RUNS[run]
    gain, zero = SENSORS[sensor]
    angles = swing(effective(read, bob), damping, start, 41, bump=21.3 if run == 5 else None, pull=0.5 if run == 8 else 0.0)
    tilt = rng.uniform(-0.8, 0.8)
    rows = []
    for n in range(800):
        noise, spike = rng.gauss(0, 0.14), 0.0
        if rng.random() < 0.008:
            spike = rng.choice([-1, 1]) * rng.uniform(5, 14)
        if rng.random() < 0.03:
            continue  # the logger missed it
        counts = round(zero + gain * (angles[n * 10] + tilt + noise + spike))
        rows.append(f"{n},{n * 0.05 * clock:.3f},{counts}")
    return "\n".join(["sample,clock_s,counts", *rows]) + "\n"


def calibration(sensor):
    gain, zero = SENSORS[sensor]
    return "\n".join(f"           {angle:+4d}   {zero + gain * angle:7.1f}" for angle in range(-40, 41, 20))


LOGBOOK = f"""LOGBOOK  pendulum, third floor

Monday
  Two bobs, both balls: S (steel), diameter 38.10 mm, and B (brass), diameter 1 1/4 inch.
  We measure the string with the steel rule from the edge of the clamp to the top of the ball.
  Runs 1 to 3 with S, string 812.4 mm.
  Angle sensor before the first run, angle from the mark (degrees, east is +) and mean counts:
{calibration("first")}
  The mark is painted by eye. Where the bob hangs at rest may be up to a degree beside it, and not
  the same from run to run.
Tuesday
  The good logger is lent out; today with the old one. Runs 4 to 6 with S, string 1104.7 mm.
  Run 5: at about 21 s Ada walked into the table. Nothing after 20 s on its clock can be used.
  Evening: compared the old logger with the radio clock. After an hour it showed 3606.2 s.
Wednesday
  The good logger is back, right to a millionth. The angle sensor was dropped, we have another one,
  mounted on the other side. Calibrated it as on Monday:
{calibration("second")}
  Measured the string for B: 953.0 mm. When Ben let the ball hang from it, before run 7, the knot
  gave with a jerk. We only measured again after run 9: it is 4.1 mm longer.
  Runs 7 to 9 with B.
  Run 8: found the window open and the bob blown to one side. Don't use it.
Thursday
  New knot. Run 10 with B, string 655.0 mm.
  The workshop measured our steel rule: it reads 1000.8 mm on their metre standard.
"""
MODEL = """# What we fit

    angle'' = -(g / L) sin(angle) - 2 gamma angle'

No small-angle formula: our releases are too wide for it. The angle counts from where the bob hangs
at rest, east is positive. Time is true time, zero at the logger's zero. L is that of the simple
pendulum that swings like ours: for a ball of radius r whose centre is d below the clamp,

    L = d + (2/5) r^2 / d

The noise of the sensor is about 0.15 degrees. Now and then the logger reads nonsense: a sample more
than 2 degrees off the fitted motion is an outlier and must not take part in the fit.
"""

(APP / "data").mkdir(parents=True)
for run in RUNS:
    (APP / f"data/run-{run:02d}.csv").write_text(record(run))
(APP / "logbook.txt").write_text(LOGBOOK)
(APP / "model.md").write_text(MODEL)
rng = random.Random("requests")
requests = [f"run-{run:02d},{rng.uniform(41, 55):.2f}" for run in (1, 3, 4, 6, 7, 9, 10) for _ in range(2)]
requests += ["run-02,12.34", "run-06,20.02", "run-05,19.77"]
(APP / "requests.csv").write_text("run,time_s\n" + "\n".join(requests) + "\n")
