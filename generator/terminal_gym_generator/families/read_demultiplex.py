"""Sequencing reads to be told apart by barcode, trimmed and counted."""

from __future__ import annotations

import hashlib
from collections import Counter
from fractions import Fraction
from random import Random

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    The sequencing core sent us one file for the whole plate, `{where}/plate.fastq.gz`, as their
    demultiplexer is down. {boss} has the sample sheet (`{where}/samples.csv`) and the rules of our lab
    (`{where}/PROTOCOL.md`) and needs the reads per sample, trimmed, by tomorrow.
    """,
    """
    Please demultiplex our last plate: the reads are in `{where}/plate.fastq.gz`, the samples with their
    barcodes in `{where}/samples.csv`. {boss} insists that reads be assigned and trimmed exactly as in
    `{where}/PROTOCOL.md`, so that this plate can be compared with the earlier ones.
    """,
)
_WANTED = (
    """
    For each sample write `{where}/demux/<sample>.fastq` with its reads after trimming, in the order of the plate;
    a read keeps its header line, and the `+` line is a bare `+`. Samples without reads get an empty file. Then
    write `{where}/counts.csv` with the header `sample,reads,bases,exact,rescued,q30`: the reads and bases in the
    sample's file, how many of the reads had the exact barcode and how many one with an error, and the share of bases
    with quality 30 or better in per cent, with two decimals (`0.00` if there are none). Rows are in the order of
    the sample sheet. And write `{where}/rejected.json`, an object with the number of reads rejected for each
    reason of the protocol, zeros included. The plate and the sheet stay as they are.
    """,
    """
    We need one file per sample, `{where}/demux/<sample>.fastq`: its trimmed reads in the plate's order, header lines unchanged, a bare `+` as the third line
    of each record; an empty file for a sample that got no reads. `{where}/rejected.json` is an object with a number for each of the protocol's
    reasons for rejection, also where it is zero. `{where}/counts.csv` has the header `sample,reads,bases,exact,rescued,q30` and the samples in the order
    of the sheet: reads and bases as in the sample's file, reads with the exact barcode, reads with one error in it, and what per cent of the bases has a quality of
    at least 30, with two decimals (`0.00` without bases). Do not change plate or sheet.
    """,
)


class ReadDemultiplex(Family):
    """Assign reads to samples by barcodes with errors, trim them by quality and count.

    Hard because barcodes may match two samples, some samples are sequenced from the other strand, adapters and
    bad ends are cut in a fixed order, and what remains may be too short.
    """

    name = "read-demultiplex"
    domain = "scientific_computing"
    skills = ("sequence-processing",)

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        adapter = _bases(rng, 10)
        quality, shortest = rng.choice((15, 18, 20)), rng.randint(18, 26)
        samples = self._samples(context)
        genome = _bases(rng, 3000)
        company = names.company[:3].upper()
        while True:
            plate = _Plate(samples, adapter, quality, shortest)
            for number in range(context.scale(250, 1800)):
                head = f"@{company}{rng.randint(1, 4)}:{rng.randint(1000, 9999)}:{number}"
                plate.add(head, *self._read(rng, samples, genome, adapter))
            if plate.steady:
                break
        part.file(
            "plate.fastq",
            "".join(f"{n}\n{b}\n+\n{q}\n" for n, b, q in plate.reads).encode(),
            transient=True,
        )
        part.setup("gzip -n plate.fastq")
        sheet = [f"{name},{barcode},{strand}" for name, (barcode, strand) in samples.items()]
        part.file("samples.csv", "\n".join(["sample,barcode,strand", *sheet]) + "\n")
        text = _PROTOCOL.format(adapter=adapter, quality=quality, shortest=shortest)
        part.file("PROTOCOL.md", text.encode())
        part.title = "demultiplex a sequencing plate"
        part.ask(context.pick(_ASKS).format(boss=names.person().name, where=part.where))
        part.ask(context.pick(_WANTED).format(where=part.where))
        self._solve(part)
        tally = plate.tally
        self._verify(part, plate.files, tally, plate.rejected)
        top = max(samples, key=lambda name: tally[name]["rescued"])
        part.hide(*(f"{count['bases']}" for count in tally.values() if count["bases"] > 999))
        part.reveals(
            "sample",
            top,
            [name for name in samples if name != top][:3],
            "the sample with the most rescued reads (the first in the sheet, if several have equally many)",
            "sample",
        )
        return part

    @staticmethod
    def _samples(context: Context) -> dict[str, tuple[str, str]]:
        """Names, barcodes and strands; barcodes differ in two or more places."""
        rng = context.rng
        barcodes: list[str] = []
        while len(barcodes) < context.scale(4, 12):
            one = _bases(rng, 8)
            if barcodes and rng.random() < 0.4:
                # Some lie two changes from another: a read in between is ambiguous.
                one = _mutate(rng, _mutate(rng, rng.choice(barcodes), 1), 5)
            if all(_distance(one, other) >= 2 for other in barcodes):
                barcodes.append(one)
        strands = "+-" if context.difficulty >= 2 else "+"
        return {
            f"{context.names.project()}-{rng.choice('ABCDEFGH')}{rng.randint(1, 12)}": (barcode, rng.choice(strands))
            for barcode in barcodes
        }  # fmt: skip

    @staticmethod
    def _read(
        rng: Random, samples: dict[str, tuple[str, str]], genome: str, adapter: str
    ) -> tuple[str, str]:
        """One read: barcode, a piece of the genome, perhaps an adapter and noise."""
        barcode = rng.choice(list(samples.values()))[0]
        dice = rng.random()
        if dice < 0.2:
            barcode = _mutate(rng, barcode, rng.randrange(8))
        elif dice < 0.28:
            barcode = _bases(rng, 8)
        elif dice < 0.32:
            place = rng.randrange(8)
            barcode = barcode[:place] + "N" + barcode[place + 1 :]
        at, size = rng.randrange(2900), rng.randint(15, 70)
        bases = barcode + genome[at : at + size]
        if rng.random() < 0.3:
            bases += adapter + _bases(rng, rng.randint(0, 12))
        level, quals = rng.randint(30, 38), ""
        for _ in bases:
            level = max(2, min(40, level + rng.choice((-2, -1, 0, 0, 1))))
            quals += chr(33 + level)
        return bases, quals

    @staticmethod
    def _solve(part: Part) -> None:
        part.do(
            "cat PROTOCOL.md samples.csv",
            "zcat plate.fastq.gz | head -8; zcat plate.fastq.gz | wc -l",
            "zcat plate.fastq.gz | awk 'NR % 4 == 2 {print substr($0, 1, 8)}' | sort | uniq -c | sort -rn | head -20",
            "zcat plate.fastq.gz | awk 'NR % 4 == 2' | grep -c \"$(grep -oE 'adapter is `[ACGT]+' PROTOCOL.md | grep -oE '[ACGT]+$')\"",
            _ASSIGN,
            "zcat plate.fastq.gz | python3 /tmp/assign.py > /tmp/assigned.tsv; cut -f1,2 /tmp/assigned.tsv | sort | uniq -c",
            _TRIM,
            "python3 /tmp/trim.py < /tmp/assigned.tsv > /tmp/trimmed.tsv; head -3 /tmp/trimmed.tsv; cut -f1 /tmp/trimmed.tsv | sort | uniq -c",
            "mkdir -p demux && for s in $(tail -n +2 samples.csv | cut -d, -f1); do awk -F'\\t' -v s=$s '$1 == s {print $3; print $4; print \"+\"; print $5}' /tmp/trimmed.tsv > demux/$s.fastq; done; wc -l demux/*",
            'for r in no-barcode ambiguous too-short; do echo "{\\"$r\\": $(cut -f1 /tmp/trimmed.tsv | grep -cx $r)}"; done | jq -s add > rejected.json; cat rejected.json',
            'for s in $(tail -n +2 samples.csv | cut -d, -f1); do awk -F\'\\t\' -v s=$s \'BEGIN {for (i = 63; i < 127; i++) ok[sprintf("%c", i)]} $1 == s {n++; b += length($4); e += $2 == 0; r += $2; m = split($5, q, ""); for (i = 1; i <= m; i++) g += q[i] in ok} END {printf "%s,%d,%d,%d,%d,%.2f\\n", s, n, b, e, r, b ? 100 * g / b : 0}\' /tmp/trimmed.tsv; done > /tmp/counts.csv',
            "sample=$(sort -s -t, -k5,5nr /tmp/counts.csv | head -1 | cut -d, -f1); echo $sample",
            "(echo sample,reads,bases,exact,rescued,q30; cat /tmp/counts.csv) > counts.csv",
        )

    @staticmethod
    def _verify(
        part: Part,
        files: dict[str, list[str]],
        tally: dict[str, Counter[str]],
        rejected: dict[str, int],
    ) -> None:
        rows = []
        for name, count in tally.items():
            share = round(_share(count), 2)
            exact = count["reads"] - count["rescued"]
            rows.append(
                f"{name},{count['reads']},{count['bases']},{exact},{count['rescued']},{float(share):.2f}"
            )
        part.check(
            "counts.csv counts reads and bases of every sample",
            f"assert lines({part.path('counts.csv')!r}) == {['sample,reads,bases,exact,rescued,q30', *rows]!r}",
        )
        part.check(
            "rejected.json counts what was rejected, by reason",
            f"assert json_file({part.path('rejected.json')!r}) == {rejected!r}",
        )
        part.helper("import hashlib, os")
        digests = {
            f"{name}.fastq": hashlib.sha256("\n".join(reads).encode()).hexdigest()
            for name, reads in files.items()
        }
        part.check(
            "there is a file for every sample and no other",
            f"assert sorted(os.listdir({part.path('demux')!r})) == {sorted(digests)!r}",
        )
        part.check(
            "each sample's reads are right, trimmed, turned and in order",
            f"""
            for name, digest in {digests!r}.items():
                reads = "\\n".join(lines({part.path("demux")!r} + "/" + name))
                assert hashlib.sha256(reads.encode()).hexdigest() == digest, name
            """,
        )
        part.unchanged("sheet and protocol are unchanged")
        largest = max(files, key=lambda name: len(files[name]))
        part.output("counts.csv", "rejected.json", f"demux/{largest}.fastq")


class _Plate:
    """The reads, and what the protocol makes of them."""

    def __init__(
        self, samples: dict[str, tuple[str, str]], adapter: str, quality: int, shortest: int
    ) -> None:
        self._samples, self._adapter = samples, adapter
        self._quality, self._shortest = quality, shortest
        self.reads: list[tuple[str, str, str]] = []
        self.files: dict[str, list[str]] = {name: [] for name in samples}
        self.tally = {name: Counter[str]() for name in samples}
        self.rejected = dict.fromkeys(("no-barcode", "ambiguous", "too-short"), 0)

    def add(self, head: str, bases: str, quals: str) -> None:
        """Take a read and assign it."""
        self.reads.append((head, bases, quals))
        sample, errors = _assign(self._samples, bases)
        kept, marks = _trim(bases[8:], quals[8:], self._adapter, self._quality)
        if sample in self._samples and len(kept) < self._shortest:
            sample = "too-short"
        if sample in self.rejected:
            self.rejected[sample] += 1
            return
        if self._samples[sample][1] == "-":
            kept, marks = _reverse(kept), marks[::-1]
        self.files[sample] += [head, kept, "+", marks]
        good = sum(ord(mark) - 33 >= 30 for mark in marks)
        self.tally[sample].update(reads=1, bases=len(kept), good=good, rescued=errors)

    @property
    def steady(self) -> bool:
        """Whether no share lies on a rounding tie."""
        return all(_share(count) * 100 % 1 != Fraction(1, 2) for count in self.tally.values())


def _share(count: Counter[str]) -> Fraction:
    """Good bases in per cent."""
    return Fraction(100 * count["good"], count["bases"] or 1)


def _bases(rng: Random, length: int) -> str:
    return "".join(rng.choice("ACGT") for _ in range(length))


def _mutate(rng: Random, text: str, place: int) -> str:
    other = rng.choice([base for base in "ACGT" if base != text[place]])
    return text[:place] + other + text[place + 1 :]


def _distance(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def _reverse(bases: str) -> str:
    """The reverse complement."""
    return bases[::-1].translate(str.maketrans("ACGT", "TGCA"))


def _assign(samples: dict[str, tuple[str, str]], bases: str) -> tuple[str, int]:
    """The sample and the errors in its barcode, or the reason for rejection."""
    found = {name: _distance(bases[:8], barcode) for name, (barcode, _) in samples.items()}
    for errors in (0, 1):
        hits = [name for name, distance in found.items() if distance == errors]
        if hits:
            return (hits[0] if len(hits) == 1 else "ambiguous"), errors
    return "no-barcode", 0


def _trim(bases: str, quals: str, adapter: str, quality: int) -> tuple[str, str]:
    """Cut the adapter and what follows, then the end from the first bad window."""
    at = bases.find(adapter)
    if at >= 0:
        bases, quals = bases[:at], quals[:at]
    for start in range(len(bases) - 3):
        if sum(ord(mark) - 33 for mark in quals[start : start + 4]) < 4 * quality:
            return bases[:start], quals[:start]
    return bases, quals


_PROTOCOL = """\
# Demultiplexing

1. The first 8 bases of a read are its barcode. A read belongs to the sample with exactly this barcode; if there is
   none, to the one sample whose barcode differs in exactly one place (it is then *rescued*). If several samples
   are one change away, the read is rejected as `ambiguous`; if none is, as `no-barcode`. N differs from
   every base.
2. The barcode is cut off. Then the adapter, if there is one: from its first exact occurrence on everything goes.
   The adapter is `{adapter}`.
3. Then a window of four bases moves from the start, base by base. At the first window whose mean
   quality is below {quality} the read is cut off right before the window. Windows are always four bases long.
   Qualities are Phred+33.
4. Reads that are now shorter than {shortest} bases are rejected as `too-short`.
5. Reads of samples with strand `-` are then turned into their reverse complement, the qualities with them.
"""
_ASSIGN = r"""
cat > /tmp/assign.py <<'EOF'
# sample or reason, errors, header, bases and qualities without the barcode
import csv, sys

barcodes = {row["barcode"]: row["sample"] for row in csv.DictReader(open("samples.csv"))}
lines = iter(sys.stdin.read().splitlines())
for head, bases, _, quals in zip(lines, lines, lines, lines):
    tag = bases[:8]
    near = {name for code, name in barcodes.items() if sum(a != b for a, b in zip(code, tag)) == 1}
    if tag in barcodes:
        name, errors = barcodes[tag], 0
    else:
        name, errors = near.pop() if len(near) == 1 else "ambiguous" if near else "no-barcode", 1
    print(name, errors, head, bases[8:], quals[8:], sep="\t")
EOF
"""
_TRIM = r"""
cat > /tmp/trim.py <<'EOF'
import csv, re, sys

text = " ".join(open("PROTOCOL.md").read().split())
adapter = re.search(r"adapter is `([ACGT]+)`", text)[1]
limit = int(re.search(r"quality is below (\d+)", text)[1])
shortest = int(re.search(r"shorter than (\d+)", text)[1])
strands = {row["sample"]: row["strand"] for row in csv.DictReader(open("samples.csv"))}
for line in sys.stdin:
    name, errors, head, bases, quals = line.rstrip("\n").split("\t")
    if name in strands:
        bases = bases.split(adapter)[0]
        scores = [ord(c) - 33 for c in quals[: len(bases)]]
        cut = next((k for k in range(len(bases) - 3) if sum(scores[k : k + 4]) / 4 < limit), len(bases))
        bases, quals = bases[:cut], quals[:cut]
        if cut < shortest:
            name = "too-short"
        elif strands[name] == "-":
            bases, quals = bases[::-1].translate(str.maketrans("ACGT", "TGCA")), quals[::-1]
    print(name, errors, head, bases, quals, sep="\t")
EOF
"""
