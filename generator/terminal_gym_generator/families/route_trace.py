"""Flows to be followed through the routing tables of a company's routers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from random import Random

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    Since the re-addressing last weekend some connections at {company} go nowhere, and some go round in
    circles. {boss} has dumped interfaces, rules and routes of all routers into `{where}/routers`
    and collected the affected and unaffected flows in `{where}/flows.csv`. Tell us what happens to
    each of these flows. `{where}/README.md` says how the dumps are to be read.
    """,
    """
    {boss}, who looks after {company}'s network, wants proof before touching any router: for each flow in
    `{where}/flows.csv`, which routers does a packet pass and where does it end? The state of
    every router (addresses, policy rules, routes, as the `ip` tool prints them) is in
    `{where}/routers`; how a packet is forwarded is laid down in `{where}/README.md`.
    """,
)
_WANTED = (
    """
    Write `{where}/traces.csv` with the header `flow,verdict,path`, in the order of the flows. `path` lists the
    routers in the order they are visited, joined by `>`, starting at the router to whose network the source
    belongs. `verdict` is `delivered` (the last router has the destination's network attached), `loop` (the
    path then ends with the first router that is visited a second time), `blackhole`, `no-route` or
    `dead-gateway` (the next hop is no router's address). Also write `{where}/load.csv` with the header
    `router,flows`: for every router the number of flows that visit it, most first, equal ones by name.
    Do not change the dumps.
    """,
    """
    Each flow gets a row in `{where}/traces.csv` (header `flow,verdict,path`, same order as the flows). The path names the routers that the packet visits, first the one that has the source's network, with `>` between
    them. The verdicts: `delivered` if the last router has the destination's network attached, `no-route`, `blackhole`, `dead-gateway` if no router has the next hop's address, and `loop` as soon as a
    router is visited again, which is then the path's last entry. `{where}/load.csv`, header `router,flows`, says for all routers how many of the flows visit them: busiest first, equally busy ones by name. The
    dumps are not to be changed.
    """,
)


@dataclass
class _Router:
    """A router: addresses by neighbour or network, rules, routes by table."""

    name: str
    lans: list[IPv4Network] = field(default_factory=list)
    links: dict[str, tuple[IPv4Address, IPv4Address]] = field(default_factory=dict)
    rules: list[tuple[IPv4Network, str]] = field(default_factory=list)
    routes: list[_Route] = field(default_factory=list)


@dataclass
class _Route:
    """One route; `via` is None for attached networks and black holes."""

    target: IPv4Network
    via: IPv4Address | None
    kind: str = "unicast"
    metric: int = 0
    table: str = "main"
    down: bool = False


class RouteTrace(Family):
    """Follow flows through many routers' tables: longest prefix, metrics, policy rules, faults.

    Hard because more specific routes hide in long dumps, the lower metric wins, routes on links that are
    down do not count, and policy rules choose another table by source.
    """

    name = "route-trace"
    domain = "networking"
    skills = ("longest-prefix-match", "path-tracing", "subnet-arithmetic")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        labels = [f"{names.site()}-rt{rng.randint(1, 9)}" for _ in range(context.scale(5, 12))]
        while True:
            routers = _network(rng, labels)
            suspects = _faults(context, routers)
            flows = self._flows(rng, routers, suspects, context.scale(15, 70))
            traces = [_trace(routers, source, target) for source, target in flows]
            load = Counter(name for _, path in traces for name in set(path))
            order = sorted(routers, key=lambda r: (-load[r.name], r.name))
            clear = load[order[0].name] > load[order[1].name]
            if clear and {"delivered", "loop", "blackhole", "no-route"} <= {v for v, _ in traces}:
                break
        for router in routers:
            for file, text in _dump(rng, router).items():
                part.file(f"routers/{router.name}/{file}", text.encode())
        ids = [f"f{n:03d}" for n in sorted(rng.sample(range(1000), len(flows)))]
        rows = [f"{i},{source},{target}\n" for i, (source, target) in zip(ids, flows, strict=True)]
        part.file("flows.csv", "flow,source,destination\n" + "".join(rows))
        part.file("README.md", _README.encode())
        part.title = "trace flows through routing tables"
        words = {"where": part.where, "company": names.company, "boss": names.person().name}
        part.ask(
            context.pick(_ASKS).format(**words), context.pick(_WANTED).format(where=part.where)
        )
        self._solve(part)
        table = [
            f"{i},{verdict},{'>'.join(path)}"
            for i, (verdict, path) in zip(ids, traces, strict=True)
        ]
        loads = [f"{router.name},{load[router.name]}" for router in order]
        self._verify(part, table, loads)
        part.hide(*(router.name for router in routers))
        part.reveals(
            "router",
            order[0].name,
            [router.name for router in order[1:4]],
            "the router that most flows visit",
            "router",
        )
        return part

    @staticmethod
    def _flows(
        rng: Random, routers: list[_Router], suspects: list[IPv4Network], count: int
    ) -> list[tuple[IPv4Address, IPv4Address]]:
        lans = [lan for router in routers for lan in router.lans]
        nowhere = IPv4Network("172.31.0.0/16")
        flows = []
        for _ in range(count):
            dice = rng.random()
            goal = rng.choice(suspects if dice < 0.5 else lans) if dice < 0.9 else nowhere
            flows.append((_host(rng, rng.choice(lans)), _host(rng, goal)))
        return flows

    @staticmethod
    def _solve(part: Part) -> None:
        part.do(
            "cat README.md; head -4 flows.csv; wc -l flows.csv",
            "ls -R routers | head -20",
            "r=routers/$(ls routers | head -1); tail -n +1 $r/addr.txt $r/rules.txt; head -20 $r/routes.txt",
            "cat routers/*/routes.txt | awk '{print $1}' | grep -v '^[0-9]' | sort | uniq -c; grep -c linkdown routers/*/routes.txt",
            "cat routers/*/rules.txt | sort | uniq -c | sort -rn | head",
            _LOAD,
            "python3 /tmp/tables.py",
            _TRACE,
            "python3 /tmp/trace.py > /tmp/traces.csv; head -5 /tmp/traces.csv",
            "cut -d, -f2 /tmp/traces.csv | sort | uniq -c",
            "(echo flow,verdict,path; cat /tmp/traces.csv) > traces.csv",
            'for r in $(ls routers); do echo $r,$(cut -d, -f3 /tmp/traces.csv | grep -cE "(^|>)$r(>|$)"); done | LC_ALL=C sort -t, -k2,2nr -k1,1 > /tmp/load.csv',
            "router=$(head -1 /tmp/load.csv | cut -d, -f1); echo $router",
            "(echo router,flows; cat /tmp/load.csv) > load.csv",
        )

    @staticmethod
    def _verify(part: Part, table: list[str], loads: list[str]) -> None:
        traces = part.path("traces.csv")
        part.check(
            "traces.csv holds every flow with its verdict",
            f"""
            found = [line.split(",")[:2] for line in lines({traces!r})]
            assert found == {[row.split(",")[:2] for row in ["flow,verdict,path", *table]]!r}
            """,
        )
        for what, delivered in (("delivered", True), ("lost", False)):
            rows = [row for row in table if (",delivered," in row) == delivered]
            part.check(
                f"the paths of the {what} flows are right",
                f"""
                found = set(lines({traces!r}))
                for row in {rows!r}:
                    assert row in found, row
                """,
            )
        part.check(
            "load.csv counts the flows of every router",
            f"assert lines({part.path('load.csv')!r}) == {['router,flows', *loads]!r}",
        )
        part.unchanged("dumps and flows are unchanged")
        part.output("traces.csv", "load.csv")


def _host(rng: Random, network: IPv4Network) -> IPv4Address:
    return network[rng.randint(1, network.num_addresses - 2)]


def _network(rng: Random, labels: list[str]) -> list[_Router]:
    """Routers in a tree with some extra links, and correct routes to all their networks."""
    routers, count = [_Router(label) for label in labels], len(labels)
    octet = rng.randint(16, 120)
    third = iter(rng.sample(range(256), 3 * count))
    for router in routers:
        for _ in range(rng.randint(1, 3)):
            size = rng.choice((22, 23, 24, 24, 25))
            block = IPv4Network(f"10.{octet}.{next(third)}.0/{size}", strict=False)
            if not any(block.overlaps(lan) for other in routers for lan in other.lans):
                router.lans.append(block)
        if not router.lans:
            router.lans.append(IPv4Network(f"10.{octet + 1}.{next(third)}.0/24"))
    edges = [(index, rng.randrange(index)) for index in range(1, count)]
    extra = [tuple(rng.sample(range(count), 2)) for _ in range(count // 2)]
    edges += [(a, b) for a, b in extra if (a, b) not in edges and (b, a) not in edges]
    for number, (a, b) in enumerate(dict.fromkeys(tuple(sorted(edge)) for edge in edges)):
        net = IPv4Network(f"192.168.{200 + number // 64}.{number % 64 * 4}/30")
        routers[a].links[routers[b].name] = (net[1], net[2])
        routers[b].links[routers[a].name] = (net[2], net[1])
    by_name = {router.name: router for router in routers}
    for router in routers:
        router.routes += [_Route(lan, None) for lan in router.lans]
    hub = _hops(by_name, routers[0].name)
    for goal in routers:
        hops = _hops(by_name, goal.name)
        for router in routers:
            if router is goal:
                continue
            via = router.links[hops[router.name]][1]
            up = router is not routers[0] and via == router.links[hub[router.name]][1]
            if not up or rng.random() < 0.3:
                router.routes += [_Route(lan, via) for lan in goal.lans]
    everything = IPv4Network("0.0.0.0/0")
    for router in routers[1:]:
        router.routes.append(_Route(everything, router.links[hub[router.name]][1]))
    return routers


def _hops(routers: dict[str, _Router], goal: str) -> dict[str, str]:
    """The next router towards `goal` from every other one (breadth first)."""
    found, queue = {goal: ""}, [goal]
    for name in queue:
        for other in routers[name].links:
            if other not in found:
                found[other] = name
                queue.append(other)
    return found


def _faults(context: Context, routers: list[_Router]) -> list[IPv4Network]:
    """Break things; gives the networks that are worth a flow."""
    rng, suspects = context.rng, list[IPv4Network]()
    for number in range(context.scale(4, 14)):
        victim = rng.choice(routers)
        lan = rng.choice(victim.lans)
        piece = rng.choice(list(lan.subnets(new_prefix=lan.prefixlen + rng.randint(1, 3))))
        others = [router for router in routers if router is not victim]
        router = rng.choice([r for r in others if victim.name in r.links] if number % 2 else others)
        peer = rng.choice(sorted(router.links))
        kind = ("loop", "blackhole", "dead", "worse", "down")[number % 5]
        suspects += [piece, lan]
        if kind == "loop":
            other = next(r for r in routers if r.name == peer)
            _add(router, _Route(piece, router.links[peer][1]))
            if other is not victim:
                _add(other, _Route(piece, other.links[router.name][1]))
        elif kind == "blackhole":
            _add(router, _Route(piece, None, kind=rng.choice(("blackhole", "unreachable"))))
        elif kind == "dead":
            _add(router, _Route(piece, IPv4Address(f"192.168.250.{rng.randint(1, 250)}")))
        elif kind == "worse":
            for route in router.routes:
                if route.target == lan and route.via:
                    _add(router, _Route(lan, router.links[peer][1], metric=200))
                    break
        else:
            router.routes.append(_Route(piece, router.links[peer][1], down=True))
    if context.difficulty >= 3:
        for _ in range(context.scale(1, 4)):
            router = rng.choice([r for r in routers if len(r.links) > 1])
            table = str(rng.randint(100, 110))
            source = rng.choice([lan for other in routers for lan in other.lans])
            router.rules.append((source, table))
            goal = rng.choice(suspects) if rng.random() < 0.5 else IPv4Network("10.0.0.0/8")
            via = router.links[rng.choice(sorted(router.links))][1]
            _add(router, _Route(goal, via, table=table))
    return suspects


def _add(router: _Router, route: _Route) -> None:
    """Add a route, unless there is one that the rules do not tell from it."""
    key = (route.target, route.table, route.metric)
    if key not in [(r.target, r.table, r.metric) for r in router.routes if not r.down]:
        router.routes.append(route)


def _trace(
    routers: list[_Router], source: IPv4Address, target: IPv4Address
) -> tuple[str, list[str]]:
    """Verdict and path of a packet."""
    owner = {link[0]: router for router in routers for link in router.links.values()}
    router = next(r for r in routers if any(source in lan for lan in r.lans))
    path: list[str] = []
    while True:
        path.append(router.name)
        if router.name in path[:-1]:
            return "loop", path
        tables = [table for origin, table in router.rules if source in origin] + ["main"]
        for table in tables:
            fits = [
                r for r in router.routes if r.table == table and target in r.target and not r.down
            ]
            if fits:
                break
        else:
            return "no-route", path
        best = min(fits, key=lambda r: (-r.target.prefixlen, r.metric))
        if best.kind != "unicast":
            return "blackhole", path
        if best.via is None:
            return "delivered", path
        if best.via not in owner:
            return "dead-gateway", path
        router = owner[best.via]


def _dump(rng: Random, router: _Router) -> dict[str, str]:
    """What `ip -br addr`, `ip rule` and `ip route show table all` print."""
    ports = {peer: f"eth{n}" for n, peer in enumerate(router.links)}
    addr = [f"{ports[peer]:16} UP {own}/30" for peer, (own, _) in router.links.items()]
    addr += [f"lan{n:<13} UP {lan[1]}/{lan.prefixlen}" for n, lan in enumerate(router.lans)]
    rules = ["0:\tfrom all lookup local"]
    rules += [f"{1000 + 10 * n}:\tfrom {lan} lookup {t}" for n, (lan, t) in enumerate(router.rules)]
    rules += ["32766:\tfrom all lookup main", "32767:\tfrom all lookup default"]
    lines = [
        f"{link[0]}/30 dev {ports[peer]} proto kernel scope link src {link[0]}".replace(
            str(link[0]) + "/30", str(IPv4Network(f"{link[0]}/30", strict=False)), 1
        )
        for peer, link in router.links.items()
    ]
    for route in router.routes:
        target = "default" if route.target.prefixlen == 0 else str(route.target)
        if route.kind != "unicast":
            line = f"{route.kind} {target}"
        elif route.via is None:
            line = f"{target} dev lan{router.lans.index(route.target)} proto kernel scope link src {route.target[1]}"
        else:
            port = next((ports[p] for p, ends in router.links.items() if ends[1] == route.via), "eth0")  # fmt: skip
            line = f"{target} via {route.via} dev {port} proto static"
        line += f" table {route.table}" if route.table != "main" else ""
        line += f" metric {route.metric}" if route.metric else ""
        lines.append(line + (" linkdown" if route.down else ""))
    rng.shuffle(lines)
    return {
        "addr.txt": "\n".join(addr) + "\n",
        "rules.txt": "\n".join(rules) + "\n",
        "routes.txt": "\n".join(lines) + "\n",
    }


_README = """\
# How to read the dumps

One folder per router: `addr.txt` (interfaces, state and address), `rules.txt` (policy rules, by priority)
and `routes.txt` (all routes; one without `table` is in the table `main`).

1. A source belongs to the router that has its network on a `lan` interface; the packet starts there.
2. A router goes through its rules in order of priority. A rule that matches the source names a table.
   If the table has a route for the destination, that decides; else the next rule is tried. The tables
   `local` and `default` hold nothing of interest here.
3. Within a table the longest prefix wins, among equal prefixes the lowest metric (none means 0).
   Routes marked `linkdown` do not count at all.
4. `blackhole` and `unreachable` routes end the packet's life; both are reported as a black hole.
5. A route with `scope link` means that the destination is attached. Otherwise the packet goes to the
   router that has the gateway's address.
"""
_LOAD = r"""
cat > /tmp/tables.py <<'EOF'
import glob, os
from ipaddress import ip_address, ip_interface, ip_network

owner, home, rules, routes = {}, {}, {}, {}
for folder in sorted(glob.glob("routers/*")):
    name = os.path.basename(folder)
    for line in open(f"{folder}/addr.txt"):
        port, _, address = line.split()
        owner[ip_interface(address).ip] = name
        if port.startswith("lan"):
            home[ip_interface(address).network] = name
    rules[name] = []
    for line in sorted(open(f"{folder}/rules.txt"), key=lambda line: int(line.split(":")[0])):
        word = line.split()
        rules[name].append((ip_network("0.0.0.0/0" if word[2] == "all" else word[2]), word[4]))
    routes[name] = {}
    for line in open(f"{folder}/routes.txt"):
        word = line.split()
        if word[-1] == "linkdown":
            continue
        kind = word.pop(0) if word[0] in ("blackhole", "unreachable") else ""
        value = lambda key, default: word[word.index(key) + 1] if key in word else default
        target = ip_network("0.0.0.0/0" if word[0] == "default" else word[0])
        via = ip_address(value("via", "0.0.0.0"))
        entry = (target, int(value("metric", 0)), kind, via)
        routes[name].setdefault(value("table", "main"), []).append(entry)

if __name__ == "__main__":
    print(len(owner), "addresses;", {name: sum(map(len, tables.values())) for name, tables in routes.items()})
EOF
"""
_TRACE = r"""
cat > /tmp/trace.py <<'EOF'
import csv
from tables import home, ip_address, owner, routes, rules

for flow in csv.DictReader(open("flows.csv")):
    source, goal = ip_address(flow["source"]), ip_address(flow["destination"])
    at, path, verdict = next(name for net, name in home.items() if source in net), [], ""
    while not verdict:
        path.append(at)
        if path.count(at) > 1:
            verdict = "loop"
            break
        fits = []
        for origin, table in rules[at]:
            if source in origin and not fits:
                fits = [r for r in routes[at].get(table, []) if goal in r[0]]
        if not fits:
            verdict = "no-route"
            break
        target, metric, kind, via = min(fits, key=lambda r: (-r[0].prefixlen, r[1]))
        if kind:
            verdict = "blackhole"
        elif via == ip_address("0.0.0.0"):
            verdict = "delivered"
        elif via not in owner:
            verdict = "dead-gateway"
        else:
            at = owner[via]
    print(flow["flow"], verdict, ">".join(path), sep=",")
EOF
"""
