"""Bundles and recordings that are anyone's, given to the commands: no traceback, no escape."""

import io
import json

import pytest
from make_bundle import TASK, write_bundle

from terminal_gym.cli.main import _note

ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"


def assert_harmless(done):
    text = done.out + done.err
    assert "Traceback" not in text and not set("\x1b\x07\x9b\u202e") & set(text)


@pytest.fixture
def hostile(specs):
    """A bundle that says in every free text what a terminal would obey."""
    toml = json.dumps(ESCAPES)  # a JSON text of these is one of TOML, too
    task = f"{toml} = 1\n" + TASK.replace('"tests"', toml)
    verifier = f"#!/bin/bash\nprintf '%s' '{ESCAPES}'\necho '{ESCAPES}' >&2\n"
    folder = write_bundle(specs / "tiny-hostile", task=task, verifier=verifier)
    (folder / "instruction.md").write_text(f"Do {ESCAPES} [click](http://evil.example/{ESCAPES})\n")
    (folder / "environment" / f"name{ESCAPES}").touch()
    return folder


@pytest.mark.filterwarnings("always")
@pytest.mark.parametrize("command", ["list", "show", "run", "validate", "cheat", "play"])
def test_a_bundle_cannot_drive_the_terminal(cli, sandboxes, hostile, command, monkeypatch):
    monkeypatch.setattr("warnings.showwarning", _note)  # as `main` has it
    monkeypatch.setattr("sys.stdin", io.StringIO("exit\n"))
    done = cli("--specs", hostile.parent, command, *([] if command == "list" else [hostile]))
    assert_harmless(done)
    assert "tiny-hostile" in done.out and done.code in (0, 1, 3)


@pytest.mark.filterwarnings("ignore:.*unknown keys")
def test_links_of_an_instruction_are_written_out(cli, sandboxes, hostile, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("exit\n"))
    assert "http://evil.example/" in cli("show", hostile).out
    assert "http://evil.example/" in cli("play", hostile).out


def test_a_recording_cannot_drive_the_terminal(cli, tmp_path):
    step = {"step_id": 1, "source": "user", "message": ESCAPES}
    extra = {"bundle": ESCAPES, "reward": 1.0, "valid": True, "verdict": {"checks": {ESCAPES: 1}}}
    agent = {"name": ESCAPES, "version": ESCAPES}
    line = {"schema_version": "ATIF-v1.8", "agent": agent, "steps": [step], "extra": extra}
    file = tmp_path / "hostile.jsonl"
    file.write_text(json.dumps(line) + "\n")
    for arguments in (["replay"], ["replay", "-e", "2"], ["pairs", "--out", tmp_path / "pairs"]):
        done = cli(*arguments, file)
        assert_harmless(done)
        assert done.code == (2 if "-e" in arguments else 0)
    line["steps"][0]["source"] = line[ESCAPES] = ESCAPES
    file.write_text(json.dumps(line) + "\n")
    done = cli("replay", file)
    assert_harmless(done)
    assert done.code == 2 and "hostile.jsonl:1: no ATIF episode" in done.err


def test_a_torn_line_is_a_note(cli, tmp_path):
    file = tmp_path / "torn.jsonl"
    file.write_text("{" * 200)
    with pytest.warns(UserWarning, match=r"torn\.jsonl:1: no ATIF episode"):
        done = cli("replay", file)
    assert done.code == 2 and "no episodes" in done.err
