"""Verifier of git-bisect-regression."""

import os
import random
import re
import sys
import tempfile

sys.path.insert(0, "/tests")

from checks import check, exists, fail, git, json_file, main, run_agent_program, sh, sha256  # noqa: E402

REPO = "/app/repo"
FIX = "refs/heads/fix/mtr-118"
MAIN = "27f1455db12e5a3ac9d947b825676f7e88c6998b"
BAD = "a4224b2a71222e97142745b41d7fd6637357d9b3"
TAGS = {
    "v1.3": "67e0a08850c2b376a666b2d5a98e37cf2ec6056a",
    "v1.4": "3e8a31a8f2d706c0a1d527d6cd885ef7952452dc",
    "v1.5": "ffbc31598c87e4795e7dfd41f4b2a070c559b286",
    "v1.6": "f299439b2d51e246d20ce083be83018460d7ad95",
}
UNBUILDABLE = [
    "f4d4bc1fc013899e89cf9b79092815db2bb200f1",
    "d1fa3fcc2b418c283b4ff6d7b124d496b42a9198",
    "7471df1954a85dffc90ba92b4c85730e5eba5faf",
    "7583690acf6e0c7a1c8ae16506fa17e59b645f4f",
    "f378276da8e5cfd8dbc1117b599e437e8502e7d0",
    "bb50961953924aca2995b24d28f4338245ca1bdc",
]
WINTER = "160d6392091c462b4643439205056f0dd7e6c78f605ee5b43aed5c63fc882ef5"
CASE = "tests/cases/mtr-118"


def build(ref, folder):
    """Check out `ref` into a folder below `folder` and build it; gives the program's path."""
    tree = f"{folder}/{ref.replace('/', '-')}"
    os.mkdir(tree)
    os.chmod(tree, 0o777)
    script = f'set -o pipefail; git -C {REPO} archive "$0" | tar -x -C "$1" && make -s -C "$1"'
    done = sh(["/bin/bash", "-c", script, ref, tree], timeout=60)
    if done.returncode:
        fail(f"{ref} does not build: {done.stderr.strip()[:200]}")
    return f"{tree}/meterly"


def built(*refs):
    """A folder for input, and the programs of `refs`; all is removed when the folder is closed."""
    folder = tempfile.TemporaryDirectory()
    os.chmod(folder.name, 0o755)
    return folder, [build(ref, folder.name) for ref in refs]


def answer(program, folder, text, *options):
    path = f"{folder.name}/input.csv"
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, 0o644)
    code, out, _ = run_agent_program([program, *options, path], cwd=folder.name)
    return out if code == 0 else f"exit {code}"


def expected(text, options):
    """What docs/readings.md says, over again."""
    last, used, times = {}, {}, {}
    for line in text.splitlines():
        meter, digits, time, reading = line.split(",")
        if "--meter" in options and meter != options[-1]:
            continue
        tenths = int(reading.replace(".", ""))
        used.setdefault(meter, [])
        times.setdefault(meter, []).append(time)
        if meter in last:
            used[meter].append((tenths - last[meter]) % 10 ** (int(digits) + 1))
        last[meter] = tenths
    show = lambda value: f"{value // 10}.{value % 10}"  # noqa: E731
    if "--peak" in options:
        rows = []
        for meter, values in used.items():
            top = max(values, default=0)
            rows.append((meter, show(top), times[meter][values.index(top) + 1] if top else "-"))
        return "".join("\t".join(row) + "\n" for row in rows)
    if "--json" in options:
        return "{" + ", ".join(f'"{m}": {show(sum(used[m]))}' for m in sorted(used)) + "}\n"
    return "".join(f"{m}\t{len(times[m])}\t{show(sum(used[m]))}\n" for m in sorted(used))


def readings(seed):
    """Meters of 1 to 8 wheels that use anything up to all that their wheels span."""
    rng = random.Random(seed)
    meters = {
        f"m{seed}-{n}": (digits, rng.randrange(10 ** (digits + 1)))
        for n, digits in enumerate([1, 2, 3, 4, 4, 5, 6, 7, 8, 5, 2])
    }
    rows = []
    for day in range(1, 25):
        for meter, (digits, value) in meters.items():
            span = 10 ** (digits + 1)
            value = (value + rng.randrange(span if rng.random() < 0.5 else span // 20 + 1)) % span
            meters[meter] = digits, value
            rows.append(f"{meter},{digits},2025-04-{day:02d}T12:00,{value // 10}.{value % 10}\n")
    return "".join(rows)


@check("main and the tags are untouched, and there is one branch more")
def _():
    assert git(REPO, "rev-parse", "refs/heads/main") == MAIN
    assert (
        git(REPO, "for-each-ref", "--format=%(refname)", "refs/heads") == f"{FIX}\nrefs/heads/main"
    )
    tags = git(REPO, "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/tags")
    assert dict(line.split() for line in tags.splitlines()) == TAGS
    assert sha256("/app/winter.csv") == WINTER


@check("the fix is one commit on the tip of main, and changes what it has to")
def _():
    assert git(REPO, "log", "--format=%P", f"{MAIN}..{FIX}") == MAIN
    changed = git(REPO, "diff", "--no-renames", "--name-status", MAIN, FIX).splitlines()
    rows = [tuple(line.split("\t")) for line in changed]
    assert {("A", f"{CASE}.csv"), ("A", f"{CASE}.out"), ("M", "CHANGELOG.md")} <= set(rows), rows
    rest = [
        path
        for _, path in rows
        if not re.fullmatch(rf"src/[^/]+|Makefile|CHANGELOG.md|{CASE}\.(csv|out|args)", path)
    ]
    assert not rest, rest


@check("the message ends in the two trailers, and the change log has its line")
def _():
    body = git(REPO, "log", "-1", "--format=%B", FIX).rstrip().split("\n\n")
    assert len(body) > 1
    assert body[-1].split("\n") == [f'Fixes: {BAD[:12]} ("Count in tenths")', "Ticket: MTR-118"]
    before = git(REPO, "show", f"{MAIN}:CHANGELOG.md").split("\n")
    after = git(REPO, "show", f"{FIX}:CHANGELOG.md").split("\n")
    new = [line for line in after if line.startswith("- MTR-118: ")]
    assert len(new) == 1 and len(new[0]) > 20
    place = after.index(new[0])
    assert after[:place] + after[place + 1 :] == before
    assert before.index("## Unreleased") < place <= before.index("## 1.6") - 1


@check("sums and peaks are right with the fix, over what the customer sent and over much else")
def _():
    folder, (fixed,) = built(FIX)
    with folder, open("/app/winter.csv") as file:
        winter = file.read()
        for text in (winter, readings(1), readings(2)):
            meter = text.split(",")[0]
            for options in (
                [],
                ["--peak"],
                ["--json"],
                ["--meter", meter],
                ["--peak", "--meter", meter],
            ):
                assert answer(fixed, folder, text, *options) == expected(text, options), options


@check(
    "the new case fails on the commit with the mistake and on main, and passes with the fix",
    seconds=120,
)
def _():
    files = git(REPO, "ls-tree", "-r", "--name-only", FIX).split("\n")
    text = git(REPO, "show", f"{FIX}:{CASE}.csv") + "\n"
    out = git(REPO, "show", f"{FIX}:{CASE}.out") + "\n"
    options = git(REPO, "show", f"{FIX}:{CASE}.args").split() if f"{CASE}.args" in files else []
    folder, (bad, now, fixed) = built(BAD, MAIN, FIX)
    with folder:
        assert answer(fixed, folder, text, *options) == out == expected(text, options)
        assert answer(now, folder, text, *options) not in (out, "exit 1", "exit 2")
        assert answer(bad, folder, text, *options) != out
        done = sh(["/bin/sh", "tests/run.sh"], cwd=os.path.dirname(fixed), timeout=30)
        assert done.returncode == 0 and f"ok   {CASE}" in done.stdout, done.stdout


@check("the repository is on the new branch, clean, with nothing half done")
def _():
    assert git(REPO, "symbolic-ref", "HEAD") == FIX
    assert git(REPO, "status", "--porcelain", "--untracked-files=all") == ""
    for name in (
        "BISECT_LOG",
        "BISECT_START",
        "MERGE_HEAD",
        "CHERRY_PICK_HEAD",
        "REVERT_HEAD",
        "rebase-merge",
        "rebase-apply",
    ):
        assert not exists(f"{REPO}/.git/{name}"), name
    assert git(REPO, "for-each-ref", "refs/bisect", "refs/stash") == ""
    assert git(REPO, "worktree", "list", "--porcelain").count("worktree ") == 1


def report():
    found = json_file("/app/report.json")
    assert set(found) == {"first_bad", "author", "releases", "unbuildable", "wrong", "right"}
    return found


@check("the report names the commit, its author and the releases")
def _():
    found = report()
    assert (found["first_bad"], found["author"]) == (BAD, "Pavel Okun")
    assert found["releases"] == ["v1.5", "v1.6"]


@check("the report lists what does not build")
def _():
    assert report()["unbuildable"] == UNBUILDABLE


@check("the report gives the wrong and the right sum")
def _():
    found = report()
    assert (found["wrong"], found["right"]) == (1987.9, 3987.9)


main()
