"""Authors that spoil one stage: out of malice or carelessness.

A hostile one spoils it every time. `sloppy(…)` makes one of the same kind that does it right as
soon as it is shown what was wrong.
"""

import re
import time

from tests.generator.llm.author import Author, Case

SHOWN = ("You handed this in before:", "That does not do:", "Refused:")
"""What a prompt holds that shows an author the evidence."""


def sloppy(bad):
    """The author that mends its work when shown the evidence."""
    stage = next(name for name in vars(bad) if hasattr(Author, name) and not name.startswith("_"))
    spoilt, right = getattr(bad, stage), getattr(Author, stage)

    def mended(self, prompt):
        shown = any(words in prompt for words in SHOWN)
        return right(self, prompt) if shown else spoilt(self, prompt)

    return type(f"Sloppy{bad.__name__}", (bad,), {stage: mended})


class AlwaysPasses(Author):
    """A verifier whose every check holds."""

    def checks(self, prompt):
        names = ("regions.csv is right", "report.json is right", "the orders are as they were")
        source = "\n\n".join(f"@check({name!r})\ndef _():\n    assert True" for name in names)
        return {**super().checks(prompt), "source": source}


class LooksForPresence(Author):
    """A verifier that a stub passes, and an attacker who does not find that out."""

    def checks(self, prompt):
        return {
            **super().checks(prompt),
            "source": """
@check("regions.csv is there")
def _():
    assert exists("/app/regions.csv")


@check("report.json is an object")
def _():
    assert isinstance(json_file("/app/report.json"), dict)


@check("the orders are there")
def _():
    assert exists("/app/orders.csv")
""",
        }

    def attacks(self, prompt):
        return {"attacks": []}


class LooksForPresenceUnderAttack(LooksForPresence):
    """The same verifier, and an attacker who writes the stub."""

    def checks(self, prompt):
        return super().checks(prompt)

    def attacks(self, prompt):
        return Author.attacks(self, prompt)


class Installs(Author):
    """A verifier that would fetch its tools from the network."""

    def checks(self, prompt):
        made = super().checks(prompt)
        fetch = 'import subprocess\nsubprocess.run("pip install pandas || true", shell=True)\n'
        return {**made, "source": fetch + made["source"]}


class ImportsFromAgent(Author):
    """A verifier that imports whatever lies beside the agent's files."""

    def checks(self, prompt):
        made = super().checks(prompt)
        fetch = (
            'sys.path.insert(0, "/app")\ntry:\n    import pytest\nexcept ImportError:\n    pass\n'
        )
        return {**made, "source": f"import sys\n{fetch}{made['source']}"}


class LooksAtTheClock(Author):
    """A verifier that will stop to hold in about two years."""

    def checks(self, prompt):
        made = super().checks(prompt)
        young = f"""
import time


@check("the orders are of these days")
def _():
    assert time.time() < {time.time() + 900 * 86400:.0f}
"""
        return {**made, "source": young + made["source"]}


class TypesTheAnswer(Author):
    """A solution that writes what is expected, without looking."""

    def work(self, prompt):
        case = Case(prompt)
        lines = "\n".join(f"{region},{cents}" for region, cents in sorted(case.totals.items()))
        report = f'{{"region": "{case.most}", "cents": {case.totals[case.most]}}}'
        looks = ["cd /app", *super().work(prompt)["commands"][1:7], "ls", "pwd", "wc orders.csv"]
        return {
            "commands": [
                *looks,
                f"cat > regions.csv <<'END'\n{lines}\nEND",
                f"echo '{report}' > report.json",
            ]
        }


class TypesTheAnswerInPieces(TypesTheAnswer):
    """The same, with the numbers written so that nobody finds them by their digits."""

    def work(self, prompt):
        made = super().work(prompt)["commands"]

        def split(match):
            return f"$(( {int(match[0]) - 7} + 7 ))"

        lines = re.sub(r"\d{4,}", split, made[-2]).replace("<<'END'", "<<END")
        report = re.sub(r"\d{4,}", split, made[-1]).replace('"', '\\"').replace("'", '"')
        return {"commands": [*made[:-2], lines, report]}


class Forgets(Author):
    """A solution that counts what is not paid, too."""

    def work(self, prompt):
        commands = super().work(prompt)["commands"]
        return {"commands": [one.replace('$4 == "paid" ', "") for one in commands]}


class GoesOn(Author):
    """A solution whose work is done before its end."""

    def work(self, prompt):
        return {"commands": [*super().work(prompt)["commands"], "cat report.json"]}


class TellsTheAnswer(Author):
    """An instruction that says what is to be found out."""

    def request(self, prompt):
        case = Case(prompt)
        asked = super().request(prompt)["instruction"]
        return {"instruction": f"{asked} It should come to {case.totals[case.most]} cents."}


class Fetches(Author):
    """A Dockerfile that needs the network, and says so."""

    def world(self, prompt):
        return {
            **super().world(prompt),
            "dockerfile": "FROM debian:bookworm-slim\nRUN curl -sSf https://example.com/data.tgz\n"
            "WORKDIR /app\nCOPY world/ /\nRUN bash /setup.sh && rm /setup.sh\n",
        }


class FetchesQuietly(Author):
    """A set-up that opens a connection by hand, to a server that is there."""

    url = ""

    def world(self, prompt):
        host, port = self.url.split("/")[2].split(":")
        return {**super().world(prompt), "setup": f"exec 3<>/dev/tcp/{host}/{port}"}


class Traverses(Author):
    """Files that are to lie outside of the bundle."""

    path = "/app/../../../../tmp/terminal-gym-traversal"

    def world(self, prompt):
        made = super().world(prompt)
        return {**made, "files": [*made["files"], {"path": self.path, "content": "owned"}]}


class BreaksTheBuild(Author):
    """A set-up that fails."""

    def world(self, prompt):
        return {**super().world(prompt), "setup": "echo no luck today; exit 3"}


class Infeasible(Author):
    """A judge that finds no good in it."""

    def judgement(self, prompt):
        made = super().judgement(prompt)
        return {**made, "offline": {"reason": "it needs a web service", "ok": False}}


class Unfinished(Author):
    """A solution that bash cannot read."""

    def work(self, prompt):
        return {"commands": [*super().work(prompt)["commands"], "cat > more <<'END'"]}
