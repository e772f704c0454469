"""The README's tour of commands, as it stands."""

import io
import re
import shlex
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_tour(cli, sandboxes, monkeypatch):
    blocks = re.findall(r"^```\w*\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)
    [tour] = [block for block in blocks if "terminal-gym play" in block]
    enter, *lines = [shlex.split(line, comments=True) for line in tour.splitlines()]
    assert enter == [".", ".venv/bin/activate"]
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    said = {}
    for program, name, *arguments in lines:
        assert program == "terminal-gym"
        done = cli(name, *arguments)
        assert done.code == 0 or name == "doctor", done
        said[name] = done.out
    assert len(said) >= 7
    assert "oracle: " in said["run"] and " solved, mean reward 1.000" in said["run"]
    assert "reward 1" in said["replay"]
