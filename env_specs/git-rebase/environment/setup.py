"""Makes the repository: a main branch that moved on, a messy feature branch, review notes."""

import os
import subprocess
from pathlib import Path

REPO = Path("/app/repo")
HANA = ("Hana Sorel", "hana@example.org")
IVO = ("Ivo Brandt", "ivo@example.org")
MINA = ("Mina Falk", "mina@example.org")
clock = 1_741_000_000

PARSE_BAD = "def parse(line):\n    number, code, net = line.split(',')\n    return number, code, float(net)\n"
PARSE = "from decimal import Decimal\n\n\ndef parse(line):\n    number, code, net = line.strip().split(',')\n    return number, code, Decimal(net)\n"
TOTALS_BAD = "def total(rows, rates):\n    return sum(net * rates[code] for _, code, net in rows)\n"
TOTALS = "def total(rows, rates):\n    return sum(net * (100 + rates[code]) / 100 for _, code, net in rows)\n"
TOTALS_DEBUG = TOTALS_BAD.replace("    return", "    print('XXX', rows)\n    return")
SETTINGS = "import os\n\nTOKEN = os.environ.get('LEDGER_TOKEN', '')\nCURRENCY = 'EUR'\n"
REPORT = "from ledger.parse import parse\nfrom ledger.totals import total\n\n\ndef report(lines, rates):\n    return f'{total([parse(line) for line in lines], rates):.2f}'\n"
GUIDE = """# Before a branch is merged

1. It is rebased onto `main`: a straight line, no merges.
2. A commit `fixup! X` is folded into the commit `X`; nothing of its message stays.
3. Reviewers leave their decisions as notes, `git notes --ref=review`. What has `verdict: drop`
   does not go in. Neither does a commit that changes nothing any more.
4. Commits stay in their order, each with its author and author date.
5. A subject reads `[TICKET] Subject`, the body stays as it is, and the last paragraph is the
   trailer `Reviewed-by: NAME <ADDRESS>`. Ticket and reviewer are in the commit's note.
6. `data/rates.csv` has its header, then one line per country, sorted by code, in every commit.
   Where a branch and `main` give different rates for a country that `main` has set or changed
   since the branch began, `main` is right; all else that the branch says holds.
7. Credentials are in no commit.
"""


def git(*arguments, who=MINA, **extra):
    env = dict(os.environ, HOME="/nonexistent", GIT_CONFIG_NOSYSTEM="1")
    for role in ("AUTHOR", "COMMITTER"):
        env[f"GIT_{role}_NAME"], env[f"GIT_{role}_EMAIL"] = who
        env[f"GIT_{role}_DATE"] = f"{clock} +0000"
    subprocess.run(["git", "-C", REPO, *arguments], check=True, env=env, **extra)


def write(path, text):
    file = REPO / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def commit(message, who, files, note=None):
    global clock
    clock += 5_417
    for path, text in files.items():
        if text is None:
            (REPO / path).unlink()
        else:
            write(path, text)
    git("add", "-A")
    git("commit", "-q", "-m", message, who=who)
    if note:
        git("notes", "--ref=review", "add", "-m", note)


def note(ticket, reviewer, verdict="keep"):
    return f"ticket: {ticket}\nreviewer: {reviewer[0]} <{reviewer[1]}>\nverdict: {verdict}"


def rates(**values):
    return "code,rate\n" + "".join(f"{code},{rate}\n" for code, rate in values.items())


REPO.mkdir(parents=True)
git("init", "-q", "-b", "main")
commit("Start the ledger", MINA, {"README.md": "# ledger\n", "ledger/__init__.py": ""})
commit("Add tax rates", MINA, {"data/rates.csv": rates(DE=19, FR=20, IT=22)})
git("tag", "v0.1")

git("switch", "-q", "-c", "feature")
commit("Parse invoice lines\n\nOne line per invoice: number, country, net amount.", HANA,
       {"ledger/parse.py": PARSE_BAD}, note("LED-311", IVO))
commit("Add up totals", IVO, {"ledger/totals.py": TOTALS_BAD}, note("LED-298", MINA))
commit("fixup! Parse invoice lines", HANA, {"ledger/parse.py": PARSE})
commit("Read settings from the environment\n\nThe deployment sets LEDGER_TOKEN.", HANA,
       {"ledger/settings.py": SETTINGS, "ops/staging.env": "LEDGER_TOKEN=lt_7c1e90ab55d2\n"},
       note("LED-342", MINA))
commit("Trace totals", IVO, {"ledger/totals.py": TOTALS_DEBUG}, note("LED-298", HANA, "drop"))
commit("Update tax rates", MINA,
       {"data/rates.csv": rates(IT="22.5", DE=19, FR=21, AT=20, ES=10)}, note("LED-350", HANA))
commit("fixup! Add up totals", IVO,
       {"ledger/totals.py": TOTALS.replace("    return", "    print('XXX', rows)\n    return")})
commit("Clean up before review", HANA, {"ops/staging.env": None}, note("LED-342", MINA))
commit("Report a sum\n\nUsed by the nightly job.", HANA, {"ledger/report.py": REPORT},
       note("LED-360", IVO))
commit("Rename README", IVO, {"README.md": None, "README.txt": "ledger\n"},
       note("LED-361", MINA, "drop"))

git("switch", "-q", "main")
commit("Add Spain, correct France", MINA, {"data/rates.csv": rates(DE=19, ES=21, FR="20.5", IT=22)})
commit("Say how branches are merged", MINA, {"CONTRIBUTING.md": GUIDE})
git("switch", "-q", "feature")
git("config", "user.name", "Release Desk")
git("config", "user.email", "release@example.org")
