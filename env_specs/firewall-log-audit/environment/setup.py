"""Writes the firewall's rules and the packets of one morning."""

import ipaddress
import random
from functools import lru_cache
from pathlib import Path

FW = Path("/app/fw")
FILES = {
"SYNTAX.md": """\
# Rules

    group NAME = MEMBER, ... [except MEMBER, ...]     addresses
    ports NAME = PORT, ...                            ports
    rule ID allow|deny PROTOCOL from WHO to WHO [port PORT, ...]
    include FILE                                      relative to rules.fw, read in place
    default allow|deny

`#` begins a comment. A MEMBER is an address, a network in CIDR form, a range `a.b.c.d-e.f.g.h` (both
ends included), the name of a group, or `any`. WHO is one MEMBER or several with commas, and may have
an `except` of its own. PROTOCOL is `tcp`, `udp`, `icmp` or `any`. A PORT is a number, a range, or the
name of a `ports` line, and means the destination's port. A rule with `port` matches tcp and udp
only; a rule without `port` matches every port. Groups and ports are defined before they are used.

The first rule that matches decides; where none does, `default` does.

# Connections

The rules are asked for the first packet of a connection only. A tcp or udp packet is of a known
connection if an earlier packet of the same protocol was let through with the same two endpoints
(address and port), in this direction or in the other, and if the last packet of the connection
that was let through is at most 60 seconds (tcp) or 20 seconds (udp) old. It is let through as well
and decided by `state`. icmp has no connections.

# The log

One packet per line: milliseconds since midnight, protocol, source, destination, what the box did. For
tcp and udp an endpoint is `address:port`.
""",
"rules.fw": """\
# main rule set                                             last tidied: never
group bogons   = 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0/4
group office   = 10.1.0.0/16
group printers = 10.1.7.0/24
group staff    = office except printers
group vpn      = 10.8.0.0/16
group partners = 10.9.0.0/20
group inside   = office, vpn, partners
group servers  = 10.2.0.0/22
group web      = 10.2.0.16/28
group app      = 10.2.0.64/27
group db       = 10.2.1.0/27
group payroll  = 10.2.2.40-10.2.2.47
group dmz      = 172.20.0.0/24
ports admin    = 22, 3389, 5900-5910
ports websites = 80, 443

rule R010 deny  any  from bogons to any
rule R020 allow icmp from office, vpn to servers, dmz
rule R030 deny  tcp  from partners to payroll
rule R040 allow tcp  from partners to app port 443, 8443
rule R050 allow tcp  from staff to web, app port websites
rule R060 allow tcp  from 10.1.3.0/24 to web port 443          # marketing
include rules.d/mail.fw
rule R200 allow tcp  from staff, vpn to servers except payroll port admin
rule R210 allow tcp  from 10.1.3.77 to 10.2.0.0/24 port 22      # kiosk updates
rule R220 deny  tcp  from vpn to 10.2.0.0/22 port 5900-5905     # no screens over vpn
rule R230 allow tcp  from app to db port 5432, 6432
rule R240 allow tcp  from 10.2.0.72 to 10.2.1.8 port 5432
rule R250 deny  any  from any to payroll except 10.2.2.47
rule R260 allow tcp  from 10.1.20.0/24 to payroll port 443      # accounting
include rules.d/services.fw
rule R400 allow tcp  from any to 10.2.0.16-10.2.0.23 port 80
rule R410 allow tcp  from any to 10.2.0.24-10.2.0.31 port 80
rule R420 allow tcp  from office to web port 80
rule R430 allow udp  from vpn to servers port 4500-4510
rule R440 deny  udp  from vpn to 10.2.3.0/24 port 4505-4520
rule R450 allow any  from servers to dmz except 172.20.0.128/25
rule R460 deny  any  from app to dmz
rule R470 allow any  from 10.2.3.200 to servers                 # backup pulls
rule R480 deny  tcp  from 10.2.3.0/24 to db port 5432
rule R490 deny  icmp from any to any
rule R500 deny  any  from partners to dmz
default deny
""",
"rules.d/mail.fw": """\
# mail
group mailgw = 172.20.0.25, 172.20.0.26
ports mailin = 25, 465, 587
ports fetch  = 110, 143, 993, 995
rule R100 allow tcp  from any to mailgw port mailin
rule R110 allow tcp  from inside except printers to mailgw port fetch
rule R120 deny  tcp  from partners to mailgw port 25
rule R130 allow tcp  from vpn to mailgw port 993, 995
rule R140 allow tcp  from mailgw to any port 25
rule R150 deny  any  from mailgw to inside
""",
"rules.d/services.fw": """\
# what everybody needs
group time = 10.2.0.6, 10.2.0.7
rule R300 allow udp  from inside to 10.2.0.5 port 53
rule R310 allow udp  from inside, servers to time port 123
rule R320 allow udp  from printers to 10.2.0.6 port 123
rule R330 allow tcp  from printers to 10.2.3.10 port 9100-9107
rule R340 deny  any  from printers to any
rule R350 allow tcp  from office to 172.20.0.80 port websites, 8080
rule R360 allow tcp  from 10.1.7.128/25 to 172.20.0.80 port 443
""",
"tickets.md": """\
# Changes that have been decided

Each says what has to be let through or stopped; whatever no ticket speaks of stays as it is today.
Where two tickets speak of the same packets, the one with the higher number holds. No ticket changes
anything for packets from the bogons.

- T1  The databases grow: what `app` may reach on `db` today by R230 it may reach on
      10.2.1.32-10.2.1.39, too.
- T2  The kiosk, 10.1.3.77, is to reach the ports 80 and 443 (tcp) of `web` and nothing else at all.
- T3  Plain-text mail is over: nobody reaches tcp ports 110 and 143 of `mailgw` any more.
- T4  Partners are to reach nothing in `servers` but tcp port 8443 of `app`.
- T5  Everybody `inside`, partners and the kiosk included, is to reach tcp and udp port 53 of 10.2.0.5.
- T6  Accounting, 10.1.20.0/24, is to reach tcp port 443 of all of `payroll`.
""",
}
NETS = {
    "office": ["10.1.3.5", "10.1.3.77", "10.1.20.14", "10.1.20.15", "10.1.44.2", "10.1.44.3"],
    "printers": ["10.1.7.9", "10.1.7.140", "10.1.7.201"],
    "vpn": ["10.8.0.4", "10.8.3.9", "10.8.255.1"],
    "partners": ["10.9.1.1", "10.9.15.254", "10.9.16.1"],
    "servers": ["10.2.0.5", "10.2.0.6", "10.2.0.7", "10.2.0.17", "10.2.0.23", "10.2.0.24", "10.2.0.70", "10.2.0.72",
                "10.2.1.8", "10.2.1.31", "10.2.1.35", "10.2.2.39", "10.2.2.41", "10.2.2.47", "10.2.3.10", "10.2.3.200"],
    "dmz": ["172.20.0.25", "172.20.0.26", "172.20.0.80", "172.20.0.140", "172.20.0.9"],
    "world": ["198.51.100.9", "203.0.113.77", "169.254.4.4", "192.0.2.33"],
}
PORTS = [22, 25, 53, 80, 110, 123, 143, 443, 443, 465, 587, 993, 995, 3389, 4500, 4507, 4512, 5432, 5432, 5903, 5908,
         6432, 8080, 8443, 9100, 9108]
USUAL = [  # what the house really does
    ("office", ["10.2.0.17", "10.2.0.23", "10.2.0.24", "10.2.0.70"], "tcp", [80, 443]),
    ("world", ["10.2.0.17", "10.2.0.23", "10.2.0.24"], "tcp", [80, 80, 443]),
    ("partners", ["10.2.0.70", "10.2.0.72", "10.2.2.47", "10.2.0.24"], "tcp", [443, 8443, 80]),
    ("office", ["10.2.0.5", "10.2.0.72", "10.2.1.8", "10.2.2.41", "10.2.2.47", "10.2.3.10"], "tcp", [22, 443, 3389, 5903, 5908]),
    ("vpn", ["10.2.0.72", "10.2.1.8", "10.2.2.41", "10.2.2.47", "10.2.3.10"], "tcp", [22, 3389, 5903, 5908]),
    ("servers", ["10.2.1.8", "10.2.1.31", "10.2.1.35"], "tcp", [5432, 6432]),
    ("office", ["172.20.0.25", "172.20.0.26", "172.20.0.80"], "tcp", [25, 110, 143, 443, 587, 993, 8080]),
    ("vpn", ["172.20.0.25", "172.20.0.26"], "tcp", [25, 465, 993, 995]),
    ("partners", ["172.20.0.25", "172.20.0.26"], "tcp", [25, 110, 995]),
    ("printers", ["10.2.3.10"], "tcp", [9100, 9107, 9108]),
    ("printers", ["10.2.0.6", "10.2.0.7", "10.2.0.5"], "udp", [53, 123]),
    ("office", ["10.2.0.5", "10.2.0.6"], "udp", [53, 123]),
    ("vpn", ["10.2.3.10", "10.2.3.200", "10.2.0.5"], "udp", [4500, 4507, 4512, 53]),
    ("dmz", ["198.51.100.9", "10.1.3.5"], "tcp", [25]),
]
AGE = {"tcp": 60_000, "udp": 20_000}  # milliseconds that a connection is known without a packet
PAIRS = [("office", "servers"), ("vpn", "servers"), ("partners", "servers"), ("servers", "servers"), ("printers", "servers"),
         ("office", "dmz"), ("partners", "dmz"), ("servers", "dmz"), ("world", "dmz"), ("world", "servers"),
         ("dmz", "office"), ("vpn", "dmz"), ("printers", "dmz"), ("dmz", "world")]


def packets(rng):
    """Connections with their answers, some of them after the time-out; mixed and in order."""
    out = []
    for _ in range(1800):
        a, b = rng.choice(PAIRS)
        src, dst = rng.choice(NETS[a]), rng.choice(NETS[b])
        protocol = rng.choices(["tcp", "udp", "icmp"], [7, 3, 1])[0]
        at = rng.randrange(21_600_000, 43_200_000)
        if protocol == "icmp":
            out += [(at, protocol, src, dst)] if src != dst else []
            continue
        port = rng.choice(PORTS)
        if rng.random() < 0.6:
            a, targets, protocol, ports = rng.choice(USUAL)
            src, dst, port = rng.choice(NETS[a]), rng.choice(targets), rng.choice(ports)
        elif protocol == "udp":
            port = rng.choice([53, 53, 123, 123, 4500, 4505, 4507, 4512, port])
        if src == dst:
            continue
        here, there = f"{src}:{rng.randrange(32768, 60999)}", f"{dst}:{port}"
        out.append((at, protocol, here, there))
        limit = AGE[protocol]
        for _ in range(rng.choice([0, 0, 1, 2, 4])):
            at += rng.choice([15, 1500, 7000, limit - 400, limit, limit + 1, limit + 9000])
            here, there = (there, here) if rng.random() < 0.7 else (here, there)
            out.append((at, protocol, here, there))
    return sorted(out)


def read(name):
    """The statements of a rules file, includes read in place."""
    for line in FILES[name].splitlines():
        words = line.partition("#")[0].split()
        if words[:1] == ["include"]:
            yield from read(words[1])
        elif words:
            yield words


class Box:
    """The firewall itself."""

    def __init__(self):
        self.groups, self.ports, self.rules = {}, {}, []
        for kind, name, *rest in read("rules.fw"):
            if kind in ("group", "ports"):
                getattr(self, "groups" if kind == "group" else "ports")[name] = " ".join(rest[1:])
            elif kind == "rule":
                action, protocol, words = rest[0], rest[1], " ".join(rest[3:])
                who, _, ports = words.partition(" port ")
                self.rules.append((name, action, protocol, *who.split(" to "), ports))
        self.last = {}

    @lru_cache
    def holds(self, who, address):
        members, _, without = who.partition(" except ")
        return any(self.member(m.strip(), address) for m in members.split(",")) and not (
            without and self.holds(without, address))

    def member(self, member, address):
        if member in self.groups:
            return self.holds(self.groups[member], address)
        if member == "any":
            return True
        ip = ipaddress.ip_address(address)
        if "-" in member:
            first, last = map(ipaddress.ip_address, member.split("-"))
            return first <= ip <= last
        return ip in ipaddress.ip_network(member)

    def port_fits(self, ports, port):
        for one in ports.split(","):
            one = one.strip()
            if one in self.ports:
                if self.port_fits(self.ports[one], port):
                    return True
            elif int(one.split("-")[0]) <= port <= int(one.split("-")[-1]):
                return True
        return False

    def decide(self, at, protocol, source, target):
        """Which rule lets a packet through or stops it."""
        pair = (protocol, *sorted([source, target]))
        if protocol != "icmp" and at - self.last.get(pair, -10**9) <= AGE[protocol]:
            self.last[pair] = at
            return "state", "allow"
        (src, _), (dst, port) = (end.partition(":")[::2] for end in (source, target))
        for name, action, wanted, who, to, ports in self.rules:
            fits = wanted in ("any", protocol) and self.holds(who, src) and self.holds(to, dst)
            if fits and (not ports or protocol != "icmp" and self.port_fits(ports, int(port))):
                break
        else:
            name, action = "default", "deny"
        if action == "allow":
            self.last[pair] = at
        return name, action


def build():
    """Write everything; gives the hits and the lines on which the box did not do as it should."""
    for name, text in FILES.items():
        path = FW / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    rng, box, out = random.Random("packets of a morning"), Box(), []
    hits = dict.fromkeys([*(rule[0] for rule in box.rules), "default", "state"], 0)
    for packet in packets(rng):
        name, action = box.decide(*packet)
        hits[name] += 1
        out.append([*packet, action])
    # A few packets that the box treated otherwise.
    wrong = sorted(rng.sample(range(len(out)), 11))
    for index in wrong:
        out[index][-1] = "deny" if out[index][-1] == "allow" else "allow"
    (FW / "packets.log").write_text("".join(" ".join(map(str, row)) + "\n" for row in out))
    return hits, [index + 1 for index in wrong]


if __name__ == "__main__":
    build()
