"""Verifier of disk-usage-cleanup."""

import functools
import hashlib
import io
import os
import random
import re
import stat
import sys
import tarfile
import tempfile
from datetime import date

sys.path.insert(0, "/tests")

from checks import check, data, json_file, main, sha256  # noqa: E402

VOLUME = b"/app/volume"
NOW = 1_756_684_800
LIMIT = 14_000_000
POLICY = "641973cad7c3031bbc0675c142c6819a36dc3eabf6fb3258c6a7339170f5e314"
MAX = 64 << 20
ZEROS = bytes(4096)


def make_volume(root):
    """The volume: bytes as names, since not all of them are text."""
    rng = random.Random(905)
    now = 1_756_684_800  # 2025-09-01 00:00:00 UTC

    def put(path, size, days, mode=0o644, holes=()):
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            if holes:  # a little data here and there, nothing else
                for place in holes:
                    file.seek(place)
                    file.write(bytes([rng.randrange(1, 256)]) + rng.randbytes(99))
                file.truncate(size)
            else:
                file.write(bytes([1]) * size if size < 9 else bytes([rng.randrange(1, 256)]) * 8 + rng.randbytes(size - 8))
        os.chmod(full, mode)
        when = now - int(days * 86400)
        os.utime(full, (when, when))

    def link(old, new):
        full = os.path.join(root, new)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        os.link(os.path.join(root, old), full)

    odd = [b"plain.bin", b"two words.bin", b"-rf", b"line\nbreak.dat", b" lead and trail ", b"star*.bin", b"caf\xe9.raw", "größe.bin".encode(), b"quote'\".bin", b"$HOME.bin", b"tab\there"]
    for number, name in enumerate(odd):
        put(b"scratch/anna/" + name, rng.randrange(20_000, 420_000), 10 + 7 * ((number * 5) % 11), rng.choice([0o644, 0o600]))
    for number in range(26):
        put(b"scratch/%s/run %02d/out.%d" % (rng.choice([b"bela", b"cem", b"anna"]), number, rng.randrange(9)), rng.randrange(1_000, 600_000), rng.choice([3, 31, 45, 59, 60, 61, 90, 120, 200]) + rng.randrange(0, 3) / 4)
    put(b"scratch/bela/disk.img", 40 << 20, 150, holes=(0, 1 << 20, (1 << 20) + 8192, 33_333_333))
    put(b"scratch/cem/equal b", 90_001, 77)
    put(b"scratch/cem/equal a", 91_001, 77)
    put(b"scratch/cem/equal\na", 92_001, 77)
    put(b"scratch/cem/pinned/.keep", 0, 500)
    put(b"scratch/cem/pinned/deep/er/old.bin", 300_000, 700)
    put(b"scratch/shared one", 250_000, 300)
    link(b"scratch/shared one", b"scratch/cem/again/shared two")
    put(b"scratch/bela/published.bin", 350_000, 400)
    link(b"scratch/bela/published.bin", b"public/2024/published.bin")
    put(b"scratch/anna/also pinned", 120_000, 600)
    link(b"scratch/anna/also pinned", b"scratch/cem/pinned/the same")
    os.symlink(b"../../public", os.path.join(root, b"scratch/bela/public"))
    os.symlink(b"gone", os.path.join(root, b"scratch/bela/dangling.tmp"))

    for number in range(14):
        put(b"home/%s/%s" % (rng.choice([b"anna", b"bela"]), b"doc %d.txt" % number), rng.randrange(50, 40_000), rng.randrange(1, 500))
    for place in (b"home/anna", b"home/bela/.cache/x y", b"projects/tern/build", b"public"):
        for number, days in enumerate((6.9, 7, 7.01, 30)):
            put(place + b"/part\n%d.tmp" % number, rng.randrange(5_000, 80_000), days)
            put(place + b"/core.%d" % (100 * number + 7), rng.randrange(5_000, 90_000), days, holes=(12_000,) if number == 3 else ())
    put(b"home/anna/core.7z", 70_000, 300)
    put(b"home/anna/core.", 4_000, 300)
    put(b"home/anna/.tmp", 4_000, 300)
    put(b"home/bela/kept/.keep", 0, 1)
    put(b"home/bela/kept/sub/x.tmp", 60_000, 99)
    put(b"home/bela/two.tmp", 66_000, 20)
    link(b"home/bela/two.tmp", b"home/anna/two again.tmp")
    put(b"home/bela/real.tmp", 67_000, 20)
    link(b"home/bela/real.tmp", b"home/bela/real.txt")
    link(b"home/bela/kept/sub/x.tmp", b"home/bela/x outside.tmp")
    os.symlink(b"/etc/passwd", os.path.join(root, b"home/bela/pw.tmp"))

    projects = {b"heron": ("closed", "2025-05-01"), b"tern": ("open", "-"), b"gull": ("closed", "2025-06-03"), b"knot": ("closed", "2025-06-04"), b"plover": ("closed", "2024-11-30"), b"old stint": ("closed", "2025-01-15"), b"dunlin": ("open", "2024-01-01")}
    for name, (state, day) in projects.items():
        home = b"projects/" + name
        put(home + b"/PROJECT", 0, 400)
        with open(os.path.join(root, home + b"/PROJECT"), "w") as file:
            file.write(f"name = {name.decode()}\nstate = {state}\nsince = {day}\n")
        os.utime(os.path.join(root, home + b"/PROJECT"), (now - 400 * 86400, now - 400 * 86400))
        for number in range(7):
            put(home + b"/" + [b"src/main.c", b"data/a b.csv", b"data/odd\nname.csv", b"-notes", b"bin/tool", b"data/deep/raw.bin", b".hidden/conf"][number], rng.randrange(300, 260_000), rng.randrange(80, 400), 0o755 if number == 4 else 0o640)
        os.symlink(b"src/main.c", os.path.join(root, home + b"/main"))
    put(b"projects/plover/.keep", 0, 300)
    put(b"projects/heron/vm.img", 24 << 20, 200, holes=(4096, 9_000_000, 20_000_001))
    put(b"projects/heron/left.tmp", 30_000, 90)
    link(b"projects/heron/data/deep/raw.bin", b"public/raw from heron.bin")
    link(b"projects/old stint/data/a b.csv", b"projects/old stint/data/copy.csv")
    os.makedirs(os.path.join(root, b"projects/gull/empty"))
    for number in range(5):
        put(b"public/2025/item%d" % number, rng.randrange(100_000, 500_000), 100 + number)
    put(b"public/zeros.bin", 5 << 20, 40, holes=(5_000_000,))
    os.makedirs(os.path.join(root, b"scratch/dora/nothing"))


@functools.lru_cache(maxsize=None)
def volume():
    return snapshot(VOLUME)


def told(content):
    """A digest of a file's content, and what it takes on a disk that stores no holes."""
    full = [at for at in range(0, len(content), 4096) if not ZEROS.startswith(content[at : at + 4096])]
    digest = hashlib.sha256(repr((len(content), full)).encode())
    for at in full:
        digest.update(content[at : at + 4096])
    return digest.hexdigest(), 4096 * len(full)


def snapshot(root):
    """From each path to what is there, and the groups of names that are one file."""
    found, groups, folders_found = {}, {}, set()
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            full = os.path.join(folder, name)
            path, info = os.path.relpath(full, root), os.lstat(full)
            if stat.S_ISLNK(info.st_mode):
                found[path] = ("link", os.readlink(full))
            elif stat.S_ISDIR(info.st_mode):
                folders_found.add(path)
            else:
                digest, size = told(data(full, MAX))
                found[path] = ("file", stat.S_IMODE(info.st_mode), int(info.st_mtime), digest, size)
                groups.setdefault(info.st_ino, set()).add(path)
    return found, {frozenset(names) for names in groups.values()}, folders_found


@functools.lru_cache(maxsize=None)
def want():
    """The policy, over again: the volume as it was, as it should be, and what goes by which rule."""
    with tempfile.TemporaryDirectory() as folder:
        make_volume(os.fsencode(folder))
        found, groups, folders = snapshot(os.fsencode(folder))
        projects = {}
        for path in found:
            if re.fullmatch(rb"projects/[^/]+/PROJECT", path):
                projects[path[:-7]] = data(os.path.join(os.fsencode(folder), path)).decode()
    pins = tuple(path[:-5] for path in found if path.endswith(b"/.keep"))
    closed = tuple(
        home
        for home, text in projects.items()
        if "state = closed\n" in text
        and (date(2025, 9, 1) - date.fromisoformat(re.search("since = (.*)", text)[1])).days >= 90
        and not home.startswith(pins)
    )
    gone = {"litter": set(), "projects": {path for path in found if path.startswith(closed)}, "scratch": set()}
    for group in groups:
        one = found[next(iter(group))]
        if NOW - one[2] > 7 * 86400 and all(
            re.fullmatch(rb"(?s).+\.tmp|core\.[0-9]+", path.rsplit(b"/", 1)[-1]) and not path.startswith(pins + closed)
            for path in group
        ):
            gone["litter"] |= group
    left = [group - gone["litter"] - gone["projects"] for group in groups]
    left = sorted((min(found[p][2] for p in group), min(group), group) for group in left if group)
    occupied = sum(found[name][4] for _, name, _ in left)
    for when, name, group in left:
        if occupied > LIMIT and NOW - when > 30 * 86400 and all(p.startswith(b"scratch/") and not p.startswith(pins) for p in group):
            gone["scratch"] |= group
            occupied -= found[name][4]
    dead = set().union(*gone.values())
    keep = {path: entry for path, entry in found.items() if path not in dead}
    had = {os.path.dirname(path) for path in found} | {os.path.dirname(folder) for folder in folders}
    stay = {f for f in folders if any(path.startswith(f + b"/") for path in keep)}
    empty = {f for f in folders if f not in had and not f.startswith(closed)}
    stay |= {f for f in folders if any(e == f or e.startswith(f + b"/") for e in empty)}
    tops = {}
    for group in groups:
        for top in {path.split(b"/")[0] for path in group}:
            tops[top] = tops.get(top, 0) + found[min(group)][4]
    return {
        "found": found,
        "keep": keep,
        "groups": {group - dead for group in groups if group - dead},
        "folders": stay,
        "gone": gone,
        "closed": sorted(home[9:-1] for home in closed),
        "before": sum(found[min(group)][4] for group in groups),
        "after": occupied,
        "largest": max(tops, key=tops.get).decode(),
    }


@check("the list has every name that is gone")
def _():
    listed = data("/app/removed.list").split(b"\0")
    assert listed.pop() == b""
    assert listed == sorted(set().union(*want()["gone"].values()))


@check("the report gives the sizes, and what is the largest")
def _():
    found = json_file("/app/report.json")
    assert set(found) == {"before", "after", "litter", "projects", "scratch", "archived", "largest"}
    assert (found["before"], found["after"], found["largest"]) == (want()["before"], want()["after"], want()["largest"])


@check("the report counts what went by which rule")
def _():
    found = json_file("/app/report.json")
    assert [found[rule] for rule in want()["gone"]] == [len(paths) for paths in want()["gone"].values()]
    assert found["archived"] == [os.fsdecode(name) for name in want()["closed"]]


@check("what may not go is there as it was, and nothing else is", seconds=100)
def _():
    have, groups, _ = volume()
    extra, missing = set(have) - set(want()["keep"]), set(want()["keep"]) - set(have)
    assert not extra and not missing, f"too much: {sorted(extra)[:3]}, missing: {sorted(missing)[:3]}"
    for path, entry in want()["keep"].items():
        assert have[path] == entry, path
    assert groups == want()["groups"], "hard links"
    assert sha256("/app/policy.md") == POLICY


@check("folders that became empty are gone, and others are not")
def _():
    assert volume()[2] == want()["folders"]


@check("closed projects are archived whole, and no others", seconds=100)
def _():
    assert sorted(os.listdir(b"/app/archive")) == [name + b".tar.gz" for name in want()["closed"]]
    for name in want()["closed"]:
        home = b"projects/" + name + b"/"
        wanted = {path[9:]: entry for path, entry in want()["found"].items() if path.startswith(home)}
        packed = data(b"/app/archive/" + name + b".tar.gz", MAX)
        have = {}
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar:
            for member in tar:
                path = os.fsencode(member.name.removeprefix("./"))
                if member.isdir():
                    continue
                assert path not in have, path
                if member.issym():
                    have[path] = ("link", os.fsencode(member.linkname))
                    continue
                content = tar.extractfile(member).read(MAX)
                have[path] = ("file", member.mode & 0o7777, int(member.mtime), told(content)[0])
        assert have == {path: entry[:4] for path, entry in wanted.items()}, name


main()
