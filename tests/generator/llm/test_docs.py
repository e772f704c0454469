"""Every command of docs/llm_engine.md can be typed as it stands."""

import re
import shlex
from pathlib import Path

import pytest
from terminal_gym_generator.llm.prompts import names

from terminal_gym.cli.main import run_cli
from tests.generator.test_pipeline import DOMAIN

PAGE = (Path(__file__).parents[3] / "docs" / "llm_engine.md").read_text()
COMMANDS = re.findall(r"^terminal-gym (generate .*)$", PAGE, flags=re.MULTILINE)


def test_there_are_commands():
    assert len(COMMANDS) >= 8


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_parses(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.toml").write_text(DOMAIN)
    (tmp_path / "my-prompts").mkdir()
    words = shlex.split(command)
    dry = [] if "--dry-run" in words else ["--dry-run"]
    assert run_cli([*words, *dry]) == 0
    assert "million tokens" in capsys.readouterr().out
    assert not (tmp_path / "mine").exists()


def test_it_names_prompts_that_exist():
    named = set(re.findall(r"`(\w+(?:\.txt|\.md)(?:\.j2)?)`", PAGE))
    assert named and named <= set(names())
