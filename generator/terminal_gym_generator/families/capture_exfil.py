"""A packet capture in which one machine sends a file out through DNS queries."""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from datetime import datetime, timezone
from random import Random

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    The sensor at our office router recorded `{where}/capture.pcap` (classic pcap, Ethernet, IPv4).
    {boss} suspects that a machine on the {lan} network carries data out through DNS: the
    labels in front of one domain are not names but Base32 text. What is known about the
    method is in `{where}/notes.md`.
    """,
    """
    {boss} has been told by a customer that a document of ours is for sale. The only trace is the
    router's capture of that hour, `{where}/capture.pcap` (classic pcap format, Ethernet frames with
    IPv4). We believe that a machine in {lan} smuggled it out inside the names of DNS queries;
    `{where}/notes.md` sums up what other victims found.
    """,
)
_WANTED = (
    """
    Recover what was sent, byte for byte, into `{where}/recovered.bin`, and write `{where}/report.json` with
    the keys `host` (the sending machine's IPv4 address), `resolver` (the address its queries went to),
    `domain` (the domain that received the data, without a trailing dot), `queries` (how many query packets
    carried data, retransmissions included), `first` and `last` (times of the first and last of them,
    as UTC in the form `YYYY-MM-DDTHH:MM:SSZ`, fractions dropped) and `sha256` (of the recovered
    bytes, lower-case hex).
    """,
    """
    What left the house has to be in `{where}/recovered.bin`, exactly as it was sent. The facts go to `{where}/report.json`:
    `host` and `resolver` (IPv4 addresses of the machine that sent it and of the server it asked), `domain` (that it was sent to, without the
    final dot), `queries` (query packets with data, counting those sent again), `first` and `last` (when the
    first and the last of those were captured, UTC, written `YYYY-MM-DDTHH:MM:SSZ` with fractions dropped), and
    `sha256` of the recovered file in lower-case hex.
    """,
)
_TALKERS = """
And for the capacity people `{where}/talkers.csv` with the header `address,packets,bytes`: for each
source address inside {lan} the IPv4 packets that it sent and the sum of their IPv4 total
lengths, largest sum first, equal ones by address as plain text. The capture stays as it is.
"""


class CaptureExfil(Family):
    """Decode a capture, find the DNS tunnel in honest traffic and put its payload together.

    Hard because packets come in every kind and order, chunks are repeated, and other domains have long
    labels, too (content networks and a telemetry service).
    """

    name = "capture-exfil"
    domain = "networking"
    skills = ("packet-parsing", "traffic-forensics", "flow-accounting")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        lan = f"10.{rng.randint(10, 200)}.{rng.randint(0, 250)}"
        hosts = [f"{lan}.{n}" for n in rng.sample(range(5, 250), context.scale(4, 12))]
        thief, resolver = hosts[0], names.ipv4("192")
        domain = f"{names.token(5)}.{names.service()}-{names.project()}.example"
        begin = 1_700_000_000 + rng.randint(0, 20_000_000)
        big = context.difficulty >= 3 and rng.random() < 0.5
        nanos = context.difficulty >= 4 and rng.random() < 0.5
        secret = _document(rng, names.company, context.scale(500, 2500))
        frames: list[tuple[float, bytes]] = []
        noise = context.scale(250, 2500)
        for _ in range(noise):
            frames.append((rng.uniform(0, 3600), _noise(rng, lan, hosts, resolver)))
        for _ in range(noise // 25):
            label = base64.b32encode(rng.randbytes(20)).decode().lower()
            name = f"{label}.{rng.choice(('edge', 'px'))}.telemetry-{names.company.lower()}.example"
            packet = _dns(rng, rng.choice(hosts), resolver, name)
            frames.append((rng.uniform(0, 3600), packet))
        sent = self._tunnel(context, frames, secret, thief, resolver, domain)
        frames.sort(key=lambda frame: frame[0])
        part.file("capture.pcap", _pcap(frames, begin, big=big, nanos=nanos))
        packed = context.difficulty >= 2
        part.file("notes.md", _notes(packed=packed).encode())
        part.title = "recover a file from a DNS tunnel"
        words = {"where": part.where, "lan": f"{lan}.0/24"}
        part.ask(context.pick(_ASKS).format(boss=names.person().name, **words))
        part.ask(context.pick(_WANTED).format(**words), _TALKERS.format(**words))
        self._solve(part, lan)
        report = {
            "host": thief,
            "resolver": resolver,
            "domain": domain,
            "queries": len(sent),
            "first": _utc(begin + sent[0]),
            "last": _utc(begin + sent[-1]),
            "sha256": hashlib.sha256(secret).hexdigest(),
        }
        self._verify(part, report, _talkers(frames, lan))
        part.hide(thief, resolver, domain)
        part.reveals(
            "host",
            thief,
            hosts[1:4],
            "the machine that sent the document out (by its address)",
            "host",
        )
        return part

    @staticmethod
    def _tunnel(
        context: Context,
        frames: list[tuple[float, bytes]],
        secret: bytes,
        thief: str,
        resolver: str,
        domain: str,
    ) -> list[float]:
        """Send the document in numbered chunks, some of them twice; gives the sending times."""
        rng = context.rng
        body = _stored(secret) if context.difficulty >= 2 else secret
        size = rng.choice((20, 25, 30, 35))
        chunks = [body[at : at + size] for at in range(0, len(body), size)]
        moment, times = rng.uniform(200, 900), []
        session = context.names.token(4)
        order = list(enumerate(chunks))
        if context.difficulty >= 3:
            # Out of order within a small window.
            order.sort(key=lambda entry: entry[0] + rng.uniform(0, 6))
        for number, chunk in order:
            label = base64.b32encode(chunk).decode().rstrip("=").lower()
            name = f"{number:x}-{session}.{label}.{domain}"
            for _ in range(2 if rng.random() < 0.12 else 1):
                moment += rng.uniform(0.5, 9)
                times.append(moment)
                frames.append((moment, _dns(rng, thief, resolver, name)))
                answer = _dns(rng, resolver, thief, name, answer=True)
                frames.append((moment + 0.05, answer))
        return times

    @staticmethod
    def _solve(part: Part, lan: str) -> None:
        part.do(
            "cat notes.md",
            "ls -l capture.pcap; od -A d -t x1z capture.pcap | head -6",
            _READER,
            "python3 /tmp/packets.py > /tmp/packets.tsv; wc -l /tmp/packets.tsv; head -5 /tmp/packets.tsv",
            "cut -f4 /tmp/packets.tsv | sort | uniq -c",
            "awk -F'\\t' '$4 == \"udp\" && $6 == 53 {print $2, $3, $7}' /tmp/packets.tsv > /tmp/queries.txt; wc -l /tmp/queries.txt",
            'awk \'{n = split($3, a, "."); print $1, a[n-2] "." a[n-1] "." a[n]}\' /tmp/queries.txt | sort | uniq -c | sort -rn | head -12',
            "grep -E ' [0-9a-f]+-[a-z0-9]{4}\\.' /tmp/queries.txt | awk '{sub(/^[^.]*\\.[^.]*\\./, \"\", $3); print}' | sort | uniq -c | sort -rn",
            "read -r queries host resolver domain < <(grep -E ' [0-9a-f]+-[a-z0-9]{4}\\.' /tmp/queries.txt | awk '{sub(/^[^.]*\\.[^.]*\\./, \"\", $3); print}' | sort | uniq -c | sort -rn | head -1); echo $queries $host $resolver $domain",
            "awk -F'\\t' -v h=$host -v d=.$domain '$2 == h && $6 == 53 && index($7, d)' /tmp/packets.tsv > /tmp/tunnel.tsv; head -3 /tmp/tunnel.tsv",
            "first=$(date -ud @$(head -1 /tmp/tunnel.tsv | cut -f1 | cut -d. -f1) +%FT%TZ); last=$(date -ud @$(tail -1 /tmp/tunnel.tsv | cut -f1 | cut -d. -f1) +%FT%TZ); echo $first $last",
            _JOIN,
            "python3 /tmp/join.py; file recovered.bin; head -c 200 recovered.bin",
            f'(echo address,packets,bytes; awk -F\'\\t\' \'index($2, "{lan}.") == 1 {{n[$2]++; b[$2] += $8}} END {{for (a in n) print a "," n[a] "," b[a]}}\' /tmp/packets.tsv | LC_ALL=C sort -t, -k3,3nr -k1,1) > talkers.csv',
            "jq -n --arg host $host --arg resolver $resolver --arg domain $domain --argjson queries $queries --arg first $first --arg last $last --arg sha256 $(sha256sum < recovered.bin | cut -d' ' -f1) '$ARGS.named' > report.json",
        )

    @staticmethod
    def _verify(part: Part, report: dict[str, object], talkers: list[str]) -> None:
        path = part.path("report.json")
        for keys in (("host", "resolver", "domain"), ("queries", "first", "last")):
            part.check(
                f"report.json: {', '.join(keys)}",
                f"""
                report, wanted = json_file({path!r}), { {key: report[key] for key in keys}!r}
                assert {{key: report.get(key) for key in wanted}} == wanted
                assert set(report) == set({sorted(report)!r})
                """,
            )
        part.check(
            "recovered.bin is what was sent, and the report has its digest",
            f"""
            assert sha256({part.path("recovered.bin")!r}) == {report["sha256"]!r}
            assert json_file({path!r}).get("sha256") == {report["sha256"]!r}
            """,
        )
        part.check(
            "talkers.csv sums up every sender",
            f"assert lines({part.path('talkers.csv')!r}) == {['address,packets,bytes', *talkers]!r}",
        )
        part.unchanged("capture and notes are unchanged")
        part.output("report.json", "talkers.csv", "recovered.bin")


def _document(rng: Random, company: str, size: int) -> bytes:
    """Something worth stealing: a price list."""
    rows = [f"{company} price list, confidential", "item;net;margin"]
    while sum(map(len, rows)) < size:
        rows.append(f"{rng.randint(10**5, 10**6)};{rng.randint(1, 900)}.{rng.randint(0, 99):02d};{rng.randint(3, 60)}%")  # fmt: skip
    return ("\n".join(rows) + "\n").encode()


def _stored(data: bytes) -> bytes:
    """A zlib stream of one stored block: the same bytes with every version of zlib."""
    size = struct.pack("<HH", len(data), len(data) ^ 0xFFFF)
    return b"\x78\x01\x01" + size + data + struct.pack(">I", zlib.adler32(data))


def _ip(source: str, target: str, protocol: int, body: bytes, rng: Random) -> bytes:
    """An Ethernet frame with an IPv4 packet."""
    addresses = b"".join(bytes(map(int, a.split("."))) for a in (source, target))
    options = bytes([1] * 4) if rng.random() < 0.03 else b""
    first = 0x45 + len(options) // 4
    length = 20 + len(options) + len(body)
    head = struct.pack(">BBHHHBBH", first, 0, length, rng.getrandbits(16), 0x4000, 64, protocol, 0)
    frame = rng.randbytes(12) + b"\x08\x00" + head + addresses + options + body
    return frame + bytes(max(0, 60 - len(frame)))


def _udp(rng: Random, source: str, target: str, ports: tuple[int, int], data: bytes) -> bytes:
    return _ip(source, target, 17, struct.pack(">HHHH", *ports, 8 + len(data), 0) + data, rng)


def _dns(rng: Random, source: str, target: str, name: str, *, answer: bool = False) -> bytes:
    """A query, or an answer without records."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    flags = 0x8183 if answer else 0x0100
    data = struct.pack(">HHHHHH", rng.getrandbits(16), flags, 1, 0, 0, 0)
    data += labels + b"\0" + struct.pack(">HH", rng.choice((1, 16, 28)), 1)
    high = rng.randint(32768, 60999)
    return _udp(rng, source, target, (53, high) if answer else (high, 53), data)


def _noise(rng: Random, lan: str, hosts: list[str], resolver: str) -> bytes:
    """A frame of ordinary traffic: web, name queries, time, neighbours, pings."""
    host, far = rng.choice(hosts), f"198.51.100.{rng.randint(1, 254)}"
    kind = rng.choice(("tcp", "tcp", "tcp", "dns", "dns", "ntp", "arp", "icmp"))
    if kind == "arp":
        return rng.randbytes(12) + b"\x08\x06" + rng.randbytes(28) + bytes(18)
    if kind == "dns":
        words = rng.choice(("www", "api", "img", "mail", "cdn-7f3a", "static"))
        where = rng.choice(("weather", "news", "wiki", "maps", "video", "bank"))
        return _dns(rng, host, resolver, f"{words}.{where}.example")
    if kind == "ntp":
        return _udp(rng, host, far, (123, 123), rng.randbytes(48))
    ends = (host, far) if rng.random() < 0.5 else (far, host)
    if kind == "icmp":
        return _ip(*ends, 1, b"\x08\0" + rng.randbytes(rng.randint(20, 60)), rng)
    head = struct.pack(">HHIIHHHH", 443, rng.randint(32768, 60999), rng.getrandbits(32), 0, 0x5018, 502, 0, 0)  # fmt: skip
    return _ip(*ends, 6, head + rng.randbytes(rng.choice((0, 0, 60, 200, 400))), rng)


def _pcap(frames: list[tuple[float, bytes]], begin: int, *, big: bool, nanos: bool) -> bytes:
    order, unit = ">" if big else "<", 10**9 if nanos else 10**6
    magic = 0xA1B23C4D if nanos else 0xA1B2C3D4
    out = [struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, 1)]
    for moment, frame in frames:
        seconds, rest = divmod(round(moment * 10**6), 10**6)
        fraction = rest * (unit // 10**6)
        head = struct.pack(f"{order}IIII", begin + seconds, fraction, len(frame), len(frame))
        out += [head, frame]
    return b"".join(out)


def _talkers(frames: list[tuple[float, bytes]], lan: str) -> list[str]:
    """The rows of talkers.csv."""
    sums: dict[str, list[int]] = {}
    for _, frame in frames:
        source = ".".join(map(str, frame[26:30]))
        if frame[12:14] == b"\x08\x00" and source.startswith(f"{lan}."):
            row = sums.setdefault(source, [0, 0])
            row[0] += 1
            row[1] += int.from_bytes(frame[16:18], "big")
    order = sorted(sums.items(), key=lambda entry: (-entry[1][1], entry[0]))
    return [f"{address},{count},{total}" for address, (count, total) in order]


def _utc(moment: float) -> str:
    return datetime.fromtimestamp(round(moment * 10**6) // 10**6, timezone.utc).strftime("%FT%TZ")


def _notes(*, packed: bool) -> str:
    last = "All payloads in order form one zlib stream, which holds the document." if packed else "All payloads in order are the document."  # fmt: skip
    return f"""\
# What is known about the tunnel

- A query's name is `<number>-<session>.<payload>.<domain>`: the chunk's number in hex, counted from 0,
  four letters or digits that stay the same, and the chunk in Base32 (RFC 4648), lower case, without
  padding.
- The domain has three labels; it is different for every victim.
- Chunks are sent again when no answer comes in time, so that some occur twice. They need not come in order.
- {last}
- Long Base32-like labels alone prove nothing: a telemetry service uses them, too.
- Resolvers answer; only queries carry data.
"""


_READER = r"""
cat > /tmp/packets.py <<'EOF'
# time, source, target, protocol, source port, target port, DNS name, IPv4 total length
import struct

raw = open("capture.pcap", "rb").read()
order = "<" if raw[0] in (0xD4, 0x4D) else ">"
digits = 9 if struct.unpack(order + "I", raw[:4])[0] == 0xA1B23C4D else 6
at = 24
while at < len(raw):
    seconds, fraction, size, _ = struct.unpack_from(order + "IIII", raw, at)
    frame, at = raw[at + 16 : at + 16 + size], at + 16 + size
    if frame[12:14] != b"\x08\x00":
        continue
    ip = frame[14:]
    total, body = int.from_bytes(ip[2:4], "big"), ip[(ip[0] & 15) * 4 :]
    kind = {1: "icmp", 6: "tcp", 17: "udp"}.get(ip[9], str(ip[9]))
    source, target = (".".join(map(str, ip[k : k + 4])) for k in (12, 16))
    ports, name = ("", ""), ""
    if kind in ("tcp", "udp"):
        ports = struct.unpack(">HH", body[:4])
    if kind == "udp" and 53 in ports:
        place, labels = 20, []
        while body[place]:
            labels.append(body[place + 1 : place + 1 + body[place]].decode())
            place += 1 + body[place]
        name = ".".join(labels)
    print(f"{seconds}.{fraction:0{digits}d}", source, target, kind, *ports, name, total, sep="\t")
EOF
"""
_JOIN = r"""
cat > /tmp/join.py <<'EOF'
import base64, zlib

chunks = {}
for line in open("/tmp/tunnel.tsv"):
    head, payload = line.split("\t")[6].split(".")[:2]
    chunks[int(head.split("-")[0], 16)] = base64.b32decode(payload.upper() + "=" * (-len(payload) % 8))
assert sorted(chunks) == list(range(len(chunks)))
body = b"".join(chunks[n] for n in range(len(chunks)))
open("recovered.bin", "wb").write(zlib.decompress(body) if "zlib" in open("notes.md").read() else body)
EOF
"""
