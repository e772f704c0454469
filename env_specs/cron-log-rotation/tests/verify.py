"""Verifier of cron-log-rotation."""

import gzip
import os
import random
import re
import stat
import sys
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, "/tests")

from checks import NOBODY, check, data, fail, json_file, lines, main, run_agent_program, sha256  # noqa: E402

os.environ["TZ"] = "UTC"
LOGS = Path("/app/logs")
DAY = date(2025, 11, 3)
POLICY = "d3590a3a85ece68d858f946c425cd3aaffcd4b419f3275888d0a9e6e8a18e4f4"
# The policy, as the reference below takes it: pattern of the path, days, days, bytes, mode.
RULES = [
    (r"web/[^/]*", 30, 1, 1024, 0o640),
    (r"web/admin/.*", 180, 7, 1, 0o600),
    (r"audit/.*", 400, 30, 1, 0o600),
    (r"batch/[^/]*/[^/]*", 14, 0, 512, 0o640),
    (r"debug/.*", 3, 0, 1, 0o644),
    (r".*", 60, 2, 1, 0o640),
]
OTHER_CONF = "# another one\n\nmail/s*.log 2 1 100 0604\n**/main/*.log 61 61 300 0666\nweb/**.log 31 8 1 0600\naudit/?rail.log 0 0 0 0600\n"
OTHER_RULES = [
    (r"mail/s[^/]*\.log", 2, 1, 100, 0o604),
    (r".*/main/[^/]*\.log", 61, 61, 300, 0o666),
    (r"web/.*\.log", 31, 8, 1, 0o600),
]


def make_tree(root, seed, today):
    """A tree of logs: paths, modes and times are drawn from `seed`."""
    rng = random.Random(seed)
    held = []

    def put(path, size, mode, age):
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(f"{rng.randrange(10**9):09d} line of {path}\n" for _ in range(size // 20 + 1))
        file.write_bytes(text.encode()[:size])
        file.chmod(mode)
        # When a file was touched says nothing about its age.
        when = int(datetime(today.year, today.month, today.day, 1).timestamp()) - age * 86400
        os.utime(file, (when, when))

    homes = {
        "web": (["access", "error", "front end"], [0, 1, 2, 29, 30, 31, 45]),
        "web/admin": (["access", "login"], [1, 6, 7, 8, 31, 179, 180, 181]),
        "web/admin/eu": (["login"], [6, 7, 60, 61, 180, 181]),
        "web/static": (["fetch"], [1, 2, 31, 60, 61]),
        "audit": (["trail"], [1, 29, 30, 31, 61, 399, 400, 401]),
        "audit/db/main": (["queries", "a b"], [30, 61, 400, 500]),
        "batch/night": (["import", "export"], [0, 1, 13, 14, 15]),
        "batch/month end": (["close"], [1, 14, 15, 40]),
        "batch/night/steps": (["one"], [0, 1, 2, 15, 60, 61]),
        "debug": (["trace"], [0, 2, 3, 4]),
        "debug/deep/er": (["core"], [1, 3, 4, 9]),
        "mail": (["smtp", "[queue]"], [1, 2, 3, 59, 60, 61]),
    }
    for home, (names, ages) in homes.items():
        for name in names:
            put(f"{home}/{name}.log", rng.choice([0, 1, 300, 511, 512, 1023, 1024, 3000]), rng.choice([0o600, 0o640, 0o664]), 0)
            for age in ages:
                if rng.random() < 0.15:
                    continue
                number = rng.choice(["", "", "", ".1", ".2"])
                path = f"{home}/{name}-{today - timedelta(days=age)}{number}.log"
                packed = rng.random() < 0.4
                put(path, rng.randrange(40, 900), rng.choice([0o600, 0o640]), rng.randrange(0, 90))
                if packed:
                    info = (root / path).stat()
                    (root / f"{path}.gz").write_bytes(gzip.compress((root / path).read_bytes(), mtime=0))
                    (root / path).unlink()
                    path += ".gz"
                    (root / path).chmod(info.st_mode & 0o777)
                    os.utime(root / path, (info.st_mtime, info.st_mtime))
                if rng.random() < 0.12:
                    held.append(path)
    put("mail/old-2025-02-30.log", 50, 0o640, 400)
    put("mail/notes-2019-01-01.txt", 50, 0o640, 900)
    put("web/error-2019-01-01.log.bak", 50, 0o640, 900)
    put("web/2019-01-01.log", 1500, 0o640, 900)
    put("batch/stray.log", 700, 0o640, 2)
    (root / "web/current.log").symlink_to("access.log")
    (root / f"debug/last-{today - timedelta(days=50)}.log").symlink_to("trace.log")
    held.append("mail/nothing-2020-01-01.log")
    (root / ".hold").write_text("# kept for the lawyers\n\n" + "".join(f"{path}\n" for path in held))
    os.utime(root / ".hold", (1_750_000_000, 1_750_000_000))


def snapshot(root):
    """From each path to what is there: kind, mode, time of change, content (unpacked)."""
    found = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            full = f"{folder}/{name}"
            info, path = os.lstat(full), os.path.relpath(full, root)
            if stat.S_ISLNK(info.st_mode):
                found[path] = ("link", os.readlink(full))
            elif stat.S_ISREG(info.st_mode):
                content = data(full)
                if path.endswith(".gz"):
                    try:
                        content = gzip.decompress(content)
                    except (OSError, EOFError):
                        fail(f"{path} is not packed with gzip")
                found[path] = ("file", stat.S_IMODE(info.st_mode), int(info.st_mtime), content)
            elif not stat.S_ISDIR(info.st_mode):
                fail(f"{path} is neither file nor folder")
    return found


def rotated(before, rules, today):
    """The policy, over again, on a snapshot: what is there after, and what was done."""
    tree, did = dict(before), {"rotated": 0, "deleted": 0, "packed": 0, "spared": []}
    hold = {row for row in before[".hold"][3].decode().split("\n") if row and row[0] != "#"}

    def rule(path):
        return next((values for pattern, *values in rules if re.fullmatch(pattern, path)), None)

    def old(path):
        match = re.fullmatch(r"((?:.*/)?[^/]+)-(\d{4})-(\d\d)-(\d\d)(\.[1-9]\d*)?\.log(\.gz)?", path)
        try:
            return match and (f"{match[1]}.log", date(*map(int, match.group(2, 3, 4))), match[6])
        except ValueError:
            return None

    for path, entry in before.items():
        if entry[0] == "file" and path.endswith(".log") and not old(path) and (found := rule(path)):
            if len(entry[3]) >= found[2]:
                places = [f"{path[:-4]}-{today}{number}.log" for number in ["", *(f".{n}" for n in range(1, 9))]]
                to = next(place for place in places if place not in tree and f"{place}.gz" not in tree)
                tree[to], tree[path] = entry, ("file", found[3], None, b"")
                did["rotated"] += 1
    for path, entry in list(tree.items()):
        parts = old(path)
        found = parts and entry[0] == "file" and rule(parts[0])
        if not found:
            continue
        age = (today - parts[1]).days
        act = "deleted" if age > found[0] else "packed" if age >= found[1] and not parts[2] else None
        if act and path in hold:
            did["spared"].append(path)
        elif act:
            did[act] += 1
            del tree[path]
            if act == "packed":
                tree[f"{path}.gz"] = entry
    return tree, {**did, "spared": sorted(did["spared"])}


def compare(have, want):
    if set(have) != set(want):
        fail(f"too much: {sorted(set(have) - set(want))[:3]}, missing: {sorted(set(want) - set(have))[:3]}")
    for path, entry in want.items():
        same = [a == b or b is None for a, b in zip(have[path], entry)]
        assert all(same) and len(have[path]) == len(entry), f"{path}: {['kind', 'mode', 'time', 'content'][same.index(False)]}"


def trial(seed, today, conf, rules, umask=None):
    """Run the agent's program on a new tree, twice, and compare with the policy."""
    assert os.stat("/app/bin/rotate").st_size < 1 << 20  # a shell reads a hole to its end
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        root, elsewhere = Path(folder, "some logs"), Path(folder, "elsewhere")
        root.mkdir()
        elsewhere.mkdir()  # what takes its own folder for ROOT must not search the whole disk
        make_tree(root, seed, today)
        before = snapshot(root)
        for top, folders, files in os.walk(root):
            for name in [".", *folders, *files]:
                os.chown(f"{top}/{name}", NOBODY, NOBODY, follow_symlinks=False)
        want, _ = rotated(before, rules, today)
        assert want != before
        for _ in range(2):
            argv = ["/app/bin/rotate", conf, str(root), str(today)]
            if umask:
                argv = ["/bin/sh", "-c", f'umask {umask}; exec "$@"', "sh", *argv]
            code, _, err = run_agent_program(argv, cwd=elsewhere, timeout=40)
            assert code == 0, f"{code}: {err[-200:]}"
            compare(snapshot(root), want)


def original():
    with tempfile.TemporaryDirectory() as folder:
        make_tree(Path(folder), 1103, DAY)
        return snapshot(folder)


@check("the logs are as the policy wants them after that day")
def _():
    assert sha256("/app/policy.md") == POLICY
    want, _ = rotated(original(), RULES, DAY)
    compare(snapshot(LOGS), want)


@check("the report counts what was done")
def _():
    _, did = rotated(original(), RULES, DAY)
    assert json_file("/app/report.json") == did


@check("program and configuration do right by other trees and dates", seconds=120)
def _():
    trial(7, date(2024, 3, 1), "/app/etc/rotate.conf", RULES)
    trial(8, date(2026, 1, 2), "/app/etc/rotate.conf", RULES, umask="077")


@check("the program does right by another configuration", seconds=120)
def _():
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(OTHER_CONF)
        file.flush()
        os.chmod(file.name, 0o644)
        trial(9, date(2025, 6, 30), file.name, OTHER_RULES)


@check("cron calls it as the policy says, and its other lines stay")
def _():
    rows = lines("/app/etc/crontab")
    mine = [row for row in rows if "bin/rotate" in row]
    assert len(mine) == 1
    assert [row for row in rows if row != mine[0]] == [
        "# m h dom mon dow user command",
        "SHELL=/bin/bash",
        "17 * * * * root /app/bin/collect",
        "@reboot root /app/bin/announce",
    ]
    fields = mine[0].split(None, 6)
    assert fields[:6] == ["15", "2", "*", "*", "*", "logs"], fields
    command = fields[6].strip()
    assert not re.search(r"(?<!\\)%", command), "cron takes a bare % for the end of the line"
    call = re.fullmatch(r"""/app/bin/rotate /app/etc/rotate\.conf /app/logs/? ["']?(\$\(|`)date (.*?)(\)|`)["']?""", command)
    assert call and "'" not in command.split("$(")[0], command
    assert call[2].strip("\"' ") in (r"+\%F", r"+\%Y-\%m-\%d", r"-I", r"+\"\%F", r"+'\%F"), call[2]


main()
