"""Raw click events to be cut into sessions and counted through a funnel."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Collection

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part
from terminal_gym_generator.rounding import clear

_ASKS = (
    """
    {company} tried {count} variants of its checkout page, and {boss} wants to know which one leads more visits to a purchase.
    The raw events of the trial are in `{where}/events` (JSON Lines, compressed, one file per collector).
    """,
    """
    The experiment on our checkout ({count} variants) has ended. Its events lie in `{where}/events`, one compressed
    JSON Lines file per collector, and {boss} needs the numbers before the meeting.
    """,
    """
    {boss} asks which of the {count} variants of the shop sells best. All there is are the events in
    `{where}/events`: compressed JSON Lines from several collectors, with everything that collectors do wrong.
    """,
)
_RULES = """
An event has `id`, `user`, `ts` (milliseconds since 1970), `type` and `agent`; events of type `assign` also have `variant`. Collectors send events twice and
out of order: of events with the same `id` only one counts (they are the same otherwise). Users any of whose events has an `agent` that contains `bot`
(in any case) are left out altogether, and so are users who were assigned to more than one variant or to none. A user's other events, in the order of `ts` (equal ones by
`id` as plain text), form sessions: a new one begins with the first event and after every gap of more than {gap} minutes. `assign` events
belong to no session. A session reaches step k of the funnel {funnel} if the types of the first k steps occur in it in this order, whatever
lies between them.
"""
_WANTED = (
    """
    Write `{where}/{table}`: CSV with the header `variant,users,sessions,{columns},rate`, a line for each variant, sorted by
    name: users with at least one session, sessions, sessions that reached each step, and the percentage of sessions
    that reached the last one, with two decimals. Write `{where}/{report}`, a JSON object: `best` (variant with
    the highest rate, the first by name of equal ones), `bots` (number of users left out as bots), `conflicting` (users, other than bots, with more than one variant), `duplicates` (number of superfluous
    events over all files) and `z` (the pooled two-proportion z statistic of the best variant's sessions against all other
    variants' sessions together, 3 decimals). The events must stay as they are.
    """,
    """
    The table goes to `{where}/{table}` (CSV, header `variant,users,sessions,{columns},rate`, variants in alphabetical order; users
    are those with a session, the columns named by steps count sessions that got there, the rate is the share of
    sessions at the last step in percent with two decimals). Beside it `{where}/{report}` says, as one JSON object,
    the `best` variant by rate (the first by name of equal ones), its `z` (two-proportion z statistic with pooled variance, its sessions against those of all others together, 3
    decimals), how many users were dropped as `bots` or, not being bots, as `conflicting` (several variants), and how many superfluous events (`duplicates`) the files hold. Do not change the events.
    """,
)
_SOLVE = """
cat > /tmp/sessions.py <<'EOF'
import glob, gzip, json, sys
events, duplicates = {}, 0
for path in sorted(glob.glob("events/*.gz")):
    for line in gzip.open(path, "rt"):
        event = json.loads(line)
        duplicates += event["id"] in events
        events[event["id"]] = event
variants, bots, trails = {}, set(), {}
for e in events.values():
    if "bot" in e["agent"].lower():
        bots.add(e["user"])
    if e["type"] == "assign":
        variants.setdefault(e["user"], set()).add(e["variant"])
    else:
        trails.setdefault(e["user"], []).append(e)
conflicting = {u for u, v in variants.items() if len(v) > 1} - bots
sessions = []
for user, trail in trails.items():
    if user in bots or len(variants.get(user, ())) != 1:
        continue
    last = None
    for e in sorted(trail, key=lambda e: (e["ts"], e["id"])):
        if last is None or e["ts"] - last > @GAP@ * 60000:
            sessions.append({"user": user, "variant": min(variants[user]), "types": []})
        sessions[-1]["types"].append(e["type"])
        last = e["ts"]
json.dump({"sessions": sessions, "bots": len(bots), "conflicting": len(conflicting), "duplicates": duplicates}, open("/tmp/sessions.json", "w"))
print(len(events), len(sessions), len(bots), len(conflicting), duplicates)
EOF
"""
_TABLE = """
cat > /tmp/table.py <<'EOF'
import json, math, sys
FUNNEL = @FUNNEL@
data = json.load(open("/tmp/sessions.json"))
rows = {}
for s in data["sessions"]:
    row = rows.setdefault(s["variant"], {"users": set(), "n": 0, "steps": [0] * len(FUNNEL)})
    row["users"].add(s["user"])
    row["n"] += 1
    step = 0
    for kind in s["types"]:
        if step < len(FUNNEL) and kind == FUNNEL[step]:
            row["steps"][step] += 1
            step += 1
with open(sys.argv[1], "w") as file:
    print("variant,users,sessions," + ",".join(FUNNEL) + ",rate", file=file)
    for name, row in sorted(rows.items()):
        print(name, len(row["users"]), row["n"], *row["steps"], f"{100 * row['steps'][-1] / row['n']:.2f}", sep=",", file=file)
best = max(sorted(rows), key=lambda v: rows[v]["steps"][-1] / rows[v]["n"])
n, x = rows[best]["n"], rows[best]["steps"][-1]
m = sum(r["n"] for r in rows.values()) - n
y = sum(r["steps"][-1] for r in rows.values()) - x
p = (x + y) / (n + m)
z = (x / n - y / m) / math.sqrt(p * (1 - p) * (1 / n + 1 / m))
json.dump({"best": best, "z": round(z, 3), **{k: data[k] for k in ("bots", "conflicting", "duplicates")}}, open(sys.argv[2], "w"), indent=2)
EOF
"""
_AGENTS = (
    "Mozilla/5.0 (X11; Linux)",
    "Mozilla/5.0 (Macintosh)",
    "Mozilla/5.0 (Windows NT 10.0)",
    "ShopApp/4.2",
)
_BOTS = ("Googlebot/2.1", "UptimeRoBot/3", "bot-check 1.0")


class SessionFunnel(Family):
    """Cut raw events into sessions and compare the variants of an experiment.

    Hard because events repeat, arrive out of order and come from bots and from users who saw
    several variants, and because the funnel's order counts.
    """

    name = "session-funnel"
    domain = "data_science"
    skills = ("sessionisation", "experiment-analysis", "deduplication")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        variants = sorted(names.project() for _ in range(context.scale(2, 5)))
        funnel = [
            *rng.choice((["view"], ["view", "search"])),
            "cart",
            *rng.choice(([], ["address"])),
            "pay",
        ]
        gap = rng.choice((20, 30, 45))
        appeal = dict(
            zip(
                variants,
                rng.sample([x / 100 for x in range(50, 90, 4)], len(variants)),
                strict=True,
            )
        )
        files: list[list[str]] = [[] for _ in range(context.scale(2, 5))]
        users, sessions = dict.fromkeys(variants, 0), dict.fromkeys(variants, 0)
        reached = {v: [0] * len(funnel) for v in variants}
        counts = {"bots": 0, "conflicting": 0, "duplicates": 0}
        start = 1_710_000_000_000

        def emit(user: str, ts: int, kind: str, agent: str, variant: str = "") -> None:
            event: dict[str, object] = {
                "id": names.token(11),
                "user": user,
                "ts": ts,
                "type": kind,
                "agent": agent,
            }
            event |= {"variant": variant} if variant else {}
            copies = 2 if rng.random() < 0.05 else 1
            counts["duplicates"] += copies - 1
            for _ in range(copies):
                rng.choice(files).append(json.dumps(event))

        least = context.scale(60, 260)
        for number in itertools.count():
            if number >= least and _steady({v: (sessions[v], reached[v][-1]) for v in variants}):
                break
            user, roll = f"u{rng.randint(1000, 9999)}{number}", rng.random()
            fate = (
                "bot"
                if roll < 0.06
                else "both"
                if roll < 0.12
                else "none"
                if roll < 0.16
                else "fine"
            )
            variant, agent = rng.choice(variants), rng.choice(_AGENTS)
            ts = start + rng.randint(0, 10 * 86_400_000)
            if fate != "none":
                emit(user, ts, "assign", agent, variant)
            if fate == "both":
                emit(
                    user,
                    ts + rng.randint(1000, 10**8),
                    "assign",
                    agent,
                    rng.choice([v for v in variants if v != variant]),
                )
            counts["bots"] += fate == "bot"
            counts["conflicting"] += fate == "both"
            users[variant] += fate == "fine"
            for visit in range(rng.choice((1, 1, 2, 3))):
                kinds: list[str] = []
                for kind in funnel:
                    kinds += [
                        rng.choice(("browse", "help", funnel[0]))
                        for _ in range(rng.choice((0, 0, 1)))
                    ]
                    if kind != funnel[0] and rng.random() > appeal[variant]:
                        break
                    kinds.append(kind)
                if rng.random() < 0.12:  # in the wrong order
                    kinds = [funnel[-1], *kinds[:-1]] if len(kinds) > 1 else kinds
                for place, kind in enumerate(kinds):
                    if place:
                        ts += rng.choice(
                            (rng.randint(800, 200_000), rng.randint(800, 200_000), gap * 60_000)
                        )
                    odd = fate == "bot" and (place == visit == 0 or rng.random() < 0.3)
                    emit(user, ts, kind, rng.choice(_BOTS) if odd else agent)
                ts += gap * 60_000 + rng.choice((1, rng.randint(60_000, 90_000_000)))
                if fate != "fine":
                    continue
                sessions[variant] += 1
                step = 0
                for kind in kinds:
                    if step < len(funnel) and kind == funnel[step]:
                        reached[variant][step] += 1
                        step += 1
        for place, rows in enumerate(files):
            rng.shuffle(rows)
            part.file(
                f"events/collector-{place + 1}.jsonl",
                ("\n".join(rows) + "\n").encode(),
                transient=True,
            )
        part.setup("gzip -n events/*.jsonl")
        figures = {v: (sessions[v], reached[v]) for v in variants}
        best = max(variants, key=lambda v: figures[v][1][-1] / figures[v][0])
        z = _statistic([(visits, steps[-1]) for visits, steps in figures.values()])
        report = {"best": best, "z": round(z, 3), **counts}
        words = {"where": part.where, "boss": names.person().name, "company": names.company, "count": len(variants), "gap": gap, "funnel": ", ".join(f"`{k}`" for k in funnel),
                 "columns": ",".join(funnel), "table": rng.choice(("funnel.csv", "variants.csv")), "report": rng.choice(("result.json", "experiment.json", "decision.json"))}  # fmt: skip
        part.title = "compare variants by their sessions"
        part.ask(
            context.pick(_ASKS).format(**words),
            _RULES.format(**words),
            context.pick(_WANTED).format(**words),
        )
        part.do(
            "ls -l events; for f in events/*; do zcat $f | wc -l; done",
            "zcat events/collector-1.jsonl.gz | head -4; zcat events/*.gz | jq -r .type | sort | uniq -c | sort -rn",
            "zcat events/*.gz | jq -r .agent | sort | uniq -c | sort -rn",
            "zcat events/*.gz | jq -r .id | sort | uniq -d | wc -l; zcat events/*.gz | sort | uniq -d | wc -l",
            "zcat events/*.gz | jq -r 'select(.type == \"assign\") | .variant' | sort | uniq -c",
            _SOLVE.replace("@GAP@", str(gap)),
            "python3 /tmp/sessions.py",
            "jq -r '.sessions[] | .types | join(\" \")' /tmp/sessions.json | sort | uniq -c | sort -rn | head",
            _TABLE.replace("@FUNNEL@", repr(funnel)),
            f"python3 /tmp/table.py {words['table']} /tmp/report.json; cat {words['table']}",
            f"cp /tmp/report.json {words['report']}; best_variant=$(jq -r .best {words['report']}); cat {words['report']}",
        )
        wanted = [f"variant,users,sessions,{words['columns']},rate"]
        for variant, (visits, steps) in figures.items():
            cells = [
                variant,
                users[variant],
                visits,
                *steps,
                f"{100 * steps[-1] / visits:.2f}",
            ]
            wanted.append(",".join(map(str, cells)))
        part.check(
            "the table is right", f"assert lines({part.path(str(words['table']))!r}) == {wanted!r}"
        )
        for keys in (("best", "z"), ("bots", "conflicting"), ("duplicates",)):
            part.check(
                f"the report: {' and '.join(keys)}",
                f"""
                report, wanted = json_file({part.path(str(words["report"]))!r}), { ({k: report[k] for k in keys})!r}
                assert {{key: report.get(key) for key in wanted}} == wanted, report
                assert sorted(report) == {sorted(report)!r}
                """,
            )
        part.check(
            "the events are as they were",
            f"""
            import gzip, hashlib
            for path, digest in { ({f"{p}.gz": hashlib.sha256(f.data).hexdigest() for p, f in part.files.items()})!r}.items():
                assert hashlib.sha256(gzip.decompress(data(path))).hexdigest() == digest, path
            """,
        )
        part.output(str(words["table"]), str(words["report"]))
        part.hide(best, *(row.rsplit(",", 1)[1] for row in wanted[1:]))
        others = [v for v in variants if v != best] + [names.project()]
        part.reveals("variant", best, others[:3], "the variant that sells best", "best_variant")
        return part


def _statistic(figures: Collection[tuple[int, int]]) -> float:
    """The z statistic of the best variant against the others; figures are sessions and sales."""
    n, x = max(figures, key=lambda figure: figure[1] / figure[0])
    m, y = sum(f[0] for f in figures) - n, sum(f[1] for f in figures) - x
    pooled = (x + y) / (n + m)
    return (x / n - y / m) / math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))


def _steady(figures: dict[str, tuple[int, int]]) -> bool:
    """Whether one variant is the best and no figure lies on a rounding tie."""
    rates = sorted(100 * sales / visits for visits, sales in figures.values())
    return (
        rates[-2] < rates[-1]
        and all(clear(rate, 2) for rate in rates)
        and clear(_statistic(figures.values()), 3)
    )
