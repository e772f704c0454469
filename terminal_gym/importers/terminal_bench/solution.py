"""solution.yaml as a script: keystrokes for a terminal, each with how long to wait after it."""

from __future__ import annotations

import shlex
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from terminal_gym.bundle.files import read_yaml
from terminal_gym.errors import BundleError
from terminal_gym.importers.terminal_bench.task import REMEDY

# From the last key until the tests begin, Terminal-Bench starts their recording, which takes 3 s.
_LAST_WAIT = 3
_HEAD = """\
#!/bin/bash
# solution.yaml, made a script: its keys are typed into tmux, as Terminal-Bench's oracle does.
command -v tmux > /dev/null || { echo "the image lacks tmux, to type into" >&2; exit 127; }
tmux new-session -x 160 -y 40 -d -s oracle
"""


class Keystrokes(BaseModel):
    """One entry of solution.yaml. Defaults are Terminal-Bench's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    command: str = Field(description="text to type, or a key's name as tmux spells it")
    min_timeout_sec: float = Field(default=0.0, ge=0, description="wait after it, if not block")
    max_timeout_sec: float = Field(default=180.0, gt=0, description="longest wait for it, if block")
    block: bool = Field(default=False, description="wait until the shell is back")
    append_enter: bool = True

    @property
    def runs_to_its_end(self) -> bool:
        """Whether it is a whole command that is waited for; only Enter makes it run."""
        return self.block and (self.append_enter or self.command.endswith(("\n", "\r")))


def solution_script(file: Path) -> str:
    """The script that does what solution.yaml says.

    Commands that are all waited for become plain lines; any other needs a terminal to type into.

    Raises:
        BundleError: It is malformed.
    """
    try:
        keys = TypeAdapter(list[Keystrokes]).validate_python(read_yaml(file, REMEDY))
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"]) or "the file"
        raise BundleError(
            f"{file}: {where}: {problem['msg']}", remedy=f"correct the entry {where}"
        ) from error
    if all(key.runs_to_its_end for key in keys):
        return "#!/bin/bash\n" + "".join(key.command.rstrip("\r\n") + "\n" for key in keys)
    return _HEAD + "".join(_typed(key) for key in keys) + f"sleep {_LAST_WAIT}\n"


def _typed(key: Keystrokes) -> str:
    """The lines that type it and wait as Terminal-Bench does."""
    send = "tmux send-keys -t oracle --"
    if key.runs_to_its_end:
        typed = shlex.quote(key.command.rstrip("\r\n"))
        wait = f"timeout {key.max_timeout_sec:g} tmux wait done\n"
        return f"{send} {typed} '; tmux wait -S done' Enter\n{wait}"
    wait = f"sleep {key.min_timeout_sec:g}\n" if key.min_timeout_sec else ""
    return f"{send} {shlex.quote(key.command)}{' Enter' if key.append_enter else ''}\n{wait}"
