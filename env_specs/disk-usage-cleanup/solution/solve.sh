#!/bin/bash
cat policy.md; ls -lAb volume volume/*
du -sh --apparent-size volume; du -sh volume; find volume -type f -links +1 -printf '%i %n %p\n' | sort
find volume -name .keep -printf '%h\n'; head -3 volume/projects/*/PROJECT; find volume -type d -empty; find volume -type l -printf '%p -> %l\n'
cp -a volume /tmp/before
cat > /tmp/plan.py <<'PY'
"""Writes what goes by which rule as zero-ended lists of paths, and figures."""
import json, os, re, stat
from datetime import date

ROOT, TODAY = b"/app/volume", 1_756_684_800
names, info, links = {}, {}, []
pinned_folders = []
for folder, folders, files in os.walk(ROOT):
    here = os.path.relpath(folder, ROOT)
    if b".keep" in files:
        pinned_folders.append(here + b"/")
    for name in files + folders:
        path = os.path.normpath(here + b"/" + name)
        status = os.lstat(os.path.join(folder, name))
        if stat.S_ISREG(status.st_mode):
            names.setdefault(status.st_ino, []).append(path)
            info[status.st_ino] = status
        elif not stat.S_ISDIR(status.st_mode):
            links.append(path)
for ino in names:
    names[ino].sort()

def size(path):
    total = 0
    with open(os.path.join(ROOT, path), "rb") as file:
        while piece := file.read(4096):
            total += 4096 * bool(piece.strip(b"\0"))
    return total

def pinned(path):
    return any(path.startswith(folder) for folder in pinned_folders)

def age(ino):
    return TODAY - info[ino].st_mtime

sizes = {ino: size(paths[0]) for ino, paths in names.items()}
before = sum(sizes.values())
tops = {}
for ino, paths in names.items():
    for top in {path.split(b"/")[0] for path in paths if b"/" in path}:
        tops[top] = tops.get(top, 0) + sizes[ino]
closed = []
for project in os.listdir(ROOT + b"/projects"):
    text = open(ROOT + b"/projects/" + project + b"/PROJECT").read()
    fields = dict(re.findall(r"^(\w+) = (.*)$", text, re.M))
    if fields["state"] == "closed" and (date(2025, 9, 1) - date.fromisoformat(fields["since"])).days >= 90:
        if not pinned(b"projects/" + project + b"/x"):
            closed.append(project)
inside = tuple(b"projects/" + project + b"/" for project in closed)
litter = re.compile(rb"(.*/)?([^/]+\.tmp|core\.[0-9]+)", re.S)
gone = {"litter": [], "projects": [], "scratch": []}
for ino, paths in names.items():
    if age(ino) > 7 * 86400 and all(litter.fullmatch(p) and not pinned(p) and not p.startswith(inside) for p in paths):
        gone["litter"] += paths
gone["projects"] = [p for paths in [*names.values(), links] for p in paths if p.startswith(inside)]
dead = set(gone["litter"] + gone["projects"])
left = {ino: [p for p in paths if p not in dead] for ino, paths in names.items()}
left = {ino: paths for ino, paths in left.items() if paths}
after = sum(sizes[ino] for ino in left)
for ino in sorted(left, key=lambda ino: (int(info[ino].st_mtime), left[ino][0])):
    if after <= 14_000_000:
        break
    if age(ino) > 30 * 86400 and all(p.startswith(b"scratch/") and not pinned(p) for p in left[ino]):
        gone["scratch"] += left[ino]
        after -= sizes[ino]
for rule, paths in gone.items():
    open(f"/tmp/{rule}", "wb").write(b"".join(p + b"\0" for p in sorted(paths)))
open("/tmp/closed", "wb").write(b"".join(p + b"\n" for p in sorted(closed)))
report = {"before": before, "after": after, **{rule: len(paths) for rule, paths in gone.items()}}
report["archived"] = sorted(map(os.fsdecode, closed))
report["largest"] = os.fsdecode(max(tops, key=tops.get))
json.dump(report, open("/tmp/report.json", "w"))
print(report, tops)
PY
python3 /tmp/plan.py
for rule in litter projects scratch; do echo "== $rule"; tr '\0\n' '\n?' < /tmp/$rule; done
while read -r name; do tar -C volume/projects --null --no-recursion -czf "archive/$name.tar.gz" -T <(cd volume/projects && find "$name" ! -type d -print0); tar -tzvf "archive/$name.tar.gz"; done < /tmp/closed
find volume -type d -empty -print0 | sort -z > /tmp/empty; (cd volume && xargs -0 rm -- < /tmp/litter && xargs -0 rm -- < /tmp/scratch)
while read -r name; do rm -r "volume/projects/$name"; done < /tmp/closed; ls volume/projects
while find volume -mindepth 1 -type d -empty -print0 | sort -z | comm -z -13 /tmp/empty - > /tmp/new && [ -s /tmp/new ]; do xargs -0 rmdir -- < /tmp/new; done; find volume -type d -empty
sort -z /tmp/litter /tmp/projects /tmp/scratch > /dev/null; LC_ALL=C sort -z /tmp/litter /tmp/projects /tmp/scratch > removed.list; diff -rq --no-dereference /tmp/before volume | wc -l
(cd volume && find . ! -type d -printf '%P\0' | LC_ALL=C sort -z) > /tmp/now; (cd /tmp/before && find . ! -type d -printf '%P\0') | LC_ALL=C sort -z | LC_ALL=C comm -z -23 - /tmp/now | cmp - removed.list && jq . /tmp/report.json > report.json && cat report.json
