"""Verifier of git-rebase."""

import sys

sys.path.insert(0, "/tests")

from checks import check, exists, git, json_file, main  # noqa: E402

REPO = "/app/repo"
MAIN = "3930b2edf09c2e27830e3e110258f0d02b6144a3"
REVIEW = "f79e1ff4639005306f06d4dde4f03d6653f3de54"
TAG = "cf1a811e83e4ea0ce46405cd8891c79190d817b2"
HANA, IVO, MINA = (
    f"{name} <{name.split()[0].lower()}@example.org>"
    for name in ("Hana Sorel", "Ivo Brandt", "Mina Falk")
)
# New subject, author, author date, reviewer, body before the trailer, files that it changes.
COMMITS = [
    ("[LED-311] Parse invoice lines", HANA, 3, IVO, "One line per invoice: number, country, net amount.", "ledger/parse.py"),
    ("[LED-298] Add up totals", IVO, 4, MINA, "", "ledger/totals.py"),
    ("[LED-342] Read settings from the environment", HANA, 6, MINA, "The deployment sets LEDGER_TOKEN.", "ledger/settings.py"),
    ("[LED-350] Update tax rates", MINA, 8, HANA, "", "data/rates.csv"),
    ("[LED-360] Report a sum", HANA, 11, IVO, "Used by the nightly job.", "ledger/report.py"),
]
RATES = "code,rate\nAT,20\nDE,19\nES,21\nFR,20.5\nIT,22.5"
TOTALS = "def total(rows, rates):\n    return sum(net * (100 + rates[code]) / 100 for _, code, net in rows)"


def new_commits():
    return git(REPO, "rev-list", "--reverse", f"{MAIN}..refs/heads/feature").split()


def each(form):
    return [git(REPO, "log", "-1", f"--format={form}", one) for one in new_commits()]


@check("main, tags and review notes are untouched, and there is no further branch")
def _():
    assert git(REPO, "rev-parse", "refs/heads/main") == MAIN
    assert git(REPO, "rev-parse", "refs/notes/review") == REVIEW
    assert git(REPO, "for-each-ref", "--format=%(refname)", "refs/heads") == (
        "refs/heads/feature\nrefs/heads/main"
    )
    assert git(REPO, "for-each-ref", "--format=%(refname) %(objectname)", "refs/tags") == (
        f"refs/tags/v0.1 {TAG}"
    )


@check("feature is a straight line on top of main")
def _():
    assert git(REPO, "merge-base", MAIN, "refs/heads/feature") == MAIN
    assert git(REPO, "rev-list", "--merges", f"{MAIN}..refs/heads/feature") == ""
    assert new_commits()


@check("the commits are the reviewed ones, in order, with their tickets")
def _():
    assert each("%s") == [row[0] for row in COMMITS]


@check("authors and author dates are the original ones")
def _():
    assert each("%an <%ae>") == [row[1] for row in COMMITS]
    assert each("%at") == [str(1_741_000_000 + 5_417 * row[2]) for row in COMMITS]


@check("bodies are kept and end in the reviewer's trailer")
def _():
    wanted = [f"{row[4]}\n\nReviewed-by: {row[3]}".strip() for row in COMMITS]
    assert [body.strip() for body in each("%b")] == wanted


@check("each commit changes what belongs to it, fixups folded in")
def _():
    commits = new_commits()
    assert len(commits) == len(COMMITS)
    for one, row in zip(commits, COMMITS):
        changed = git(REPO, "diff-tree", "-r", "--name-only", "--no-commit-id", one)
        assert changed == row[5], changed
    assert "Decimal(net)" in git(REPO, "show", f"{commits[0]}:ledger/parse.py")
    assert git(REPO, "show", f"{commits[1]}:ledger/totals.py") == TOTALS


@check("the rates are merged by the rule")
def _():
    assert git(REPO, "show", "refs/heads/feature:data/rates.csv") == RATES


@check("what is left of the branch's own files is complete, and rejected work is gone")
def _():
    files = git(REPO, "ls-tree", "-r", "--name-only", "refs/heads/feature").split()
    assert files == [
        "CONTRIBUTING.md",
        "README.md",
        "data/rates.csv",
        "ledger/__init__.py",
        "ledger/parse.py",
        "ledger/report.py",
        "ledger/settings.py",
        "ledger/totals.py",
    ]
    assert "XXX" not in git(REPO, "show", "refs/heads/feature:ledger/totals.py")


@check("the credential is in no branch's history")
def _():
    assert new_commits()
    assert git(REPO, "log", "--branches", "--tags", "--format=%H", "--", "ops") == ""
    assert git(REPO, "log", "--branches", "--tags", "--format=%H", "-S", "lt_7c1e90ab55d2") == ""


@check("the repository is on feature, clean, with nothing half done")
def _():
    assert new_commits()
    assert git(REPO, "symbolic-ref", "HEAD") == "refs/heads/feature"
    for name in ("rebase-merge", "rebase-apply", "CHERRY_PICK_HEAD", "MERGE_HEAD"):
        assert not exists(f"{REPO}/.git/{name}"), name
    assert git(REPO, "merge-base", MAIN, "HEAD") == MAIN
    assert git(REPO, "status", "--porcelain", "--untracked-files=all") == ""


@check("the handover says what was found")
def _():
    assert json_file("/app/handover.json") == {
        "credential": "ops/staging.env",
        "dropped": ["Rename README", "Trace totals"],
        "commits": {row[0]: row[1].split(" <")[0] for row in COMMITS},
    }


main()
