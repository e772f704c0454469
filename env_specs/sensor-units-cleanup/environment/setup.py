"""Makes the world: six weather stations with units, faults and clocks of their own, and their log."""

import math
import random
from datetime import datetime, timedelta
from pathlib import Path

rng = random.Random(60_613)
APP = Path("/app")
START = datetime(2024, 1, 1)
SLOTS = 91 * 8
MISSING = ["", "-9999", "NA", "///"]
# Mean temperature, daily swing, the strongest wind in m/s; then the units that the file is written in.
STATIONS = {
    "AL": (2.0, 3.0, 14, "C", "hPa", "m/s"),
    "BR": (6.5, 4.0, 18, "F", "inHg", "mph"),
    "CO": (-1.5, 4.5, 12, "C", "hPa", "m/s"),
    "DN": (4.0, 2.5, 22, "C", "mmHg", "kn"),
    "EK": (-4.0, 5.0, 16, "C", "hPa", "km/h"),
    "FJ": (0.5, 2.0, 25, "F", "hPa", "kn"),
}
FROM_C = {"C": lambda t: t, "F": lambda t: t * 1.8 + 32, "K": lambda t: t + 273.15}
HPA = {"hPa": 1, "inHg": 33.8639, "mmHg": 1.33322, "Pa": 0.01}
MS = {"m/s": 1, "mph": 0.44704, "kn": 1852 / 3600, "km/h": 1 / 3.6}
PROTOCOL = """# How readings become data

Stations report every three hours, at 00, 03, ... 21 UTC. A raw file opens with what the station's
logger was told about its units. The maintenance log (`log/maintenance.log`) knows better: where it
contradicts a file, or an earlier entry of its own, it is right. It is written by people, in the
order of the entries' dates; all times in it are UTC.

1. A field that is empty, `-9999`, `NA` or `///` holds no reading.
2. Times are corrected to UTC. If a station then has several lines for one time, the one furthest
   down in its file holds, as a whole.
3. Readings that the log calls worthless are discarded.
4. Units: degrees Celsius, hPa, m/s. 1 inHg = 33.8639 hPa, 1 mmHg = 1.33322 hPa, 1 mph = 0.44704 m/s,
   1 kn = 1852 m in an hour.
5. Known errors of an instrument are taken off.
6. What is implausible then is discarded: temperatures outside -40 to 50, pressures outside 900 to
   1080, winds outside 0 to 75.
7. Spikes: a temperature is discarded if the station's temperatures three hours earlier and three
   hours later both passed the steps before, and it is more than 8 K above both or more than 8 K
   below both. All are judged before any is discarded.
8. A month's mean of a station stands on at least 80 % of the readings that the month could have;
   otherwise there is none.
"""
LOG = """\
2024-01-03T10:15Z  FJ  mast painted, readings not disturbed
2024-01-09T08:00Z  AL  guy wire tightened
2024-01-12T12:00Z  DN  battery changed, clock set again (the reading of 12 UTC was in already)
2024-01-18T07:40Z  CO  logger firmware 2.0 installed
2024-01-20T11:00Z  BR  rime on everything. Anemometer frozen since the evening before; deiced at 2024-01-22T13:30Z. Winds from 2024-01-19T18:00Z to 2024-01-22T12:00Z, both included, are worthless
2024-01-25T10:30Z  EK  thermometer broken by hail, spare no. 4 fitted
2024-02-02T09:00Z  CO  note for whoever evaluates this: firmware 2.0 delivers SI base units (K, Pa, m/s) since it was installed, but nobody changed the head of the file
2024-02-09T13:30Z  DN  clock found one hour ahead, CET instead of UTC. Nobody has touched it since the battery change, so it must date from then. Set right
2024-02-13T15:00Z  EK  visited, all well
2024-02-15T13:00Z  AL  barometer carried from the roof to the cellar
2024-02-20T10:00Z  FJ  radiation shield found hanging open. By the look of the rust it has been so since last year: temperatures up to now are worthless. Closed
2024-02-27T12:00Z  AL  comparison with the travelling barometer: since the move to the cellar AL reads 1.7 hPa above what it would on the roof. The series refers to the roof. Stays there for good
2024-03-05T08:00Z  EK  spare no. 4 in the ice bath: reads 1.8 K too high. Certificate of last autumn says the same, so all its readings are. Adjusted, right from now on
2024-03-08T16:00Z  BR  fence repaired
2024-03-11T09:30Z  --  correction to 2024-01-20: the entry belongs to AL, I had the wrong page open. BR has a heated anemometer
2024-03-18T07:20Z  DN  modem hung: from 2024-03-15T21:00Z to 2024-03-18T06:00Z, both included, the same line was sent over and over; what is in the file for these times is worthless
2024-03-22T14:00Z  FJ  tested the alarm by hand at 2024-03-22T12:00Z; that line is a test, worthless
2024-03-26T10:00Z  EK  firmware 2.0 ordered, will be installed in April
"""


def weather(base, swing, strongest):
    """True temperature, pressure and wind at every slot."""
    drift, pressure, gust = 0.0, 1012.0, 4.0
    for slot in range(SLOTS):
        drift = 0.93 * drift + (rng.random() - 0.5) * 3.2
        pressure += (1012 - pressure) * 0.02 + (rng.random() - 0.5) * 5
        gust = abs(gust + (rng.random() - 0.5) * 0.3 * strongest)
        if gust > strongest:
            gust = 2 * strongest - gust
        hour = slot % 8 * 3
        yield base + slot / SLOTS * 5 + swing * math.sin((hour - 9) / 12 * math.pi) + drift, pressure, gust


def at(day, hour):
    """A slot: day of the year from 1, hour."""
    return (day - 1) * 8 + hour // 3


def row(name, slot, values):
    """The line that a station wrote: its faults, its clock, its units."""
    temp, pressure, wind = values
    units = STATIONS[name][3:]
    time = START + timedelta(hours=3 * slot)
    if name == "CO" and slot >= at(18, 9):
        units = ("K", "Pa", "m/s")
    if name == "EK" and at(25, 12) <= slot <= at(65, 6):
        temp += 1.8
    if name == "AL" and slot >= at(46, 15):
        pressure += 1.7
    if name == "FJ" and slot <= at(51, 9) and 9 <= time.hour <= 15:
        temp += 6
    if name == "AL" and at(19, 18) <= slot <= at(22, 12):
        wind = 0.0
    if name == "DN" and at(12, 15) <= slot <= at(40, 12):
        time += timedelta(hours=1)
    fields = [FROM_C[units[0]](temp), pressure / HPA[units[1]], wind / MS[units[2]]]
    if name == "FJ" and slot == at(82, 12):
        fields = [111.0, 1050.0, 140.0]
    digits = (1, {"inHg": 2, "Pa": 0}.get(units[1], 1), 1)
    texts = [f"{value:.{places}f}" for value, places in zip(fields, digits)]
    if (slot + 31 * ord(name[0])) % 97 == 41:
        texts[0] = f"{FROM_C[units[0]](temp + rng.choice([-1, 1]) * rng.randint(16, 25)):.1f}"
    for place in range(3):
        if rng.random() < 0.02:
            texts[place] = rng.choice(MISSING)
    if rng.random() < 0.004:
        texts[1] = "0.0"
    if rng.random() < 0.004:
        texts[2] = rng.choice(["-1.0", "999.9"])
    return time.strftime("%Y-%m-%d %H:%M"), texts


def station(name):
    base, swing, strongest, *units = STATIONS[name]
    lines, late, last = [], [], None
    for slot, values in enumerate(weather(base, swing, strongest)):
        if name == "DN" and at(75, 21) <= slot <= at(78, 6):
            values = last
        last = values
        time, texts = row(name, slot, values)
        if rng.random() < 0.02:  # an early line with less care, its better one at the end of the day
            lines.append((time, [texts[0], rng.choice(MISSING), f"{rng.randint(0, 30)}.0"]))
            late.append((slot + 4, (time, texts)))
        elif rng.random() < 0.99:
            lines.append((time, texts))
        while late and late[0][0] <= slot:
            lines.append(late.pop(0)[1])
    lines += [line for _, line in late]
    head = f"# units: temp={units[0]} pressure={units[1]} wind={units[2]}"
    if name == "DN":  # its logger writes decimal commas
        body = [";".join([time, *[text.replace(".", ",") for text in texts]]) for time, texts in lines]
        return "\n".join([head, "time;temp;pressure;wind", *body]) + "\n"
    return "\n".join([head, "time,temp,pressure,wind", *[",".join([time, *texts]) for time, texts in lines]]) + "\n"


for folder in ("raw", "log", "docs"):
    (APP / folder).mkdir(parents=True)
for name in STATIONS:
    (APP / f"raw/{name}.csv").write_text(station(name))
(APP / "log/maintenance.log").write_text(LOG)
(APP / "docs/PROTOCOL.md").write_text(PROTOCOL)
