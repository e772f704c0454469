"""A build cache that misses although nothing seems to have changed; the causes are to be named."""

from __future__ import annotations

import hashlib
import json

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    Our remote build cache should have answered nearly everything in the last build of `{project}`, and it did not. {boss} has put the records of the builds
    `{first}` and `{second}` into `{where}/builds` (one compressed JSON Lines file each, a line per action) and wants to know what really caused the misses.
    """,
    """
    The build `{second}` of `{project}` took as long as if there were no cache. {boss} recorded its actions and those of the build before it, `{first}`: `{where}/builds` has a
    compressed JSON Lines file for each, an action per line. We need the causes, not the symptoms.
    """,
    """
    Please find out why so many actions of build `{second}` missed the cache that build `{first}` had filled. The actions of both are in `{where}/builds`, compressed JSON Lines. {boss} wants the root
    causes and the bill.
    """,
)
_RULES = """
An action has `target`, `command` (a list), `env` (an object), `inputs` and `outputs` (objects from path to SHA-256) and `millis` (how long running it takes). Its key is the SHA-256, in lower-case hex, of the compact JSON
`[command,env,inputs]` (no spaces, object keys sorted, UTF-8). An action of `{second}` hits if an action of `{first}` has the same key, else it misses. Targets are compared by name. A miss is `new` if `{first}` has no such
target; else it has the first of these causes that applies: `command` (commands differ), `env` (environments differ), `source` (the set of input paths differs, or an input differs that is no output of any action in `{second}`), `upstream` (only outputs of other
actions differ). An action is nondeterministic if both builds have it with the same key but its outputs differ.
"""
_WANTED = (
    """
    Write `{where}/{table}`: CSV with the header `target,key,cause`, a line for each miss, sorted by target; the key is that of build `{second}`. Write `{where}/{report}`, one JSON object: `hits`, `misses`, `lost_millis` (what the misses took together), `causes`
    (cause to number of misses, those that occur), `variables` (sorted names of all environment variables that differ in some miss with the cause `env`), `nondeterministic` (sorted targets) and `culprit` (the miss with another cause than `upstream` or the nondeterministic action that has the most
    misses with the cause `upstream` depending on it, directly or through other actions; the first by name of equal ones). An action depends on another if one of its inputs is an output of that one. The records stay as they are.
    """,
    """
    The list of misses is `{where}/{table}` (CSV, header `target,key,cause`, by target, with the keys of `{second}`). `{where}/{report}` is a JSON object of `hits` and `misses` (counts), `lost_millis` (running time of all misses), `causes` (number of misses by cause, without zeros), `nondeterministic` (sorted list of
    targets), `variables` (sorted list of the environment variables that differ in misses caused by `env`) and `culprit`: of all nondeterministic actions and all misses not caused by `upstream`, the target on which most `upstream` misses depend, at first or second hand or further (having an output of an action among one's inputs is depending on it), the first by name
    if there are several. Leave the records alone.
    """,
)
_SOLVE = """
cat > /tmp/misses.py <<'EOF'
import collections, gzip, hashlib, json, sys
def read(name):
    return {a["target"]: a for a in map(json.loads, gzip.open(f"builds/{name}.jsonl.gz", "rt"))}
def key(a):
    text = json.dumps([a["command"], a["env"], a["inputs"]], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
old, new = read("@FIRST@"), read("@SECOND@")
known = {key(a) for a in old.values()}
maker = {path: t for t, a in new.items() for path in a["outputs"]}
causes, variables = {}, set()
for t, a in new.items():
    if key(a) in known: continue
    b = old.get(t)
    if b is None: causes[t] = "new"
    elif a["command"] != b["command"]: causes[t] = "command"
    elif a["env"] != b["env"]:
        causes[t] = "env"
        variables |= {v for v in {*a["env"], *b["env"]} if a["env"].get(v) != b["env"].get(v)}
    elif set(a["inputs"]) != set(b["inputs"]) or any(a["inputs"][p] != b["inputs"][p] for p in a["inputs"] if p not in maker): causes[t] = "source"
    else: causes[t] = "upstream"
loose = sorted(t for t, a in new.items() if t in old and key(a) == key(old[t]) and a["outputs"] != old[t]["outputs"])
needs = {t: {maker[p] for p in a["inputs"] if p in maker} for t, a in new.items()}
def below(t, seen):
    for n in needs[t] - seen:
        seen.add(n)
        below(n, seen)
    return seen
weight = collections.Counter({t: 0 for t in [*loose, *(t for t, c in causes.items() if c != "upstream")]})
for t, c in causes.items():
    if c == "upstream": weight.update(set(weight) & below(t, set()))
with open(sys.argv[1], "w") as file:
    print("target,key,cause", file=file)
    for t in sorted(causes): print(t, key(new[t]), causes[t], sep=",", file=file)
json.dump({"hits": len(new) - len(causes), "misses": len(causes), "lost_millis": sum(new[t]["millis"] for t in causes), "causes": collections.Counter(causes.values()), "variables": sorted(variables), "nondeterministic": loose, "culprit": min(weight, key=lambda t: (-weight[t], t))}, open(sys.argv[2], "w"), indent=2)
EOF
"""
Action = dict[str, object]


class CacheMissHunt(Family):
    """Explain a build's cache misses from the records of two builds.

    Hard because most misses are consequences, and the action that starts the avalanche may be a hit.
    """

    name = "cache-miss-hunt"
    domain = "build_tools"
    skills = ("build-caching", "build-log-analysis")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        count = context.scale(30, 160)
        base = rng.randint(1000, 8000)
        first, second = f"b{base}", f"b{base + rng.randint(1, 9)}"
        targets = [
            f"//{rng.choice(('app', 'lib', 'tools', 'net', 'ui'))}/{names.token(5)}:{rng.choice(('objs', 'gen', 'link', 'pack'))}"
            for _ in range(count)
        ]
        variables = rng.sample(
            ("BUILD_USER", "PATH", "TMPDIR", "LANG", "BUILD_STAMP", "HOSTNAME", "TZ"), 4
        )
        env = {v: names.token(6) for v in variables}
        old: dict[str, Action] = {}
        new: dict[str, Action] = {}
        expected: dict[str, str] = {}
        loose: list[str] = []
        differing: set[str] = set()
        needs: dict[str, list[int]] = {}
        for place, target in enumerate(targets):
            near = range(max(0, place - 14), place)
            needs[target] = sorted(rng.sample(near, min(len(near), rng.choice((0, 1, 1, 2, 3)))))
            sources = {
                f"src/{names.token(7)}.c": names.token(64, "0123456789abcdef")
                for _ in range(rng.randint(1, 3))
            }
            output, digest = f"out/{names.token(8)}", names.token(64, "0123456789abcdef")
            made = [
                (
                    next(iter(_dict(old.get(targets[n], new[targets[n]]), "outputs").items())),
                    next(iter(_dict(new[targets[n]], "outputs").items())),
                )
                for n in needs[target]
            ]
            before: Action = {"target": target, "command": ["cc", f"-O{rng.randint(0, 3)}", "-o", output], "env": dict(env),
                              "inputs": {**sources, **dict(b for b, _ in made)}, "outputs": {output: digest}, "millis": rng.randint(50, 9000)}  # fmt: skip
            after: Action = {
                **before,
                "env": dict(env),
                "inputs": {**sources, **dict(a for _, a in made)},
                "millis": rng.randint(50, 9000),
            }
            upstream = before["inputs"] != after["inputs"]
            fate = rng.choices(
                ("", "command", "env", "source", "new", "loose"),
                (78, 3, 4, 5, 4, 6 if not upstream else 0),
            )[0]
            if place < 4:
                fate = ("loose", "source", "env", "command")[place] if not upstream else "source"
            if fate == "command":
                after["command"] = ["cc", "-g", "-o", output]
            elif fate == "env":
                variable = rng.choice(variables)
                after["env"] = {**env, variable: names.token(6)}
                differing.add(variable)
            elif fate == "source":
                path = rng.choice(sorted(sources))
                after["inputs"] = {
                    **_dict(after, "inputs"),
                    path: names.token(64, "0123456789abcdef"),
                }
            if fate in ("command", "env", "source", "new") or upstream:
                expected[target] = fate if fate and fate != "loose" else "upstream"
            moved = fate == "loose" or (target in expected and rng.random() < 0.8)
            if moved:
                after["outputs"] = {output: names.token(64, "0123456789abcdef")}
            loose += [target] if fate == "loose" else []
            new[target] = after
            if fate != "new":
                old[target] = before
        keys = {t: _key(a) for t, a in new.items()}
        roots = [*loose, *(t for t, c in expected.items() if c != "upstream")]
        weight = dict.fromkeys(roots, 0)
        below: dict[str, set[str]] = {}
        for target in targets:
            below[target] = {targets[n] for n in needs[target]}.union(
                *(below[targets[n]] for n in needs[target])
            )
            for root in below[target] & set(roots) if expected.get(target) == "upstream" else ():
                weight[root] += 1
        culprit = min(roots, key=lambda t: (-weight[t], t))
        for name, actions in ((first, old), (second, new)):
            rows = [
                json.dumps(a, sort_keys=rng.random() < 0.5)
                for a in rng.sample(list(actions.values()), len(actions))
            ]
            part.file(f"builds/{name}.jsonl", ("\n".join(rows) + "\n").encode(), transient=True)
        part.setup("gzip -n builds/*.jsonl")
        tally = {c: sum(v == c for v in expected.values()) for c in sorted(set(expected.values()))}
        report: dict[str, object] = {"hits": count - len(expected), "misses": len(expected), "lost_millis": sum(int(str(new[t]["millis"])) for t in expected), "causes": tally,
                                     "variables": sorted(differing), "nondeterministic": sorted(loose), "culprit": culprit}  # fmt: skip
        table, summary = (
            rng.choice(("misses.csv", "causes.csv")),
            rng.choice(("cache.json", "misses.json", "bill.json")),
        )
        words = {
            "where": part.where,
            "project": names.project(),
            "boss": names.person().name,
            "first": first,
            "second": second,
            "table": table,
            "report": summary,
        }
        part.title = "explain cache misses"
        part.ask(
            context.pick(_ASKS).format(**words),
            _RULES.format(**words),
            context.pick(_WANTED).format(**words),
        )
        part.do(
            "ls -l builds; for f in builds/*; do zcat $f | wc -l; done",
            f"zcat builds/{second}.jsonl.gz | head -2 | jq -c .",
            "for f in builds/*; do zcat $f | jq -r .target | sort > /tmp/$(basename $f .jsonl.gz).targets; done; "
            f"comm -13 /tmp/{first}.targets /tmp/{second}.targets",
            "zcat builds/*.gz | jq -c .env | sort | uniq -c | sort -rn | head",
            "zcat builds/*.gz | jq -r '.command[:2] | join(\" \")' | sort | uniq -c",
            _SOLVE.replace("@FIRST@", first).replace("@SECOND@", second),
            "python3 /tmp/misses.py /tmp/table.csv /tmp/report.json && cut -d, -f3 /tmp/table.csv | sort | uniq -c",
            "cat /tmp/report.json; head -4 /tmp/table.csv",
            "culprit=$(jq -r .culprit /tmp/report.json); for f in builds/*; do zcat $f | jq -c --arg t $culprit 'select(.target == $t) | [.env, .outputs]'; done",
            f"cp /tmp/table.csv {table}",
            f"cp /tmp/report.json {summary}; culprit=${{culprit#//}}; culprit=${{culprit//[\\/:]/-}}; echo $culprit",
        )
        wanted = ["target,key,cause", *(f"{t},{keys[t]},{expected[t]}" for t in sorted(expected))]
        part.check(
            "the list of misses is right", f"assert lines({part.path(table)!r}) == {wanted!r}"
        )
        for some in (
            ("hits", "misses", "lost_millis"),
            ("causes", "variables"),
            ("nondeterministic", "culprit"),
        ):
            part.check(
                f"the report: {', '.join(some)}",
                f"""
                report, wanted = json_file({part.path(summary)!r}), { ({k: report[k] for k in some})!r}
                assert {{key: report.get(key) for key in wanted}} == wanted, report
                assert sorted(report) == {sorted(report)!r}
                """,
            )
        plain = {f"{p}.gz": hashlib.sha256(f.data).hexdigest() for p, f in part.files.items()}
        part.check(
            "the records are as they were",
            f"""
            import gzip, hashlib
            for path, digest in {plain!r}.items():
                assert hashlib.sha256(gzip.decompress(data(path))).hexdigest() == digest, path
            """,
        )
        part.output(table, summary)
        part.hide(culprit, *list(keys.values())[:3])
        plain_names = [
            t.removeprefix("//").replace("/", "-").replace(":", "-")
            for t in [culprit, *[t for t in targets if t != culprit]]
        ]
        phrase = "the culprit (its target without the leading slashes, every other slash and the colon as a hyphen)"
        part.reveals("target", plain_names[0], plain_names[1:4], phrase, "culprit")
        return part


def _dict(action: Action, key: str) -> dict[str, str]:
    value = action[key]
    assert isinstance(value, dict)
    return value


def _key(action: Action) -> str:
    content = [action["command"], action["env"], action["inputs"]]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
