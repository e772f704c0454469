"""A documented binary recording format, to be decoded in spite of damaged records."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from random import Random

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    The loggers of our {count} weather stations write a binary format that nobody has a reader for
    any more; only its description survived, in `{where}/FORMAT.md`. {boss} needs the readings of
    `{where}/captures`, one file per station. The transfer was bad, so records are damaged here
    and there, and the description says how to go on after one.
    """,
    """
    {boss} kept the station recordings in `{where}/captures` ({count} files), but the vendor's
    reader is gone. `{where}/FORMAT.md` describes the bytes, and `{where}/sample` has a short
    recording together with what the old reader made of it. Some records did not survive
    the radio link; how a reader copes with those is described, too.
    """,
    """
    Please write us a reader for an old logger format. Its description is `{where}/FORMAT.md`, a
    recording with its known output lies in `{where}/sample`, and the {count} recordings that
    {boss} wants to see are in `{where}/captures`, with the damage that the radio link did.
    """,
)
_WANTED = (
    """
    Write `{where}/decode.py` so that `python3 decode.py FILE` prints a recording's readings as CSV,
    in the order in which they were recorded, without a header:
    `time,channel,value`, the value with exactly {decimals} (calibrated, as FORMAT.md
    explains). It will be run on recordings that you have not seen. Then write `{where}/{report}`, one
    JSON object that gives for each station (the capture's name without `.rec`) an object with
    `readings` (how many), `damaged` (how many damaged records its reader passed over), `first` and
    `last` (smallest and largest time) and `peak` (the largest calibrated value of channel {channel}, a
    number). Captures and sample must stay as they are.
    """,
    """
    The reader is to be `{where}/decode.py`: `python3 decode.py FILE` writes a line `time,channel,value` for each reading, in the recording's order and without a header line;
    values are the calibrated ones of FORMAT.md, with exactly {decimals}. We are going to use it on other recordings as well. With it, make `{where}/{report}`: a JSON object
    that has for every station, called like its capture without `.rec`, an object of `readings` and `damaged` (how many readings there are, how many damaged
    records were passed over), `first` and `last` (the smallest and the largest time), and `peak`, the largest calibrated value on channel {channel} as a
    number. Do not alter captures or sample.
    """,
)
_FORMAT = """\
# Logger recordings

Numbers are {endian}-endian. A recording is a run of records, perhaps with bytes of noise in
between. A record is

| bytes | meaning |
|---|---|
| 2 | the mark `{mark}` |
| 1 | kind |
| 1 | length n of the body |
| n | body |
| {size} | check: {check} over kind, length and body |

A reader looks for the next mark, takes the record and goes on behind it. A record whose check does
not hold, or which would reach beyond the end of the file, is damaged: it is counted, and the reader
looks for the next mark from the byte behind the damaged record's first mark byte on.

## Kinds

- {base}: clock. Unsigned 4-byte time in seconds since 1970. Sets the present time.
- {reading}: reading. Channel (1 byte), seconds since the present time as a varint, raw value
  (signed 2-byte). The varint holds 7 bits per byte, lowest group first; the top bit says that
  another byte follows. The reading's time becomes the present time.
- {calibration}: calibration. Channel (1 byte), offset (signed 2-byte). Later readings of that
  channel have the offset added to the raw value; a new offset replaces the old one.
- all others: to be passed over. They are not damaged.

The present time is 0 at the start. A reading is the calibrated raw value divided by {divisor}.
"""
_DECODER = '''
cat > decode.py <<'EOF'
"""Readings of a logger recording; see FORMAT.md."""
import sys
import zlib

MARK = bytes.fromhex("@MARK@")


def check(data):
    @CHECK@


def decode(data):
    now, offsets, readings, damaged, place = 0, {}, [], 0, 0
    while (place := data.find(MARK, place)) >= 0:
        head = data[place + 2 : place + 4]
        end = place + 4 + (head[1] if len(head) == 2 else 0)
        stored = data[end : end + @SIZE@]
        if len(head) < 2 or len(stored) < @SIZE@ or int.from_bytes(stored, "@ENDIAN@") != check(data[place + 2 : end]):
            damaged, place = damaged + 1, place + 1
            continue
        kind, body = head[0], data[place + 4 : end]
        place = end + @SIZE@
        if kind == @BASE@:
            now = int.from_bytes(body, "@ENDIAN@")
        elif kind == @CALIBRATION@:
            offsets[body[0]] = int.from_bytes(body[1:3], "@ENDIAN@", signed=True)
        elif kind == @READING@:
            delta = shift = 0
            for at, byte in enumerate(body[1:], 1):
                delta |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
            now += delta
            raw = int.from_bytes(body[at + 1 : at + 3], "@ENDIAN@", signed=True)
            readings.append((now, body[0], raw + offsets.get(body[0], 0)))
    return readings, damaged


if __name__ == "__main__":
    readings, damaged = decode(open(sys.argv[1], "rb").read())
    for now, channel, value in readings:
        print(f"{now},{channel},{value / @DIVISOR@:.@PLACES@f}")
    print(damaged, "damaged", file=sys.stderr)
EOF
'''
_CHECKS = {
    "CRC-32 as in zlib": (4, "return zlib.crc32(data)"),
    "the sum of all bytes modulo 65521": (2, "return sum(data) % 65521"),
    "Fletcher-16 (two sums modulo 255, both starting at 0; the second sum is the high byte)": (
        2,
        "a = b = 0\n    for byte in data:\n        a = (a + byte) % 255\n        b = (b + a) % 255\n    return b << 8 | a",
    ),
    "Adler-32 as in zlib": (4, "return zlib.adler32(data)"),
}


@dataclass(frozen=True)
class _Format:
    """One variant of the format."""

    mark: bytes
    endian: str
    check: str
    base: int
    reading: int
    calibration: int
    places: int

    @property
    def size(self) -> int:
        return _CHECKS[self.check][0]

    def checksum(self, data: bytes) -> bytes:
        if self.check.startswith("CRC"):
            value = zlib.crc32(data)
        elif self.check.startswith("Adler"):
            value = zlib.adler32(data)
        elif self.check.startswith("the sum"):
            value = sum(data) % 65521
        else:
            low = sum(data) % 255
            value = sum((len(data) - i) * byte for i, byte in enumerate(data)) % 255 << 8 | low
        return self.number(value, self.size)

    def number(self, value: int, size: int, signed: bool = False) -> bytes:
        order = "little" if self.endian == "little" else "big"
        return value.to_bytes(size, order, signed=signed)  # type: ignore[arg-type]

    def record(self, kind: int, body: bytes) -> bytes:
        data = bytes([kind, len(body)]) + body
        return self.mark + data + self.checksum(data)

    def fill(self, template: str) -> str:
        size, check = _CHECKS[self.check]
        values = {**vars(self), "mark": self.mark.hex(), "check": check, "size": size}
        values["divisor"] = 10**self.places
        for key, value in values.items():
            template = template.replace(f"@{key.upper()}@", str(value))
        return template


@dataclass
class _Recording:
    """A capture's bytes, and what a reader must make of it."""

    data: bytes
    rows: list[tuple[int, int, int]]
    damaged: int

    def csv(self, places: int) -> str:
        return "".join(f"{t},{c},{v / 10**places:.{places}f}\n" for t, c, v in self.rows)


class RecordDecoder(Family):
    """Write a reader for a binary logger format, and report on damaged recordings with it.

    Hard because the bytes have state (clock, calibration), damage shifts the frame, and the reader
    is judged on recordings that are not in the world.
    """

    name = "record-decoder"
    domain = "coding"
    skills = ("binary-formats", "specification-reading", "error-handling")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        base, reading, calibration = rng.sample(range(1, 60), 3)
        mark = bytes(rng.sample(range(0x80, 0x100), 2))
        endian, check = rng.choice(("little", "big")), rng.choice(list(_CHECKS))
        form = _Format(mark, endian, check, base, reading, calibration, rng.randint(1, 3))
        channels = sorted(rng.sample(range(1, 30), context.scale(2, 6)))
        stations = sorted(names.hosts(context.scale(3, 8)))
        length = context.scale(40, 220)
        captures = {s: _record(rng, form, channels, length + rng.randint(0, 40)) for s in stations}
        for station, capture in captures.items():
            part.file(f"captures/{station}.rec", capture.data)
        sample = _record(rng, form, channels, 20)
        part.file("sample/short.rec", sample.data)
        part.file("sample/short.csv", sample.csv(form.places))
        values = {**vars(form), "mark": form.mark.hex(" "), "size": form.size}
        part.file("FORMAT.md", _FORMAT.format(**values, divisor=10**form.places).encode())
        channel = rng.choice(channels)
        report = rng.choice(("stations.json", "summary.json", "recordings.json"))
        decimals = f"{form.places} decimal{'s' if form.places > 1 else ''}"
        words = {"where": part.where, "boss": names.person().name, "count": len(stations)}
        part.title = "decode damaged logger recordings"
        part.ask(context.pick(_ASKS).format(**words))
        part.ask(
            context.pick(_WANTED).format(**words, decimals=decimals, channel=channel, report=report)
        )
        expected = {s: _summary(capture, form, channel) for s, capture in captures.items()}
        self._solve(part, form, channel, report)
        trials = [_record(rng, form, channels, 120) for _ in range(3)]
        # A reader that skips what a damaged length byte says must be found out.
        while all(_read(one.data, form, hasty=True).rows == one.rows for one in trials):
            trials[-1] = _record(rng, form, channels, 120)
        self._verify(part, form, expected, report, [sample, *trials])
        best = max(stations, key=lambda s: float(expected[s]["peak"]))
        part.hide(*(summary["last"] for summary in expected.values()), best)
        others = [station for station in stations if station != best]
        phrase = f"the station with the highest peak on channel {channel}"
        part.reveals("station", best, others[:3], phrase, "top_station")
        return part

    @staticmethod
    def _solve(part: Part, form: _Format, channel: int, report: str) -> None:
        part.do(
            "ls -l captures sample",
            "cat FORMAT.md",
            "xxd sample/short.rec | head -12",
            "head -5 sample/short.csv; wc -l sample/short.csv",
            form.fill(_DECODER),
            "python3 decode.py sample/short.rec | diff - sample/short.csv && echo the sample agrees",
            'for f in captures/*.rec; do echo "$f"; python3 decode.py "$f" | head -2; done',
            "mkdir -p /tmp/csv && for f in captures/*.rec; do s=$(basename $f .rec); python3 decode.py $f > /tmp/csv/$s.csv 2> /tmp/csv/$s.err; done; cat /tmp/csv/*.err",
            f"for f in /tmp/csv/*.csv; do grep -c ',{channel},' $f; done",
            "rm -f /tmp/rows; for f in captures/*.rec; do s=$(basename $f .rec); "
            f"""awk -F, -v s=$s -v d=$(cut -d' ' -f1 /tmp/csv/$s.err) 'NR == 1 {{lo = hi = $1}} {{if ($1 < lo) lo = $1; if ($1 > hi) hi = $1; if ($2 == {channel} && (!n++ || $3 > p)) p = $3 + 0}} END {{printf "{{\\"key\\":\\"%s\\",\\"value\\":{{\\"readings\\":%d,\\"damaged\\":%d,\\"first\\":%d,\\"last\\":%d,\\"peak\\":%.{form.places}f}}}}\\n", s, NR, d, lo, hi, p}}' /tmp/csv/$s.csv >> /tmp/rows; done; cat /tmp/rows""",
            f"jq -s from_entries /tmp/rows > {report}; rm -rf __pycache__; cat {report}; top_station=$(jq -r 'to_entries | max_by(.value.peak) | .key' {report})",
        )

    @staticmethod
    def _verify(
        part: Part,
        form: _Format,
        expected: dict[str, dict[str, float]],
        report: str,
        trials: list[_Recording],
    ) -> None:
        path = part.path(report)
        part.check(
            "the report names every station and nothing else",
            f"assert set(json_file({path!r})) == set({sorted(expected)!r})",
        )
        for keys in (("readings", "damaged"), ("first", "last"), ("peak",)):
            wanted = {s: {key: summary[key] for key in keys} for s, summary in expected.items()}
            part.check(
                f"the report is right about {' and '.join(keys)}",
                f"""
                report, wanted = json_file({path!r}), {wanted!r}
                for station, summary in wanted.items():
                    assert set(report[station]) == set({sorted(next(iter(expected.values())))!r})
                    for key, value in summary.items():
                        assert not isinstance(report[station][key], (str, bool))
                        assert abs(report[station][key] - value) < 1e-9, (station, key)
                """,
            )
        for number, trial in enumerate(trials):
            part.check(
                f"the reader is right on {'another recording ' + str(number) if number else 'the sample'}",
                f"""
                import tempfile
                with tempfile.NamedTemporaryFile(suffix=".rec") as file:
                    file.write(bytes.fromhex({trial.data.hex()!r}))
                    file.flush()
                    os.chmod(file.name, 0o644)
                    argv = ["python3", "-B", {part.path("decode.py")!r}, file.name]
                    code, out, err = run_agent_program(argv, cwd={part.root!r})
                assert code == 0, err[-200:]
                assert out.split() == {trial.csv(form.places).split()!r}
                """,
                slow=True,
            )
        given = {
            p: f.data.hex() for p, f in part.files.items() if "/sample/" in p or p.endswith(".rec")
        }
        part.check(
            "captures and sample are as they were",
            f"""
            for path, content in {given!r}.items():
                assert data(path).hex() == content, path
            """,
        )
        part.output(report)
        part.mutate(
            r"sed -i 's/damaged + 1, place + 1/damaged + 1, place + 2 + head[1]/' decode.py",
            "sed -i 's/now += delta/now = now + delta + 1/' decode.py",
            "rm decode.py",
        )


def _record(rng: Random, form: _Format, channels: list[int], count: int) -> _Recording:
    """A recording with noise, calibrations, foreign records and damage."""
    data = bytearray()
    start = 1_600_000_000 + rng.randint(0, 90_000_000)
    data += form.record(form.base, form.number(start, 4))
    foreign = next(k for k in range(60, 99) if k not in (form.base, form.reading, form.calibration))
    for number in range(count):
        roll = rng.random()
        if roll < 0.06:
            body = bytes([rng.choice(channels)]) + form.number(rng.randint(-300, 300), 2, True)
            data += _damage(rng, form.record(form.calibration, body), 0.2)
        elif roll < 0.09:
            data += form.record(foreign, f"battery {rng.randint(60, 99)} %".encode())
        elif roll < 0.11:
            start += rng.randint(90_000, 900_000)
            data += _damage(rng, form.record(form.base, form.number(start, 4)), 0.3)
        elif roll < 0.16:
            data += bytes(rng.randint(0, 127) for _ in range(rng.randint(1, 9)))
        delta, varint = rng.choice((rng.randint(1, 100), rng.randint(128, 40_000))), bytearray()
        while delta > 127:
            varint.append(delta & 127 | 128)
            delta >>= 7
        body = bytes([channels[number % len(channels)]]) + bytes([*varint, delta])
        body += form.number(rng.randint(-3000, 9000), 2, True)
        data += _damage(rng, form.record(form.reading, body), 0.07)
    # The file ends within a record.
    data += form.record(form.reading, bytes([channels[0], 5, 0, 9]))[:-2]
    return _read(bytes(data), form)


def _damage(rng: Random, record: bytes, chance: float) -> bytes:
    """The record, perhaps with a byte flipped, lost or doubled behind its mark."""
    if rng.random() > chance:
        return record
    place = rng.randint(3, len(record) - 2)
    kept = rng.choice(
        (bytes([record[place] ^ 1 << rng.randint(0, 6)]), b"", record[place : place + 1] * 2)
    )
    return record[:place] + kept + record[place + 1 :]


def _read(data: bytes, form: _Format, *, hasty: bool = False) -> _Recording:
    """What a reader must make of `data`; `hasty`: one that trusts a damaged record's length."""
    rows, damaged, now, place = [], 0, 0, data.find(form.mark)
    offsets: dict[int, int] = {}
    order = "little" if form.endian == "little" else "big"
    while place >= 0:
        head, end = data[place + 2 : place + 4], len(data)
        if len(head) == 2:
            end = place + 4 + head[1]
        if data[end : end + form.size] != form.checksum(data[place + 2 : end]):
            damaged += 1
            beyond = place + 2 + head[1] if hasty and len(head) == 2 else place + 1
            place = data.find(form.mark, beyond)
            continue
        body = data[place + 4 : end]
        if head[0] == form.base:
            now = int.from_bytes(body, order)  # type: ignore[arg-type]
        elif head[0] in (form.calibration, form.reading):
            raw = int.from_bytes(body[-2:], order, signed=True)  # type: ignore[arg-type]
            if head[0] == form.calibration:
                offsets[body[0]] = raw
            else:
                now += sum((byte & 127) << 7 * i for i, byte in enumerate(body[1:-2]))
                rows.append((now, body[0], raw + offsets.get(body[0], 0)))
        place = data.find(form.mark, end + form.size)
    return _Recording(data, rows, damaged)


def _summary(capture: _Recording, form: _Format, channel: int) -> dict[str, float]:
    times = [time for time, _, _ in capture.rows]
    peak = max(value for _, other, value in capture.rows if other == channel)
    return {
        "readings": len(times),
        "damaged": capture.damaged,
        "first": min(times),
        "last": max(times),
        "peak": peak / 10**form.places,
    }
