"""A machine that does not boot cleanly: an ordering cycle among its units, and their start order."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from random import Random

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    {host} hangs at boot now and then: systemd finds an ordering cycle and throws out a job that happens to be in it.
    {boss} has copied the machine's unit files to `{where}/etc` (what the administrators wrote) and
    `{where}/lib` (what packages brought). Break the cycle as our conventions in
    `{where}/CONVENTIONS.md` ask for, and tell us in what order things start afterwards.
    """,
    """
    Since the last change {boss} gets "Found ordering cycle" on {host}. The unit files are in `{where}/lib` (from packages)
    and `{where}/etc` (ours, which win); `{where}/CONVENTIONS.md` says how they are read here and
    how a cycle is to be broken. Please do that, and work out the start order.
    """,
)
_WANTED = (
    """
    The transaction is everything that `{target}` pulls in. Break its cycle by one change, made as the conventions
    say, and touch nothing else. Write `{where}/order.txt`: all units of the transaction in the order in which they start
    once the cycle is gone, one per line; whenever several could be next, the first by name (as plain text) is.
    Write `{where}/report.json` with the keys `cycle` (the units of the cycle, sorted), `removed` (an object with
    `before` and `after`: the unit that had to start before the other, and that other, in the ordering you removed),
    `units` (how many the transaction has), `unused` (the units in the two folders that the transaction does not
    pull in, sorted) and `depth` (the number of units on the longest chain of orderings within the
    transaction, after the change).
    """,
    """
    What counts is the transaction: everything that `{target}` pulls in. Make the one change that the conventions allow to break its cycle, and no other. `{where}/order.txt` then lists the
    transaction's units, one per line, as they start after that; where more than one could start next, take the first by name as plain text. `{where}/report.json` is an object: `cycle`, the sorted units of the cycle; `removed`, the
    ordering that you took out, as an object whose `before` is the unit that had to start first and whose `after` is the one that had to wait for it; `units`, the size of the transaction; `unused`, the units with a file in either folder that are not part
    of it, sorted; and `depth`, how many units the longest chain of orderings in the transaction has once the cycle is broken.
    """,
)


@dataclass
class _Unit:
    """A unit, with its settings by key, and those of a drop-in."""

    name: str
    packaged: bool
    settings: dict[str, list[str]] = field(default_factory=dict)
    extra: dict[str, list[str]] = field(default_factory=dict)
    requires: set[str] = field(default_factory=set)
    wants: set[str] = field(default_factory=set)

    def seal(self, rng: Random) -> None:
        """Write the requirements down as settings."""
        for other in sorted(self.requires):
            self.settings.setdefault(rng.choice(("Requires", "BindsTo")), []).append(other)
        if self.wants - self.requires:
            self.settings["Wants"] = sorted(self.wants - self.requires)


class UnitOrdering(Family):
    """Find the ordering cycle in a transaction of units, break it by convention, and order the rest.

    Hard because requirement and ordering are different things, orderings are written from either side, drop-ins and
    overriding files change them, and only one link of the cycle may go.
    """

    name = "unit-ordering"
    domain = "system_admin"
    skills = ("unit-dependencies", "boot-order")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        target = f"{names.project()}.target"
        services = [f"{name}.service" for name in names.services(context.scale(12, 30))]
        rng.shuffle(services)
        units = {name: _Unit(name, rng.random() < 0.5) for name in [target, *services]}
        inside = services[: len(services) * 4 // 5]
        units[target].packaged = False
        reached = [target]
        for name in inside:
            parent = units[rng.choice(reached[-6:])]
            (parent.wants if rng.random() < 0.5 else parent.requires).add(name)
            reached.append(name)
        outside = services[len(inside) :]
        # Orderings follow a hidden line-up; the target comes last.
        line = rng.sample(inside, len(inside))
        for place, name in enumerate(line):
            for earlier in rng.sample(line[:place], min(place, rng.choice((0, 1, 1, 2)))):
                _order(context, units, earlier, name)
                if rng.random() < 0.3:
                    units[name].requires.add(earlier)
        cycle, removed = self._close(context, units, line)
        units[removed[1]].requires.discard(removed[0])
        units[removed[1]].wants.add(removed[0])
        for name in inside:
            _order(context, units, name, target)
        for name in outside:
            units[name].wants.add(rng.choice(inside))
            _order(context, units, name, rng.choice(inside))
        for name in sorted(units):
            units[name].seal(rng)
        for name in sorted(units):
            self._write(part, context, units[name])
        part.file("CONVENTIONS.md", _CONVENTIONS.encode())
        part.title = "break an ordering cycle"
        words = {"where": part.where, "boss": names.person().name, "host": names.host()}
        part.ask(context.pick(_ASKS).format(**words))
        part.ask(context.pick(_WANTED).format(where=part.where, target=target))
        self._solve(part, target)
        pairs = _pairs(units, {target, *inside}) - {removed}
        order, depth = _sorted(pairs, {target, *inside})
        report = {
            "cycle": sorted(cycle),
            "removed": {"before": removed[0], "after": removed[1]},
            "units": len(inside) + 1,
            "unused": sorted(outside),
            "depth": depth,
        }
        self._verify(part, units, removed, order, report)
        part.hide(*removed)
        part.reveals(
            "unit",
            removed[1].removesuffix(".service"),
            [name.removesuffix(".service") for name in inside if name != removed[1]][:3],
            "the unit that no longer waits for another (without its suffix)",
            "unit",
        )
        return part

    @staticmethod
    def _close(
        context: Context, units: dict[str, _Unit], line: list[str]
    ) -> tuple[list[str], tuple[str, str]]:
        """Make one cycle in which exactly one ordering is not backed by a requirement."""
        rng = context.rng
        while True:
            places = sorted(rng.sample(range(len(line)), context.scale(3, 6)))
            ring = [line[place] for place in places]
            chain = set(itertools.pairwise(ring))
            pairs = _pairs(units, set(line)) | chain
            between = _after(pairs, ring[0]) & _after({(b, a) for a, b in pairs}, ring[-1])
            inner = {pair for pair in pairs if pair[0] in ring and pair[1] in ring}
            if between == set(ring[1:-1]) and inner == chain:
                break
        for earlier, later in chain:
            units[later].requires.add(earlier)
        for earlier, later in sorted(chain - _pairs(units, set(line))):
            _order(context, units, earlier, later)
        removed = (ring[-1], ring[0])
        # The wrong one is always written by an administrator, so that it can be removed.
        units[ring[0]].packaged = False
        units[ring[0]].settings.setdefault("After", []).append(ring[-1])
        return ring, removed

    @staticmethod
    def _write(part: Part, context: Context, unit: _Unit) -> None:
        """The unit's file, an overridden one of the package in some cases, and its drop-in."""
        rng = context.rng
        mine = not unit.packaged
        text = _render(unit.name, unit.settings)
        part.file(f"{'etc' if mine else 'lib'}/{unit.name}", text)
        if mine and context.difficulty >= 2 and rng.random() < 0.4:
            stale = {"After": [rng.choice(("network.target", "nss-lookup.target"))]}
            part.file(f"lib/{unit.name}", _render(unit.name, stale))
        if unit.extra:
            part.file(f"etc/{unit.name}.d/50-local.conf", _render("", unit.extra))

    @staticmethod
    def _solve(part: Part, target: str) -> None:
        part.do(
            "cat CONVENTIONS.md",
            "ls -R etc lib | head -70",
            f"cat etc/{target}; for f in $(ls -d etc/*.d | head -2); do cat $f/*; done",
            "comm -12 <(cd etc && ls *.service | sort) <(cd lib && ls *.service | sort)",
            _MODEL,
            f"python3 /tmp/model.py {target} | tee /tmp/model.txt | cut -c1-300",
            "read -r before after < <(sed -n 's/^weak //p' /tmp/model.txt); unit=${after%.service}; echo $before, $after",
            'grep -rn "$before" etc/$after $(ls -d etc/$after.d 2> /dev/null); grep -n "$after" {etc,lib}/$before 2> /dev/null',
            'sed -i -E "/^After=/{s/(=| )$before( |$)/\\1\\2/; s/  +/ /; s/= /=/; s/ $//}; /^After=$/d" etc/$after; cat etc/$after',
            f"python3 /tmp/model.py {target} | grep -E '^(cycle|weak)'",
            _ORDER,
            f"python3 /tmp/order.py {target} > /tmp/order.txt; tail -2 /tmp/order.txt",
            "head -n -1 /tmp/order.txt > order.txt; wc -l order.txt",
            'words() { sed -n "s/^$1 //p" /tmp/model.txt | jq -R \'split(" ") | sort\'; }; words cycle; words unused',
            'jq -n --argjson cycle "$(words cycle)" --argjson unused "$(words unused)" --arg b $before --arg a $after --argjson n $(wc -l < order.txt) --argjson depth $(tail -1 /tmp/order.txt) \'{$cycle, removed: {before: $b, after: $a}, units: $n, $unused, $depth}\' > report.json',
        )

    @staticmethod
    def _verify(
        part: Part,
        units: dict[str, _Unit],
        removed: tuple[str, str],
        order: list[str],
        report: dict[str, object],
    ) -> None:
        path = part.path("report.json")
        part.check(
            "order.txt is the start order",
            f"assert lines({part.path('order.txt')!r}) == {order!r}",
        )
        for keys in (("cycle", "removed"), ("units", "unused", "depth")):
            part.check(
                f"report.json: {', '.join(keys)}",
                f"""
                report, wanted = json_file({path!r}), { {key: report[key] for key in keys}!r}
                assert {{key: report.get(key) for key in wanted}} == wanted
                assert set(report) == set({sorted(report)!r})
                """,
            )
        before, after = removed
        changed = part.path(f"etc/{after}")
        left = [name for name in units[after].settings.get("After", []) if name != before]
        others = {key: values for key, values in units[after].settings.items() if key != "After"}
        part.helper(_READ_UNIT)
        part.check(
            "the ordering is gone from its file, and nothing else is",
            f"""
            settings = read_unit({changed!r})
            assert sorted(settings.pop("After", [])) == {sorted(left)!r}
            assert {{k: sorted(v) for k, v in settings.items()}} == { {k: sorted(v) for k, v in {**others, **_base(after)}.items()}!r}
            """,
        )
        part.transient.add(changed)
        part.unchanged("all other unit files and the conventions are unchanged")
        part.check(
            "no unit files were added",
            f"""
            found = []
            for place in {[part.path("etc"), part.path("lib")]!r}:
                for folder, _, names in os.walk(place):
                    found += [os.path.join(folder, name) for name in names]
            assert sorted(found) == {sorted(p for p in part.files if "/etc/" in p or "/lib/" in p)!r}
            """,
        )
        part.output("order.txt", "report.json")
        part.mutate(
            f"sed -i '/^\\[Unit\\]/a After={before}' etc/{after}",
            f"sed -i '/^Description/d' etc/{after}",
            f"rm etc/{after}",
            "echo '# seen' >> lib/$(ls lib | head -1)",
        )


def _order(context: Context, units: dict[str, _Unit], before: str, after: str) -> None:
    """Write an ordering from one of its sides."""
    rng = context.rng
    if context.difficulty >= 3 and rng.random() < 0.15:
        units[after].extra.setdefault("After", []).append(before)
    elif rng.random() < 0.35:
        units[before].settings.setdefault("Before", []).append(after)
    else:
        units[after].settings.setdefault("After", []).append(before)


def _values(unit: _Unit, key: str) -> list[str]:
    return unit.settings.get(key, []) + unit.extra.get(key, [])


def _pairs(units: dict[str, _Unit], names: set[str]) -> set[tuple[str, str]]:
    """All orderings among `names`, as (before, after)."""
    found = {(name, later) for name in names for later in _values(units[name], "Before")}
    found |= {(earlier, name) for name in names for earlier in _values(units[name], "After")}
    return {pair for pair in found if pair[0] in names and pair[1] in names}


def _after(pairs: set[tuple[str, str]], start: str) -> set[str]:
    """The units that come after `start`, directly or not."""
    seen: set[str] = set()
    queue = [start]
    for name in queue:
        new = {later for earlier, later in pairs if earlier == name} - seen
        seen |= new
        queue += sorted(new)
    return seen


def _sorted(pairs: set[tuple[str, str]], names: set[str]) -> tuple[list[str], int]:
    """The start order, first by name among those that may start, and the longest chain."""
    order: list[str] = []
    depth: dict[str, int] = {}
    while len(order) < len(names):
        ready = [n for n in names - set(order) if all(a in depth for a, b in pairs if b == n)]
        name = min(ready)
        depth[name] = 1 + max((depth[a] for a, b in pairs if b == name), default=0)
        order.append(name)
    return order, max(depth.values())


def _base(name: str) -> dict[str, list[str]]:
    """The settings of a unit that have nothing to do with others."""
    stem, kind = name.rsplit(".", 1)
    found = {"Description": [stem, "of", "this", "machine"]}
    return found | ({"ExecStart": [f"/opt/{stem}/bin/{stem}d"]} if kind == "service" else {})


def _render(name: str, settings: dict[str, list[str]]) -> str:
    """A unit file, or a drop-in if there is no name; two values to a line at most."""
    lines = ["[Unit]"]
    base = _base(name) if name else {}
    lines += [f"Description={' '.join(base['Description'])}"] if base else []
    for key, values in settings.items():
        lines += [f"{key}={' '.join(values[at : at + 2])}" for at in range(0, len(values), 2)]
    if "ExecStart" in base:
        lines += ["", "[Service]", f"ExecStart={base['ExecStart'][0]}"]
    return "\n".join(lines) + "\n"


_CONVENTIONS = """\
# Units on our machines

1. A file in `etc` replaces the file of the same name in `lib` entirely. Drop-ins (`etc/UNIT.d/*.conf`) add to what the
   unit says. A setting may stand on several lines; its values add up. Names of which there is no
   unit file are ignored.
2. `Wants=`, `Requires=` and `BindsTo=` pull the named units in, and what these pull in, and so on. They say nothing about
   the order.
3. `After=` and `Before=` order two units that are both pulled in; they pull nothing in. It makes no difference
   from which side an ordering is written.
4. An ordering is backed if the later unit requires the earlier one with `Requires=` or `BindsTo=` (`Wants=` does not
   count). Of a cycle, the one ordering that is not backed is removed, where it is written. Files in `lib`
   belong to packages and are never edited.
"""
_READ_UNIT = """
import os

def read_unit(path):
    settings = {}
    for line in lines(path):
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            settings.setdefault(key.strip(), []).extend(value.split())
    return settings
"""
_MODEL = r"""
cat > /tmp/model.py <<'EOF'
import collections, glob, os, sys


def load():
    units = {}
    for folder in ("lib", "etc"):
        for path in glob.glob(folder + "/*.*"):
            if os.path.isfile(path):
                files = [path, *sorted(glob.glob(f"etc/{os.path.basename(path)}.d/*.conf"))]
                unit = units[os.path.basename(path)] = collections.defaultdict(list)
                for line in "".join(open(file).read() for file in files).splitlines():
                    key, _, value = line.partition("=")
                    unit[key] += value.split()
    return units


def transaction(units, target):
    pulled = [target]
    for name in pulled:
        for key in ("Wants", "Requires", "BindsTo"):
            pulled += [other for other in dict.fromkeys(units[name][key]) if other in units and other not in pulled]
    pairs = {(a, name) for name in pulled for a in units[name]["After"]}
    pairs |= {(name, b) for name in pulled for b in units[name]["Before"]}
    return pulled, {(a, b) for a, b in pairs if a in pulled and b in pulled}


if __name__ == "__main__":
    units = load()
    pulled, pairs = transaction(units, sys.argv[1])
    print("pulled", *pulled)
    print("unused", *sorted(set(units) - set(pulled)))
    ring = set(pairs)
    while True:
        rest = {(a, b) for a, b in ring if a in {y for _, y in ring} and b in {x for x, _ in ring}}
        if rest == ring:
            break
        ring = rest
    print("cycle", *sorted({name for pair in ring for name in pair}))
    for a, b in ring:
        if a not in units[b]["Requires"] + units[b]["BindsTo"]:
            print("weak", a, b)
EOF
"""
_ORDER = r"""
cat > /tmp/order.py <<'EOF'
import heapq, sys
from model import load, transaction

pulled, pairs = transaction(load(), sys.argv[1])
waits = {name: {a for a, b in pairs if b == name} for name in pulled}
ready, depth = [name for name in pulled if not waits[name]], {}
heapq.heapify(ready)
while ready:
    name = heapq.heappop(ready)
    depth[name] = 1 + max((depth[a] for a, b in pairs if b == name), default=0)
    print(name)
    for later in {b for a, b in pairs if a == name}:
        waits[later].discard(name)
        if not waits[later]:
            heapq.heappush(ready, later)
assert len(depth) == len(pulled)
print(max(depth.values()))
EOF
"""
