"""DNS zones that have drifted from the inventory, to be mended forward and reverse."""

from __future__ import annotations

from dataclasses import dataclass, field

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    Before {company} moves its name servers, {boss} wants the zones right at last. `{where}/zones` holds
    the forward zone `{domain}` and its reverse zones; the truth about machines and aliases is in
    the inventory `{where}/inventory.csv`. People have edited the zones by hand for years, under the rules
    in `{where}/POLICY.md`, and not always well.
    """,
    """
    The zone files in `{where}/zones` (forward zone `{domain}` and the reverse zones) no longer match
    what really stands in the racks. {boss} keeps the inventory, `{where}/inventory.csv`, and that is
    what counts; what a zone has to look like is in `{where}/POLICY.md`. The new name servers refuse
    zones with such faults, so they have to be mended by tonight.
    """,
)
_WANTED = (
    """
    Mend the zone files in place, so that together they say what inventory and policy ask for, no more and no
    less. A zone in which a record has to change gets a new serial as the policy says; zones in order
    stay byte for byte as they are. Records that are right keep their TTL. Also write
    `{where}/changes.csv` with the header `zone,name,type,old,new`: one row for each name and type whose
    records differ, the zone without its trailing dot, the name fully qualified with it, `old` and `new` being the record
    data (hosts fully qualified with a trailing dot; empty where there is no record), ordered by zone,
    name and type as plain text. The serial is not a change in this sense. Inventory and policy stay as they are.
    """,
    """
    When you are finished, the zone files say exactly what inventory and policy demand. Do it in place: correct records keep their TTL, a zone that needs a change gets a new serial by the policy, and one that needs none is not
    to be touched at all, not by a byte. The record of it is `{where}/changes.csv`, header `zone,name,type,old,new`, with a row for each name and type whose records were not right: the zone without the dot at its end, the
    full name with it, and the record data before and after (host names in full, with a dot at the end; nothing where there is no record). Sort by zone, name and type as plain text. New serials are not listed. Do not
    edit inventory or policy.
    """,
)


@dataclass
class _Zone:
    """A zone: its records by name and type, and what is wrong with it."""

    origin: str
    serial: int
    good: dict[tuple[str, str], str] = field(default_factory=dict)
    bad: dict[tuple[str, str], str] = field(default_factory=dict)
    ttl: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def changes(self) -> list[tuple[str, str]]:
        """The names and types that have to change."""
        keys = {*self.good, *self.bad}
        return sorted(key for key in keys if self.good.get(key) != self.bad.get(key))


class ZoneRepair(Family):
    """Mend zone files against an inventory: addresses, aliases, pointers, serials.

    Hard because names are relative to changing origins, faults sit in pairs of zones, some records are
    nobody's business (mail, text, delegation), and sound zones must not be touched.
    """

    name = "zone-repair"
    domain = "networking"
    skills = ("dns-records", "zone-editing")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        domain, today = names.domain, f"2024{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
        forward = _Zone(f"{domain}.", int(today) * 100 + rng.randint(1, 7))
        octet = rng.randint(10, 120)
        reverse = {}
        for number in range(context.scale(2, 4)):
            net = f"10.{octet}.{number * 3 + rng.randint(0, 2)}"
            origin = ".".join(reversed(net.split("."))) + ".in-addr.arpa."
            old = 2023_00_00_00 + rng.randint(1, 12) * 10_000 + rng.randint(1, 28) * 100
            reverse[net] = _Zone(origin, rng.choice((old + rng.randint(0, 9), forward.serial)))
        inventory: list[str] = []
        machines: list[tuple[str, str]] = []
        nets = sorted(reverse)
        taken: set[str] = set()
        for index, host in enumerate(names.hosts(context.scale(14, 60))):
            net = nets[index % len(nets)]
            address = f"{net}.{rng.randint(2, 250)}"
            if address in taken:
                continue
            taken.add(address)
            machines.append((host, address))
            inventory.append(f"{host},host,{address}")
            forward.good[f"{host}.{domain}.", "A"] = address
            pointer = f"{address.rsplit('.', 1)[1]}.{reverse[net].origin}"
            reverse[net].good[pointer, "PTR"] = f"{host}.{domain}."
        for alias in names.services(context.scale(4, 14)):
            host = rng.choice(machines)[0]
            inventory.append(f"{alias},alias,{host}")
            forward.good[f"{alias}.{domain}.", "CNAME"] = f"{host}.{domain}."
        self._break(context, forward, reverse, machines, domain)
        rng.shuffle(inventory)
        part.file("inventory.csv", "\n".join(["name,kind,target", *inventory]) + "\n")
        part.file("POLICY.md", _POLICY.format(today=today))
        zones = {f"{domain}.zone": forward}
        zones |= {f"{zone.origin.rstrip('.')}.zone": zone for zone in reverse.values()}
        for file, zone in zones.items():
            text = _render(context, zone, domain)
            part.file(f"zones/{file}", text.encode(), transient=bool(zone.changes))
        part.title = "mend DNS zones"
        words = {"where": part.where, "company": names.company, "domain": domain}
        part.ask(context.pick(_ASKS).format(boss=names.person().name, **words))
        part.ask(context.pick(_WANTED).format(where=part.where))
        self._solve(part, domain)
        self._verify(part, zones, int(today), domain)
        odd = [
            key[0].split(".")[0] for key in forward.changes if key[1] == "A" and key in forward.bad
        ]
        odd = [host for host in odd if (f"{host}.{domain}.", "A") in forward.good]
        others = [host for host, _ in machines if host not in odd]
        part.hide(odd[0], *(data for zone in zones.values() for data in zone.good.values()))
        part.reveals(
            "machine",
            odd[0],
            others[:3],
            "the first machine, by name, whose address record was changed (not added or removed)",
            "machine",
        )
        return part

    @staticmethod
    def _break(
        context: Context,
        forward: _Zone,
        reverse: dict[str, _Zone],
        machines: list[tuple[str, str]],
        domain: str,
    ) -> None:
        """Let the zones drift; one reverse zone stays sound."""
        rng = context.rng
        for zone in (forward, *reverse.values()):
            zone.bad = dict(zone.good)
            zone.ttl = {key: rng.choice((300, 3600, 7200)) for key in zone.good if rng.random() < 0.3}  # fmt: skip
        sound = rng.choice(sorted(reverse))
        movable = [entry for entry in machines if entry[1].rsplit(".", 1)[0] != sound]
        rng.shuffle(movable)
        used = {address for _, address in machines}
        kinds = ["moved", "gone", "no-ptr", "wrong-ptr", "no-a", "alias", "stale", "no-alias"]
        kinds += rng.choices(kinds, k=context.scale(0, 10))
        aliases = [key for key in forward.good if key[1] == "CNAME"]
        rng.shuffle(aliases)
        for kind in kinds:
            if kind in ("alias", "no-alias"):
                if not aliases:
                    continue
                key = aliases.pop()
                host = rng.choice(machines)[0]
                if kind == "no-alias" or forward.good[key] == f"{host}.{domain}.":
                    del forward.bad[key]
                else:
                    forward.bad[key] = f"{host}.{domain}."
                continue
            if not movable:
                break
            host, address = movable.pop()
            net, last = address.rsplit(".", 1)
            zone, a, ptr = reverse[net], (f"{host}.{domain}.", "A"), (f"{last}.{reverse[net].origin}", "PTR")  # fmt: skip
            if kind == "moved":
                old = next(f"{net}.{n}" for n in range(2, 255) if f"{net}.{n}" not in used)
                used.add(old)
                forward.bad[a] = old
                del zone.bad[ptr]
                zone.bad[f"{old.rsplit('.', 1)[1]}.{zone.origin}", "PTR"] = f"{host}.{domain}."
            elif kind == "no-ptr":
                del zone.bad[ptr]
            elif kind == "no-a":
                del forward.bad[a]
            elif kind == "wrong-ptr":
                zone.bad[ptr] = f"{context.names.host()}.{domain}."
            else:
                ghost = f"{context.names.host()}.{domain}."
                free = next(f"{net}.{n}" for n in range(254, 1, -1) if f"{net}.{n}" not in used)
                used.add(free)
                forward.bad[ghost, "A"] = free
                if kind == "gone":
                    zone.bad[f"{free.rsplit('.', 1)[1]}.{zone.origin}", "PTR"] = ghost

    @staticmethod
    def _solve(part: Part, domain: str) -> None:
        part.do(
            "cat POLICY.md",
            "ls -l zones; head -30 zones/*.zone | cut -c1-110",
            "cut -d, -f2 inventory.csv | sort | uniq -c; head -4 inventory.csv",
            _READER,
            "for f in zones/*.zone; do echo $f; python3 /tmp/zone.py $f | awk '{print $2}' | sort | uniq -c; done",
            f'awk -F, \'$2 == "host" {{print $1 ".{domain}. A " $3}} $2 == "alias" {{print $1 ".{domain}. CNAME " $3 ".{domain}."}}\' inventory.csv > /tmp/want-forward.txt; wc -l /tmp/want-forward.txt',
            f'awk -F, \'$2 == "host" {{split($3, p, "."); print p[4] "." p[3] "." p[2] "." p[1] ".in-addr.arpa. PTR " $1 ".{domain}."}}\' inventory.csv > /tmp/want-reverse.txt; wc -l /tmp/want-reverse.txt',
            _COMPARE,
            "python3 /tmp/compare.py | LC_ALL=C sort -t, -k1,3 > /tmp/changes.csv; cat /tmp/changes.csv",
            _MEND,
            "for z in $(cut -d, -f1 /tmp/changes.csv | sort -u); do python3 /tmp/mend.py $z; done",
            "python3 /tmp/compare.py; head -5 zones/*.zone",
            "machine=$(awk -F, '$3 == \"A\" && $4 && $5 {print $2}' /tmp/changes.csv | LC_ALL=C sort | head -1 | cut -d. -f1); echo $machine",
            "(echo zone,name,type,old,new; cat /tmp/changes.csv) > changes.csv",
        )

    @staticmethod
    def _verify(part: Part, zones: dict[str, _Zone], today: int, domain: str) -> None:
        part.helper(_PARSER)
        rows = [
            f"{zone.origin.rstrip('.')},{name},{kind},{zone.bad.get((name, kind), '')},{zone.good.get((name, kind), '')}"
            for zone in zones.values()
            for name, kind in zone.changes
        ]
        rows.sort(key=lambda row: row.split(",")[:3])
        part.check(
            "changes.csv lists every record that was wrong, missing or stale",
            f"assert lines({part.path('changes.csv')!r}) == {['zone,name,type,old,new', *rows]!r}",
        )
        for file, zone in zones.items():
            if not zone.changes:
                continue
            path = part.path(f"zones/{file}")
            records = sorted(" ".join((*key, data)) for key, data in zone.good.items())
            kept = {
                " ".join(key): zone.ttl.get(key, _TTL)
                for key in zone.good
                if key not in zone.changes
            }
            part.check(
                f"the zone {zone.origin} says what the inventory says",
                f"""
                serial, found, ttls, other = zone({path!r})
                assert sorted(found) == {records!r}
                assert {{key: ttls[key] for key in {sorted(kept)!r}}} == {kept!r}
                """,
            )
            serial = zone.serial + 1 if zone.serial >= today * 100 else today * 100
            part.check(
                f"the zone {zone.origin} has its new serial, and the rest is as it was",
                f"""
                serial, found, ttls, other = zone({path!r})
                assert serial == {serial}, serial
                assert sorted(other) == {sorted(_others(zone, domain))!r}, other
                """,
            )
        part.unchanged("sound zones, inventory and policy are unchanged")
        part.output("changes.csv")
        name = f"zones/{next(iter(zones))}"
        part.mutate(
            f"sed -i \"$(grep -nE 'IN +A ' {name} | head -1 | cut -d: -f1)d\" {name}",
            f"sed -i '0,/CNAME/s/CNAME .*/CNAME nowhere.example./' {name}",
            f"sed -i 's/[0-9]\\{{10\\}}/2020010100/' {name}",
            f"rm {name}",
        )


def _others(zone: _Zone, domain: str) -> list[str]:
    """The records that are nobody's business, without the serial."""
    at = zone.origin
    found = [f"{at} SOA ns1.anycast.example. hostmaster.{domain}. 7200 900 1209600 300"]
    found += [f"{at} NS ns{n}.anycast.example." for n in (1, 2)]
    if not at.endswith("arpa."):
        found += [
            f"{at} MX 10 mx1.mailhub.example.",
            f'{at} TXT "v=spf1 include:mailhub.example -all"',
        ]
        found.append(f"lab.{at} NS ns1.lab-dns.example.")
    return found


def _render(context: Context, zone: _Zone, domain: str) -> str:
    """A zone file as people write them."""
    rng, at = context.rng, zone.origin
    lines = [
        f"$ORIGIN {at}",
        f"$TTL {_TTL}",
        f"@   IN SOA ns1.anycast.example. hostmaster.{domain}. (",
        f"        {zone.serial} ; serial",
        "        7200 900 1209600 300 )",
        "    IN NS ns1.anycast.example.",
        "    IN NS ns2.anycast.example.",
    ]
    if not at.endswith("arpa."):
        lines += [
            "    IN MX 10 mx1.mailhub.example.",
            '    IN TXT "v=spf1 include:mailhub.example -all"',
            "lab IN NS ns1.lab-dns.example. ; the lab runs its own",
        ]
    records = list(zone.bad.items())
    rng.shuffle(records)
    parent = at.split(".", 1)[1]
    # From difficulty 3 on, the last part of a reverse zone is written under a shorter origin.
    turn = (
        len(records) * 2 // 3 if at.endswith("arpa.") and context.difficulty >= 3 else len(records)
    )
    for place, ((name, kind), data) in enumerate(records):
        if place == turn:
            lines.append(f"$ORIGIN {parent}")
        base = parent if place >= turn else at
        owner = name if rng.random() < 0.15 else name.removesuffix(f".{base}")
        if kind == "CNAME" and rng.random() < 0.6:
            data = data.removesuffix(f".{base}")
        ttl = f" {zone.ttl[name, kind]}" if (name, kind) in zone.ttl else ""
        note = f" ; {context.pick(('rack 4', 'see ticket', 'temporary', 'do not remove'))}"
        lines.append(f"{owner:<24}{ttl} IN {kind:<6}{data}{note if rng.random() < 0.15 else ''}")
        if rng.random() < 0.06:
            lines.append(
                f"; {context.pick(('printers', 'moved in 2022', 'old stuff below', '---'))}"
            )
    return "\n".join(lines) + "\n"


_TTL = 1800
_POLICY = """\
# Zones

- Every host of the inventory has one A record in the forward zone, and its address has one PTR record
  in the reverse zone of its /24, which points to the host.
- Every alias has one CNAME record, which points to its host.
- A and CNAME records of names that are not in the inventory go; so do PTR records of addresses
  that are not in it.
- SOA (but for the serial), NS, MX and TXT records are the mail and DNS teams' and stay.
- Serials are YYYYMMDDnn. Today is {today}. A zone that is changed gets today's date and nn 00; if its
  serial is already that or higher, it is raised by one.
- All names and targets may be written relative to the origin in force or in full.
"""
_PARSER = r'''
def zone(path):
    """Serial, records, their TTLs, and all other records of a zone file."""
    origin = owner = "."
    default, serial, found, ttls, other = 0, None, [], {}, []
    raw = [line.split(";")[0].rstrip() for line in lines(path)]
    joined, depth = [], 0
    for line in raw:
        if depth:
            joined[-1] += " " + line.strip()
        else:
            joined.append(line)
        depth += line.count("(") - line.count(")")
    full = lambda name: origin if name == "@" else name if name.endswith(".") else name + "." + origin
    for line in joined:
        words = line.replace("(", " ").replace(")", " ").split()
        if not words:
            continue
        if words[0] == "$ORIGIN":
            origin = full(words[1])
            continue
        if words[0] == "$TTL":
            default = int(words[1])
            continue
        if not line[0].isspace():
            owner = full(words.pop(0)).lower()
        ttl = default
        while words[0] == "IN" or words[0].isdigit():
            ttl = int(words[0]) if words[0].isdigit() else ttl
            words.pop(0)
        kind, rest = words[0], words[1:]
        if kind == "SOA":
            serial = int(rest.pop(2))
        if kind in ("CNAME", "PTR", "NS"):
            rest[0] = full(rest[0]).lower()
        if kind in ("A", "CNAME", "PTR"):
            found.append(" ".join([owner, kind, *rest]))
            ttls[owner + " " + kind] = ttl
        else:
            other.append(" ".join([owner, kind, *rest]))
    return serial, found, ttls, other
'''
_READER = r"""
cat > /tmp/zone.py <<'EOF'
# Prints name, type, data and line number of every A, CNAME and PTR record.
import sys


def records(path):
    origin = ""
    for number, line in enumerate(open(path), 1):
        words = line.split(";")[0].split()
        if words[:1] == ["$ORIGIN"]:
            origin = words[1]
        for kind in ("A", "CNAME", "PTR"):
            if kind in words[1:]:
                full = [w if w.endswith(".") or kind == "A" and w == words[-1] else f"{w}.{origin}" for w in (words[0], words[-1])]
                yield full[0], kind, full[1], number


if __name__ == "__main__":
    for record in records(sys.argv[1]):
        print(*record)
EOF
"""
_COMPARE = r"""
cat > /tmp/compare.py <<'EOF'
import glob, os
from zone import records

want = {}
for file in ("/tmp/want-forward.txt", "/tmp/want-reverse.txt"):
    for line in open(file):
        name, kind, data = line.split()
        want[name, kind] = data
for path in glob.glob("zones/*.zone"):
    zone = os.path.basename(path)[:-5]
    have = {(name, kind): data for name, kind, data, _ in records(path)}
    mine = {key: data for key, data in want.items() if key[0].endswith("." + zone + ".")}
    for key in {*have, *mine}:
        old, new = have.get(key, ""), mine.get(key, "")
        if old != new:
            print(zone, *key, old, new, sep=",")
EOF
"""
_MEND = r"""
cat > /tmp/mend.py <<'EOF'
import csv, re, sys
from zone import records

name = sys.argv[1]
path = f"zones/{name}.zone"
changes = [row for row in csv.reader(open("/tmp/changes.csv")) if row[0] == name]
wrong = {(row[1], row[2]) for row in changes}
drop = {number for owner, kind, _, number in records(path) if (owner, kind) in wrong}
text = "".join(line for number, line in enumerate(open(path), 1) if number not in drop)
text += "".join(f"{owner} IN {kind} {new}\n" for _, owner, kind, _, new in changes if new)
today = int(re.search(r"Today is (\d+)", open("POLICY.md").read())[1]) * 100
serial = re.search(r"(\d{10}) ; serial", text)
new = today if int(serial[1]) < today else int(serial[1]) + 1
open(path, "w").write(text.replace(serial[0], f"{new} ; serial", 1))
EOF
"""
