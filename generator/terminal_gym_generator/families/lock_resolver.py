"""A package registry whose constraints must be resolved into a lock file and a build order."""

from __future__ import annotations

import hashlib
import json

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    The build of `{project}` needs a lock file again; the old resolver died with its author. Its manifest is
    `{where}/manifest.json`, our registry is `{where}/registry` (a JSON file per package with all its releases), and the
    archives are in `{where}/archives`. {boss} wrote down how versions are chosen in `{where}/RESOLVING.md`.
    """,
    """
    {boss} wants `{where}/manifest.json` (the manifest of `{project}`) locked, by the rules of `{where}/RESOLVING.md`. The registry's index lies in
    `{where}/registry`, one file per package, and the archives in `{where}/archives`.
    """,
    """
    We cannot release `{project}` before its dependencies are locked. `{where}/RESOLVING.md` says how {company}
    resolves them, `{where}/manifest.json` what is asked for, `{where}/registry` what there is, and
    `{where}/archives` holds the packages themselves. {boss} will build from the result.
    """,
)
_WANTED = (
    """
    Write `{where}/{lock}`: a JSON object from each package that is needed (not the project itself) to an object with `version`, `sha256` (of its archive, lower-case hex) and
    `requires` (sorted list of the packages it depends on). Write `{where}/{order}`, the names of these packages, one per line, so that each
    stands behind everything it depends on; where several could be next, the first of them by name is. Registry, archives and
    manifest stay as they are.
    """,
    """
    Two files are wanted: `{where}/{lock}`, one JSON object with an entry for every package that ends up in the build (the project is none), name to
    `version`, `sha256` (its archive's digest in lower-case hex) and `requires` (names of its dependencies, sorted); and `{where}/{order}`, the order of
    building: a name per line, dependencies before dependents, and always the alphabetically first of those that are possible. Change nothing else.
    """,
)
_RULES = """\
# How versions are chosen

Versions are `MAJOR.MINOR.PATCH`, compared number by number. A release may be marked `"yanked": true`; such a release is
never chosen. An archive is `NAME-VERSION.tar`; a release whose archive is not there, or whose archive's
SHA-256 differs from the registry's, is never chosen either.

A constraint is one or more conditions separated by commas, all of which must hold:

- `^1.2.3`: at least that version, and the same MAJOR (for MAJOR 0: the same MINOR as well)
- `~1.2.3`: at least that version, and the same MAJOR and MINOR
- `>=1.2.3`, `<1.2.3`, `!=1.2.3`: as they read
- `*`: any version

There is one version of each package in a build. The right resolution is found like this: start with the manifest's
constraints. As long as there is a package that is asked for and has no version, take the first such package
by name, and give it the highest version that satisfies all constraints on it that are known so far (from the manifest and
from all packages that have a version). If such a choice turns out to be impossible to complete (a package has no candidate left, or
a new constraint contradicts a version already given), go back to the choice made last and try the next lower version there.
"""
_SOLVE = """
cat > /tmp/resolve.py <<'EOF'
import glob, hashlib, json, os, sys
version = lambda text: tuple(map(int, text.split(".")))
def holds(v, constraint):
    for c in constraint.split(","):
        c = c.strip()
        if c == "*": continue
        if c[:2] in (">=", "!="): op, w = c[:2], version(c[2:])
        else: op, w = c[0], version(c[1:])
        keep = 3 - {"~": 1, "^": 1 if w[0] == 0 else 2}.get(op, 0)
        ok = {">=": v >= w, "<": v < w, "!=": v != w}.get(op, v >= w and v[:keep] == w[:keep])
        if not ok: return False
    return True
index = {}
for path in glob.glob("registry/*.json"):
    data = json.load(open(path))
    index[data["name"]] = {}
    for text, release in data["releases"].items():
        archive = f"archives/{data['name']}-{text}.tar"
        if release.get("yanked") or not os.path.exists(archive): continue
        if hashlib.sha256(open(archive, "rb").read()).hexdigest() == release["sha256"]:
            index[data["name"]][version(text)] = release
def solve(chosen, wants):
    if any(name in chosen and not holds(chosen[name], c) for name, c in wants): return None
    open_ = sorted({name for name, _ in wants} - set(chosen))
    if not open_: return chosen
    name = open_[0]
    for v in sorted(index[name], reverse=True):
        if all(holds(v, c) for n, c in wants if n == name):
            done = solve({**chosen, name: v}, wants + list(index[name][v]["requires"].items()))
            if done: return done
chosen = solve({}, list(json.load(open("manifest.json"))["requires"].items()))
lock = {n: {"version": ".".join(map(str, v)), "sha256": index[n][v]["sha256"], "requires": sorted(index[n][v]["requires"])} for n, v in sorted(chosen.items())}
json.dump(lock, open("/tmp/lock.json", "w"), indent=2)
EOF
"""
Version = tuple[int, int, int]
Wants = list[tuple[str, str]]


class LockResolver(Family):
    """Resolve a registry's version constraints into a lock file and a build order.

    Hard because the highest versions do not fit together, releases are yanked or damaged, and one
    must go back over several choices.
    """

    name = "lock-resolver"
    domain = "build_tools"
    skills = ("dependency-resolution", "version-ranges", "build-order")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        size = context.scale(8, 18)
        while True:
            packages = sorted(
                names.token(rng.randint(3, 4), "bcdfgklmnprst")
                + rng.choice(("lib", "kit", "core", "io"))
                for _ in range(size)
            )
            if len(set(packages)) < size:
                continue
            layers = packages[:]
            rng.shuffle(layers)
            index: dict[str, dict[Version, dict[str, str]]] = {}
            for place, package in enumerate(layers):
                index[package] = {}
                base = rng.randint(0, 2)
                for version in sorted(
                    {
                        (base + rng.randint(0, 1), rng.randint(0, 4), rng.randint(0, 9))
                        for _ in range(rng.randint(3, 7))
                    }
                ):
                    needs = rng.sample(layers[:place], min(place, rng.randint(0, 3)))
                    index[package][version] = {
                        n: self._constraint(context, sorted(index[n])) for n in needs
                    }
            manifest = {
                n: self._constraint(context, sorted(index[n]))
                for n in sorted(layers[-context.scale(3, 5) :])
            }
            unusable = {
                (p, v): rng.choice(("yanked", "missing", "damaged"))
                for p in layers
                for v in index[p]
                if rng.random() < 0.12
            }
            usable = {
                p: {v: r for v, r in index[p].items() if (p, v) not in unusable} for p in layers
            }
            steps = [0]
            chosen = _resolve(usable, {}, list(manifest.items()), steps)
            # Interesting ones only: some choice had to be taken back.
            if chosen and context.scale(5, 10) <= len(chosen) < steps[0] <= 3000:
                break
        shas = {}
        for package in packages:
            releases: dict[str, dict[str, object]] = {}
            for version in rng.sample(sorted(index[package]), len(index[package])):
                text, fate = ".".join(map(str, version)), unusable.get((package, version), "")
                archive = f"{package} {text}\n{names.token(24)}\n".encode()
                shas[package, version] = hashlib.sha256(archive).hexdigest()
                releases[text] = {
                    "sha256": shas[package, version],
                    "requires": index[package][version],
                }
                if fate == "yanked":
                    releases[text]["yanked"] = True
                if fate != "missing":
                    part.file(
                        f"archives/{package}-{text}.tar",
                        archive[:-3] + b"??\n" if fate == "damaged" else archive,
                    )
            part.file(
                f"registry/{package}.json",
                (json.dumps({"name": package, "releases": releases}, indent=1) + "\n").encode(),
            )
        project = names.project()
        part.file(
            "manifest.json",
            (json.dumps({"name": project, "requires": manifest}, indent=1) + "\n").encode(),
        )
        part.file("RESOLVING.md", _RULES.encode())
        lock = {
            p: {
                "version": ".".join(map(str, v)),
                "sha256": shas[p, v],
                "requires": sorted(index[p][v]),
            }
            for p, v in sorted(chosen.items())
        }
        order: list[str] = []
        while len(order) < len(chosen):
            order.append(
                min(
                    p
                    for p in chosen
                    if p not in order and all(n in order for n in index[p][chosen[p]])
                )
            )
        words = {"where": part.where, "project": project, "boss": names.person().name, "company": names.company,
                 "lock": rng.choice(("lock.json", "packages.lock", "resolved.json")), "order": rng.choice(("order.txt", "build-order.txt"))}  # fmt: skip
        part.title = "resolve dependencies into a lock file"
        part.ask(context.pick(_ASKS).format(**words), context.pick(_WANTED).format(**words))
        part.do(
            "cat RESOLVING.md manifest.json",
            "ls registry | wc -l; ls archives | wc -l; head -20 registry/$(ls registry | head -1)",
            "jq -r '.name as $n | .releases | to_entries[] | select(.value.yanked) | $n + \" \" + .key' registry/*.json",
            'jq -r \'.name as $n | .releases | to_entries[] | .value.sha256 + "  archives/" + $n + "-" + .key + ".tar"\' registry/*.json > /tmp/sums; sha256sum -c --quiet /tmp/sums 2>&1 | head -20',
            "jq -r '.releases[].requires[]' registry/*.json | tr , '\\n' | sed 's/[0-9].*//' | sort | uniq -c",
            _SOLVE,
            "python3 /tmp/resolve.py && jq -c 'to_entries[] | [.key, .value.version]' /tmp/lock.json",
            'jq -r \'to_entries[] | .value.sha256 + "  archives/" + .key + "-" + .value.version + ".tar"\' /tmp/lock.json | sha256sum -c --quiet && echo all archives are sound',
            "python3 - <<'EOF' > /tmp/order\nimport json\nlock, done = json.load(open('/tmp/lock.json')), []\nwhile len(done) < len(lock):\n    done.append(min(p for p in lock if p not in done and set(lock[p]['requires']) <= set(done)))\nprint(*done, sep='\\n')\nEOF",
            f"cp /tmp/order {words['order']}; cat {words['order']}",
            f"cp /tmp/lock.json {words['lock']}; last_built=$(tail -1 {words['order']}); echo $last_built",
        )
        lock_path = part.path(words["lock"])
        for key in ("version", "sha256", "requires"):
            part.check(
                f"the lock file: {key}",
                f"""
                lock, wanted = json_file({lock_path!r}), { ({p: row[key] for p, row in lock.items()})!r}
                assert {{name: row.get({key!r}) for name, row in lock.items()}} == wanted
                assert all(sorted(row) == ["requires", "sha256", "version"] for row in lock.values())
                """,
            )
        part.check(
            "the build order is right", f"assert lines({part.path(words['order'])!r}) == {order!r}"
        )
        given = {p: f.data.decode() for p, f in part.files.items()}
        part.check(
            "registry, archives and manifest are as they were",
            f"""
            for path, content in {given!r}.items():
                assert text(path) == content, path
            """,
        )
        part.output(words["lock"], words["order"])
        part.hide(*(row["sha256"] for row in lock.values() if isinstance(row["sha256"], str)))
        part.reveals(
            "package",
            order[-1],
            [p for p in order if p != order[-1]][:3],
            "the package that is built last",
            "last_built",
        )
        return part

    @staticmethod
    def _constraint(context: Context, versions: list[Version]) -> str:
        """A constraint that some version satisfies."""
        rng = context.rng
        version = rng.choice(versions)
        text = ".".join(map(str, version))
        other = ".".join(map(str, rng.choice(versions)))
        kinds = [
            f"^{text}",
            f"^{text}",
            f"~{text}",
            f">={text}",
            f">={text},!={other}" if other != text else "*",
            f">={text}, <{version[0] + 1}.0.0",
            "*",
        ]
        return rng.choice(kinds)


def _holds(version: Version, constraint: str) -> bool:
    for condition in constraint.split(","):
        mark = condition.strip()
        sign = mark.rstrip("0123456789.")
        if sign == "*":
            continue
        bound = tuple(int(number) for number in mark[len(sign) :].split("."))
        caret = version[:2] == bound[:2] if bound[0] == 0 else version[0] == bound[0]
        if not {
            "^": version >= bound and caret,
            "~": version >= bound and version[:2] == bound[:2],
            ">=": version >= bound,
            "<": version < bound,
            "!=": version != bound,
        }[sign]:
            return False
    return True


def _resolve(
    index: dict[str, dict[Version, dict[str, str]]],
    chosen: dict[str, Version],
    wants: Wants,
    steps: list[int],
) -> dict[str, Version]:
    """The resolution, or an empty one where there is none; `steps` counts the choices made."""
    if any(name in chosen and not _holds(chosen[name], constraint) for name, constraint in wants):
        return {}
    waiting = {name for name, _ in wants} - set(chosen)
    if not waiting:
        return chosen
    name = min(waiting)
    for version in sorted(index[name], reverse=True):
        if steps[0] < 3001 and all(_holds(version, c) for n, c in wants if n == name):
            steps[0] += 1
            found = _resolve(
                index, {**chosen, name: version}, [*wants, *index[name][version].items()], steps
            )
            if found:
                return found
    return {}
