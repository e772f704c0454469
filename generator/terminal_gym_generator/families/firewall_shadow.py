"""An old firewall rule set: what it decides, and which of its rules can never match."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    The rule set of the firewall between our data centres has grown for ten years, and {boss} wants it
    cleaned before the hardware is replaced. It is in `{where}/firewall/rules.conf`, its groups of networks
    in `{where}/firewall/groups.conf`, and `{where}/firewall/README.md` says how they are evaluated.
    """,
    """
    {boss} is moving our packet filter (`{where}/firewall/rules.conf`, with named groups in
    `{where}/firewall/groups.conf`) to a new product that counts every rule towards the licence. Rules
    that can never match should not come along. The evaluation is described in
    `{where}/firewall/README.md`.
    """,
)
_WANTED = (
    """
    A rule that is on is dead if no packet at all can reach and match it, because each packet that fits it is
    already decided by some rule before it, be it one or several together. Write `{where}/dead.txt` with
    the ids of all dead rules, one per line in the order of the rule set, and `{where}/rules.lean.conf`: the lines
    of `rules.conf` without those of dead rules and of rules that are off, otherwise the same lines in the same
    order, comments included. As a test of the new product, write `{where}/decisions.csv` with the header
    `packet,action,rule` for the packets in `{where}/packets.csv`, in their order: what the rule set does with each
    and which rule decides (`default` if none matches). Nothing in `{where}/firewall` may change.
    """,
    """
    Call a rule that is on dead if earlier rules, one or several of them together, decide every packet that it fits, so that it can never be
    the one that decides. The ids of the dead rules belong into `{where}/dead.txt`, a line each, in the rule set's order. `{where}/rules.lean.conf` is to
    be `rules.conf` less the lines of dead rules and of rules that are off; the remaining lines, comments too, stay as and where they are. To
    compare the new product with, we also need `{where}/decisions.csv`: header `packet,action,rule`, a row for each packet of `{where}/packets.csv` in the
    same order, with what the rule set does to it and the id of the rule that decides, or `default` if none fits. Leave `{where}/firewall` as it is.
    """,
)
_Box = tuple[tuple[int, int], ...]
_PROTOCOLS = ("tcp", "udp")
_PORTS = ((22, 22), (25, 25), (53, 53), (80, 80), (443, 443), (1024, 65535), (5432, 5432), (8000, 8099), (1, 65535))  # fmt: skip


@dataclass
class _Rule:
    """A rule; source and target are networks or names of groups."""

    action: str
    protocol: str
    source: str
    target: str
    ports: tuple[int, int]
    on: bool = True
    id: str = ""

    @property
    def line(self) -> str:
        """The rule as it stands in the file."""
        low, high = self.ports
        port = f" port {low}" if low == high else f" port {low}-{high}"
        port = "" if self.ports == (1, 65535) else port
        state = "" if self.on else "off "
        return f"{self.id}: {state}{self.action} {self.protocol} from {self.source} to {self.target}{port}"


class FirewallShadow(Family):
    """Find firewall rules that earlier ones hide, alone or together, and decide packets.

    Hard because several rules together may cover one, rules that are off cover nothing, groups hide
    networks, and near misses leave a single port or corner uncovered.
    """

    name = "firewall-shadow"
    domain = "networking"
    skills = ("firewall-analysis", "ruleset-reduction", "subnet-arithmetic")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        groups = {}
        for name in names.services(context.scale(2, 6)):
            nets = [_net(context, rng.choice((24, 26, 28))) for _ in range(rng.randint(2, 4))]
            groups[f"@{name}"] = sorted(map(str, nets))
        while True:
            rules = self._rules(context, sorted(groups))
            dead = _dead(rules, groups)
            live = [r for r in rules if r.on and r not in dead]
            packets = [self._packet(context, rules, groups) for _ in range(context.scale(20, 80))]
            decisions = [_decide(rules, groups, packet) for packet in packets]
            if len(dead) >= 3 and len({d[1] for d in decisions}) >= 4:
                break
        lines: list[str] = []
        for rule in rules:
            if rng.random() < 0.2:
                lines.append(f"# {rng.choice(_NOTES)} ({names.person().login})" if rng.random() < 0.3 else f"# {rng.choice(_NOTES)}")  # fmt: skip
            lines.append(rule.line)
        gone = {rule.line for rule in rules} - {rule.line for rule in live}
        part.file("firewall/rules.conf", "\n".join(lines) + "\n")
        table = "".join(f"{name} = {' '.join(nets)}\n" for name, nets in groups.items())
        part.file("firewall/groups.conf", table)
        part.file("firewall/README.md", _README.encode())
        ids = [f"p{n:04d}" for n in rng.sample(range(10_000), len(packets))]
        rows = [",".join([i, *packet]) for i, packet in zip(ids, packets, strict=True)]
        header = "packet,protocol,source,destination,port"
        part.file("packets.csv", "\n".join([header, *rows]) + "\n")
        part.title = "find dead firewall rules"
        part.ask(context.pick(_ASKS).format(boss=names.person().name, where=part.where))
        part.ask(context.pick(_WANTED).format(where=part.where))
        self._solve(part)
        wanted = [f"{i},{action},{by}" for i, (action, by) in zip(ids, decisions, strict=True)]
        lean = [line for line in lines if line not in gone]
        self._verify(part, [rule.id for rule in dead], wanted, lean)
        part.hide(*(rule.line for rule in dead))
        part.reveals(
            "rule",
            dead[-1].id,
            [rule.id for rule in live[:3]],
            "the last of the dead rules (by its id)",
            "rule",
        )
        return part

    @staticmethod
    def _rules(context: Context, groups: list[str]) -> list[_Rule]:
        """Random rules, and some that are hidden, or nearly hidden, by others before them."""
        rng, rules = context.rng, list[_Rule]()
        for _ in range(context.scale(10, 26)):
            ends = [
                rng.choice(groups)
                if rng.random() < 0.35
                else str(_net(context, rng.choice((20, 22, 24, 26))))
                for _ in range(2)
            ]
            protocol = rng.choice((*_PROTOCOLS, "any"))
            on = rng.random() > 0.12
            rules.append(_Rule(rng.choice(("allow", "deny")), protocol, ends[0], ends[1], rng.choice(_PORTS), on))  # fmt: skip
        for number in range(context.scale(4, 12)):
            base = rng.choice([r for r in rules if not r.target.startswith("@")])
            at = rules.index(base)
            net = IPv4Network(base.target)
            action = rng.choice(("allow", "deny"))
            hidden = _Rule(action, base.protocol, base.source, base.target, base.ports)
            kind = ("inside", "halves", "ports", "near", "off")[number % 5]
            if kind == "inside":
                hidden.target = str(rng.choice(list(net.subnets(2))))
            elif kind == "halves":
                pieces = [_Rule(rng.choice(("allow", "deny")), "any", base.source, str(half), base.ports) for half in net.subnets(1)]  # fmt: skip
                rules[at:at] = pieces
                at += len(pieces)
            elif kind == "ports" and base.protocol != "any":
                cut = rng.randint(2000, 9000)
                wide = [_Rule(rng.choice(("allow", "deny")), base.protocol, base.source, str(net.supernet(1)), part) for part in ((1, cut), (cut + 1, 65535))]  # fmt: skip
                rules[at:at] = wide
                hidden.ports = rng.choice(((1, 65535), (cut - 9, cut + 9)))
                at += 2
            elif kind == "near":
                hidden.target = str(net.supernet(1))
            else:
                base.on = number % 2 == 0
            rules.insert(rng.randint(at + 1, len(rules)), hidden)
        for number, rule in enumerate(rules):
            rule.id = f"r{10 * (number + 1)}"
        return rules

    @staticmethod
    def _packet(context: Context, rules: list[_Rule], groups: dict[str, list[str]]) -> list[str]:
        """A packet that fits, or nearly fits, some rule."""
        rng = context.rng
        rule = rng.choice(rules)
        ends = []
        for name in (rule.source, rule.target):
            net = IPv4Network(rng.choice(groups.get(name, [name])))
            near = net.supernet(1) if rng.random() < 0.15 else net
            ends.append(str(near[rng.randrange(near.num_addresses)]))
        protocol = rng.choice(_PROTOCOLS) if rule.protocol == "any" else rule.protocol
        return [protocol, *ends, str(rng.randint(*rule.ports))]

    @staticmethod
    def _solve(part: Part) -> None:
        part.do(
            "cat firewall/README.md firewall/groups.conf",
            "grep -vc '^#' firewall/rules.conf; cat firewall/rules.conf",
            "head -3 packets.csv; wc -l packets.csv",
            _MODEL,
            "python3 /tmp/model.py",
            _DECIDE,
            "python3 /tmp/decide.py > /tmp/decisions.csv; cut -d, -f3 /tmp/decisions.csv | sort | uniq -c | sort -rn | head",
            "(echo packet,action,rule; cat /tmp/decisions.csv) > decisions.csv",
            _DEAD,
            "python3 /tmp/dead.py | tee /tmp/dead.txt",
            "cut -d, -f3 /tmp/decisions.csv | sort -u | grep -xf /tmp/dead.txt || echo 'no packet was decided by a dead rule'",
            "sed 's/.*/^&: /' /tmp/dead.txt > /tmp/patterns; grep -vE -f /tmp/patterns firewall/rules.conf | grep -vE '^r[0-9]+: off ' > rules.lean.conf; wc -l rules.lean.conf",
            "rule=$(tail -1 /tmp/dead.txt); echo $rule",
            "cp /tmp/dead.txt dead.txt",
        )

    @staticmethod
    def _verify(part: Part, dead: list[str], decisions: list[str], lean: list[str]) -> None:
        path = part.path("decisions.csv")
        part.check(
            "dead.txt names the dead rules in order",
            f"assert lines({part.path('dead.txt')!r}) == {dead!r}",
        )
        for what, ours in (("a rule", False), ("the default", True)):
            rows = [row for row in decisions if row.endswith(",default") == ours]
            part.check(
                f"the packets that {what} decides are judged right",
                f"""
                found = lines({path!r})
                assert len(found) == {len(decisions) + 1} and found[0] == "packet,action,rule"
                for row in {rows!r}:
                    assert row in found, row
                """,
            )
        part.check(
            "decisions.csv keeps the packets' order",
            f"assert [x.split(',')[0] for x in lines({path!r})[1:]] == {[d.split(',')[0] for d in decisions]!r}",
        )
        part.check(
            "rules.lean.conf is the rule set without dead rules and rules that are off",
            f"assert lines({part.path('rules.lean.conf')!r}) == {lean!r}",
        )
        part.unchanged("rule set and packets are unchanged")
        part.output("dead.txt", "decisions.csv", "rules.lean.conf")


def _net(context: Context, size: int) -> IPv4Network:
    rng = context.rng
    return IPv4Network(
        f"10.{rng.randint(40, 43)}.{rng.randint(0, 63)}.{rng.randint(0, 255)}/{size}", strict=False
    )


def _boxes(rule: _Rule, groups: dict[str, list[str]]) -> list[_Box]:
    """What a rule matches, as boxes over protocol, source, target and port."""
    spans = [
        [(int(net[0]), int(net[-1])) for net in map(IPv4Network, groups.get(name, [name]))]
        for name in (rule.source, rule.target)
    ]
    protocol = (0, 1) if rule.protocol == "any" else (_PROTOCOLS.index(rule.protocol),) * 2
    return [(protocol, source, target, rule.ports) for source in spans[0] for target in spans[1]]


def _minus(box: _Box, other: _Box) -> list[_Box]:
    """What is left of a box without another."""
    if any(b[1] < o[0] or o[1] < b[0] for b, o in zip(box, other, strict=True)):
        return [box]
    left: list[_Box] = []
    for axis, ((low, high), (start, end)) in enumerate(zip(box, other, strict=True)):
        if low < start:
            left.append((*box[:axis], (low, start - 1), *box[axis + 1 :]))
        if end < high:
            left.append((*box[:axis], (end + 1, high), *box[axis + 1 :]))
        box = (*box[:axis], (max(low, start), min(high, end)), *box[axis + 1 :])
    return left


def _dead(rules: list[_Rule], groups: dict[str, list[str]]) -> list[_Rule]:
    """The rules that are on and can never match."""
    found: list[_Rule] = []
    before: list[_Box] = []
    for rule in rules:
        if not rule.on:
            continue
        left = mine = _boxes(rule, groups)
        for other in before:
            left = [piece for box in left for piece in _minus(box, other)]
        if not left:
            found.append(rule)
        before += mine
    return found


def _decide(rules: list[_Rule], groups: dict[str, list[str]], packet: list[str]) -> tuple[str, str]:
    """Action and deciding rule for a packet."""
    point = (
        _PROTOCOLS.index(packet[0]),
        int(IPv4Address(packet[1])),
        int(IPv4Address(packet[2])),
        int(packet[3]),
    )
    for rule in rules:
        for box in _boxes(rule, groups) if rule.on else ():
            if all(low <= value <= high for value, (low, high) in zip(point, box, strict=True)):
                return rule.action, rule.id
    return "deny", "default"


_NOTES = ("do not touch", "for the audit", "migration, temporary", "partners", "backup", "legacy")
_README = """\
# Evaluation

A rule is `ID: [off] ACTION PROTOCOL from SOURCE to TARGET [port N or N-M]`. Source and target are a network or a
group of `groups.conf`; `any` as protocol means tcp and udp, which are the only ones that reach the
firewall; a rule without `port` is for all ports, 1 to 65535; the port is the destination's.

Rules are tried from top to bottom. The first that is on (has no `off`) and fits a packet decides: `allow`
or `deny`. A packet that no rule fits is denied by default. Lines that begin with `#` are comments.
"""
_MODEL = r"""
cat > /tmp/model.py <<'EOF'
import re
from ipaddress import ip_network

groups = dict(line.split(" = ") for line in open("firewall/groups.conf"))
FORM = re.compile(r"(\w+): (off )?(allow|deny) (\w+) from (\S+) to (\S+)(?: port (\d+)(?:-(\d+))?)?$")


def spans(name):
    for text in groups.get(name, name).split():
        net = ip_network(text)
        yield int(net.network_address), int(net.broadcast_address)


rules = []
for line in open("firewall/rules.conf"):
    if line.startswith("#"):
        continue
    name, off, action, kind, source, target, low, high = FORM.match(line.strip()).groups()
    if not off:
        ports = (int(low), int(high or low)) if low else (1, 65535)
        kinds = {"tcp": (0, 0), "udp": (1, 1), "any": (0, 1)}[kind]
        rules.append((name, action, [(kinds, s, t, ports) for s in spans(source) for t in spans(target)]))

if __name__ == "__main__":
    print(len(rules), "rules are on;", sum(len(boxes) for *_, boxes in rules), "boxes")
EOF
"""
_DECIDE = r"""
cat > /tmp/decide.py <<'EOF'
import csv
from ipaddress import ip_address
from model import rules

for row in csv.DictReader(open("packets.csv")):
    at = (row["protocol"] == "udp", int(ip_address(row["source"])), int(ip_address(row["destination"])), int(row["port"]))
    fits = lambda box: all(low <= x <= high for x, (low, high) in zip(at, box))
    name, action = next(((n, a) for n, a, boxes in rules if any(map(fits, boxes))), ("default", "deny"))
    print(row["packet"], action, name, sep=",")
EOF
"""
_DEAD = r"""
cat > /tmp/dead.py <<'EOF'
from model import rules


def outside(box, cover):
    if any(b < c or d < a for (a, b), (c, d) in zip(box, cover)):
        yield box
        return
    box = list(box)
    for axis, (low, high) in enumerate(cover):
        a, b = box[axis]
        if a < low:
            yield tuple(box[:axis] + [(a, low - 1)] + box[axis + 1 :])
        if high < b:
            yield tuple(box[:axis] + [(high + 1, b)] + box[axis + 1 :])
        box[axis] = max(a, low), min(b, high)


earlier = []
for name, action, boxes in rules:
    rest = boxes
    for cover in earlier:
        rest = [piece for box in rest for piece in outside(box, cover)]
    if not rest:
        print(name)
    earlier += boxes
EOF
"""
