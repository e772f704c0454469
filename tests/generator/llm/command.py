"""`terminal-gym generate --engine llm`, as a user types it, and what it leaves."""

import json

from terminal_gym_generator.outcome import Outcome
from terminal_gym_generator.records import TaskRecord

from terminal_gym.cli.main import run_cli


def generate(server, domain, out, *options):
    """Run the command; gives its exit code."""
    fixed = ["--engine", "llm", "--model", "tiny", "--base-url", server.url, "--domain", domain]
    fixed += ["--out", out, "--backend", "namespace", "-j", "2", "--prices", "1:2"]
    return run_cli(["generate", *map(str, [*fixed, *options])])


def outcomes(out):
    """Of all drafts that are decided, by id."""
    paths = [*out.glob("*/gates.json"), *out.glob("_rejects/*/gates.json")]
    found = [Outcome.model_validate_json(path.read_bytes()) for path in paths]
    return {one.draft.id: one for one in found}


def records(out):
    """Of all drafts that are decided, by id."""
    found = [TaskRecord.model_validate_json(p.read_bytes()) for p in out.glob("_records/*.json")]
    return {one.draft.id: one for one in found}


def prompts_of(server, form):
    """The opening prompts of the calls that asked for a form."""
    found = []
    for body in server.requests:
        names = [tool["function"]["parameters"]["title"] for tool in body.get("tools", [])]
        names.append(body.get("response_format", {}).get("json_schema", {}).get("name"))
        if form in names:
            found.append(body["messages"][1]["content"])
    return found


def replies(out, stage):
    """The kept replies of a stage."""
    kept = [json.loads(path.read_text()) for path in sorted(out.glob("_calls/calls/*/*.json"))]
    return [call["reply"] for call in kept if call["stage"] == stage]
