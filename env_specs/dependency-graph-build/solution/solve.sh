#!/bin/bash
cd /app/project && ls -R . && cat forge.md
cat forge.json src/main.c; ls /app/registry; jq -c 'to_entries[] | [.key, (.value | keys)]' /app/registry/index.json
cat /app/registry/codegen/1.10.0/package.json /app/registry/arena/1.11.2/package.json; ls -R /app/registry/codegen/1.10.0 /app/registry/arena/1.11.2
jq -r '[.requires, .build_requires, .conflicts // {}] | map(to_entries[].value) | .[]' /app/registry/*/*/package.json | sed 's/[0-9].*//' | sort | uniq -c
python3 - <<'PY' | tee /tmp/corrupt
import hashlib, json
from pathlib import Path
registry = Path("/app/registry")
for name, releases in sorted(json.load(open(registry / "index.json")).items()):
    for version in sorted(releases):
        home = registry / name / version
        files = sorted((str(f.relative_to(home)) for f in home.rglob("*") if f.is_file()), key=str.encode)
        rows = "".join(f"{hashlib.sha256((home / f).read_bytes()).hexdigest()}  {f}\n" for f in files)
        if hashlib.sha256(rows.encode()).hexdigest() != releases[version]["sha256"]:
            print(name, version)
PY
cat > /tmp/lock.py <<'PY'
import json, re

REG = "/app/registry"
index = json.load(open(f"{REG}/index.json"))
root = json.load(open("/app/project/forge.json"))["requires"]
corrupt = {tuple(line.split()) for line in open("/tmp/corrupt")}
meta = {(n, v): json.load(open(f"{REG}/{n}/{v}/package.json")) for n in index for v in index[n]}

def key(text):
    numbers, _, rc = text.partition("-rc")
    parts = [int(x) for x in numbers.split(".")] + [0, 0]
    return (*parts[:3], int(rc) if rc else float("inf"))

def admits(constraint, version):
    here, parts = key(version), [re.fullmatch(r"(\D*?)([\d.]+(?:-rc\d+)?|\*)", p).groups() for p in constraint.split(",")]
    if "-rc" in version and not any("-rc" in v and key(v)[:3] == here[:3] for _, v in parts):
        return False
    for op, text in parts:
        if text == "*":
            continue
        v = key(text)
        upto = (v[0] + 1, 0, 0) if op == "^" and v[0] else (v[0], v[1] + 1, 0)
        if not {"=": here == v, "!=": here != v, "<": here < v, "<=": here <= v, ">": here > v, ">=": here >= v}.get(op, v <= here and here[:3] < upto):
            return False
    return True

names = sorted(index)
choices = {n: [None, *sorted((v for v in index[n] if not index[n][v].get("yanked") and (n, v) not in corrupt), key=key, reverse=True)] for n in names}

def needs(n, v):
    return [*meta[n, v]["requires"].items(), *meta[n, v]["build_requires"].items()]

def agree(selection, n, v):
    """Whether version v (None: none) of n goes with all that is decided."""
    wanted = [root[n]] if n in root else []
    for m, w in selection.items():
        if w:
            wanted += [c for x, c in needs(m, w) if x == n]
            if v and admits_any(meta[m, w].get("conflicts", {}), n, v):
                return False
    if v is None:
        return not wanted
    if not all(admits(c, v) for c in wanted):
        return False
    for m, c in needs(n, v):
        if m in selection and (selection[m] is None or not admits(c, selection[m])):
            return False
    return not any(w and admits_any(meta[n, v].get("conflicts", {}), m, w) for m, w in selection.items())

def admits_any(conflicts, n, v):
    return n in conflicts and admits(conflicts[n], v)

def reach(selection):
    edges = {n: {m for m, _ in needs(n, v)} for n, v in selection.items()}
    found = {}
    for n in edges:
        todo, seen = list(edges[n]), set()
        while todo:
            m = todo.pop()
            if m not in seen:
                seen.add(m)
                todo += edges[m]
        found[n] = seen
    return found

def whole(selection):
    ways = reach(selection)
    needed = set(root).union(*(ways[n] for n in root))
    return needed == set(selection) and not any(n in ways[b] for n, v in selection.items() for b in meta[n, v]["build_requires"])

def search(selection, rest):
    if not rest:
        chosen = {n: v for n, v in selection.items() if v}
        return chosen if whole(chosen) else None
    for v in choices[rest[0]]:
        if agree(selection, rest[0], v):
            found = search({**selection, rest[0]: v}, rest[1:])
            if found:
                return found
    return None

best = search({}, names)
ways = reach(best)
groups = sorted({tuple(sorted({n} | {m for m in ways[n] if n in ways[m]})) for n in best})
order, done = [], set()
while groups:
    group = next(g for g in groups if all(ways[n] <= done | set(g) for n in g))
    groups.remove(group)
    order.append(list(group))
    done |= set(group)
packages = {n: {"version": v, "sha256": index[n][v]["sha256"]} for n, v in sorted(best.items())}
json.dump({"packages": packages, "order": order}, open("/app/project/forge.lock", "w"), indent=2)
PY
python3 /tmp/lock.py && jq -c '(.packages | map_values(.version)), .order' forge.lock
cat > build.sh <<'SH'
#!/bin/bash
# Builds build/station from forge.lock; how is written in forge.md.
cd "${0%/*}" || exit 1
exec python3 -I - <<'END'
import hashlib, json, shutil, subprocess, sys
from pathlib import Path

shutil.rmtree("build", ignore_errors=True)
lock, project = json.load(open("forge.lock")), json.load(open("forge.json"))
home = {n: Path("/app/registry", n, p["version"]) for n, p in lock["packages"].items()}
for name, folder in home.items():
    files = sorted((str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file()), key=str.encode)
    rows = "".join(f"{hashlib.sha256((folder / f).read_bytes()).hexdigest()}  {f}\n" for f in files)
    if hashlib.sha256(rows.encode()).hexdigest() != lock["packages"][name]["sha256"]:
        sys.exit(f"{name} is not what the lock says")
meta = {n: json.loads((folder / "package.json").read_text()) for n, folder in home.items()}

def gcc(*arguments):
    subprocess.run(["gcc", "-O1", *map(str, arguments)], check=True)

def includes(names):
    return [f"-I{home[n] / 'include'}" for n in names]

def objects(names):
    """Those of packages, and of all that they require, and so on."""
    seen, todo = [], list(names)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.append(name)
            todo += meta[name]["requires"]
    return [o for n in seen for o in Path("build/objects", n).glob("*.o")]

def seen_by(name):
    return [*includes([name]), f"-Ibuild/made/{name}", *includes(meta[name]["requires"])]

Path("build/tools").mkdir(parents=True)
for group in lock["order"]:
    for name in group:
        made, into = Path("build/made", name), Path("build/objects", name)
        made.mkdir(parents=True)
        into.mkdir(parents=True)
        if rule := meta[name].get("generate"):
            with open(made / rule["to"], "w") as out:
                subprocess.run([f"build/tools/{rule['with']}", name, home[name] / rule["from"]], stdout=out, check=True)
        for source in sorted((home[name] / "src").glob("*.c")):
            gcc(*seen_by(name), "-c", "-o", into / f"{source.stem}.o", source)
    for name in group:
        if tool := meta[name].get("tool"):
            gcc(*seen_by(name), "-o", f"build/tools/{name}", home[name] / tool, *objects([name]))
gcc(*includes(project["requires"]), "-o", "build/station", *sorted(Path("src").glob("*.c")), *objects(project["requires"]))
END
SH
chmod +x build.sh && ./build.sh; echo $?; build/station
cp forge.lock /tmp/kept && sed -i '0,/"sha256": "./s//"sha256": "_/' forge.lock; cd / && /app/project/build.sh; echo "status $?"; ls /app/project/build; cp /tmp/kept /app/project/forge.lock; cd /app/project
git diff --no-index --stat /dev/null forge.lock; ls -A
./build.sh && jq -n --rawfile c /tmp/corrupt --arg out "$(build/station)" '{corrupt: ($c | split("\n") | map(select(. != ""))), output: ($out | split("\n"))}' > report.json && cat report.json
