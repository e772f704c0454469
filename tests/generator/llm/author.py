"""A scripted author: it plays the model at every stage, and writes tasks that hold.

Each stage is a method that gives its form; spoil one in a subclass to get a bad author. What it
writes follows from the `Ref` in the prompts, which it makes up from the hand it was dealt, so equal
prompts get equal answers, in any process.
"""

import hashlib
import json
import random
import re

from tests.model_server import calls, says

SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu za bren dor fal".split()
WORDS = 90


class Author:
    """Answers requests; hand it to `serving(author=…)`."""

    def __call__(self, body):
        if "prompt" in body:
            return says(self.completion(body["prompt"]))
        messages = body["messages"]
        prompt = "\n".join(one["content"] for one in messages[1:] if one["role"] != "assistant")
        if tools := body.get("tools"):
            form = next(t["function"] for t in tools if t["function"]["name"] == "submit")
            name = form["parameters"]["title"]
            turn = sum(message["role"] == "tool" for message in messages)
            looks = self.looks(name)
            if turn < len(looks):
                return calls(("run", {"command": looks[turn]}))
            return calls(("submit", getattr(self, name.lower())(prompt)))
        name = body["response_format"]["json_schema"]["name"]
        return says(json.dumps(getattr(self, name.lower())(prompt)))

    def looks(self, name):
        """What it runs on the machine before it hands in."""
        return ["ls -l", "head -3 orders.csv"] if name == "Work" else ["wc -l < orders.csv"]

    def idea(self, prompt):
        ref = hashlib.sha256(prompt.encode()).hexdigest()[:8]
        words = _words(ref)
        return {
            "title": f"{words[0]} {words[1]} {words[2]} accounts",
            "summary": f"Ref {ref}: close the accounts of {words[0]}.",
            "scenario": " ".join(words),
        }

    def completion(self, prompt):
        ref = hashlib.sha256(prompt.encode()).hexdigest()[:8]
        return f"Ref {ref}: close the accounts. " + " ".join(_words(ref))

    def judgement(self, prompt):
        names = "clear self_contained verifiable offline long_horizon safe".split()
        return {name: {"reason": "it is", "ok": True} for name in names}

    def request(self, prompt):
        case = Case(prompt)
        return {
            "instruction": f"Ref {case.ref}. {' '.join(_words(case.ref))}.\n\n"
            "In /app/orders.csv (order,region,cents,status) only orders with status paid count. "
            "Write /app/regions.csv: a line `region,cents` for each region that has paid orders, "
            "by name. Write /app/report.json: an object with `region` (the one with the most "
            "cents) and `cents` (of that region). Leave orders.csv as it is."
        }

    def world(self, prompt):
        case = Case(prompt)
        return {
            "files": [
                {"path": "/app/orders.csv", "content": case.orders},
                {"path": "/app/bin/note.sh", "content": "echo paid\n", "executable": True},
            ],
            "setup": "chmod 640 orders.csv",
            "state": ["/app"],
            "hidden": [str(case.totals[case.most])],
        }

    def work(self, prompt):
        total = 'awk -F, \'$4 == "paid" {t[$2] += $3} END {for (r in t) print r "," t[r]}\''
        return {
            "commands": [
                "cd /app",
                "ls -l",
                "head -3 orders.csv",
                "cut -d, -f4 orders.csv | sort | uniq -c",
                "cut -d, -f2 orders.csv | sort -u",
                "grep -c paid orders.csv",
                "awk -F, 'NF != 4' orders.csv | head",
                f"{total} orders.csv > /tmp/totals",
                "cat /tmp/totals",
                "sort /tmp/totals > regions.csv",
                "most=$(sort -t, -k2,2nr regions.csv | head -1)",
                "echo $most",
                "jq -n --arg r ${most%,*} --argjson c ${most#*,} '{region: $r, cents: $c}' "
                "> report.json",
            ]
        }

    def checks(self, prompt):
        case = Case(prompt)
        lines = [f"{region},{cents}" for region, cents in sorted(case.totals.items())]
        report = {"region": case.most, "cents": case.totals[case.most]}
        digest = hashlib.sha256(case.orders.encode()).hexdigest()
        return {
            "source": f"""
@check("regions.csv has every region's cents")
def _():
    assert lines("/app/regions.csv") == {lines!r}


@check("report.json names the region with the most")
def _():
    assert json_file("/app/report.json") == {report!r}


@check("the orders are as they were")
def _():
    assert sha256("/app/orders.csv") == {digest!r}
""",
            "outputs": ["/app/regions.csv", "/app/report.json"],
            "mutations": ["sed -i s/paid/void/ orders.csv", "sort -r -o regions.csv regions.csv"],
        }

    def attacks(self, prompt):
        return {
            "attacks": [
                {"name": "only the form", "script": "echo '{}' > report.json; touch regions.csv"},
                {"name": "all orders", "script": "cp orders.csv regions.csv"},
            ]
        }

    def settings(self, prompt):
        return {
            "description": "Close the accounts.",
            "keywords": ["csv", "totals"],
            "agent_timeout_sec": 600,
            "memory_mb": 512,
        }

    def diagnosis(self, prompt):
        return {"owner": "solution", "reason": "it is wrong", "advice": "mend it"}


class Case:
    """What the task with a prompt's `Ref` is about."""

    def __init__(self, prompt):
        self.ref = re.search(r"Ref (\w{8})", prompt)[1]
        rng = random.Random(self.ref)
        regions = rng.sample(_words(self.ref), 5)
        rows = [
            (f"{rng.getrandbits(32):08x}", rng.choice(regions), rng.randint(100, 99999))
            for _ in range(150)
        ]
        status = ["paid" if rng.random() < 0.7 else "void" for _ in rows]
        self.orders = "order,region,cents,status\n" + "".join(
            f"{order},{region},{cents},{how}\n"
            for (order, region, cents), how in zip(rows, status, strict=True)
        )
        self.totals = {}
        for (_, region, cents), how in zip(rows, status, strict=True):
            if how == "paid":
                self.totals[region] = self.totals.get(region, 0) + cents
        self.most = max(self.totals, key=self.totals.get)


def _words(ref):
    rng = random.Random(f"words {ref}")
    return ["".join(rng.choices(SYLLABLES, k=3)) for _ in range(WORDS)]
