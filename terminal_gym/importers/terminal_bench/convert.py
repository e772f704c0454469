"""A Terminal-Bench 1 task's folder, written as a Harbor task.

hello-world/                  →  OUT/hello-world/
├── task.yaml                    ├── task.toml, instruction.md
├── Dockerfile, docker-compose.yaml, …   ├── environment/
├── solution.sh or solution.yaml ├── solution/solve.sh
├── run-tests.sh                 └── tests/   test.sh, run-tests.sh, and what tests/ holds
└── tests/
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from terminal_gym.bundle import load_bundle
from terminal_gym.bundle.files import files_of
from terminal_gym.errors import BundleError
from terminal_gym.importers.terminal_bench.compose import read_service
from terminal_gym.importers.terminal_bench.image import write_environment
from terminal_gym.importers.terminal_bench.solution import solution_script
from terminal_gym.importers.terminal_bench.task import (
    TaskYaml,
    instruction_of,
    read_task,
    refuse_same_shell,
)
from terminal_gym.importers.terminal_bench.task_toml import task_toml

_GRADE = Path(__file__).with_name("grade.sh")
# What fetches from the network when the tests run.
_INSTALLS = re.compile(
    r"\b(?:apt(?:-get)?|apk|yum|dnf|conda|mamba)\b[^\n]*\b(?:install|add|update)\b"
    r"|\bpip3?\b[^\n]*\binstall\b|\buv\s+(?:add|sync|pip|tool|run|venv|python)\b|\buvx\b"
    r"|\b(?:npm|pnpm|yarn|cargo|gem|go)\s+(?:i|ci|add|install|get)\b|\bgit\s+clone\b"
    r"|\b(?:curl|wget)\b[^\n]*https?://(?!localhost|127\.|\[::1\])"
)
_INSTALL_NOTE = (
    "the verifier gets the network, since it fetches packages ({command}). To do without: install "
    "them in environment/Dockerfile, take such lines out of tests/, network_mode out of "
    "task.toml's [verifier], and the value of installs= out of tests/test.sh"
)


class Converted(BaseModel):
    """One task's conversion."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="the source folder's name")
    path: Path | None = Field(default=None, description="the bundle; None if it was refused")
    notes: list[str] = Field(default_factory=list, description="what the user should know of it")
    problem: str = Field(default="", description="why there is no bundle")
    remedy: str = ""


def convert_folder(
    source: Path,
    out: Path,
    *,
    description: str = "base",
    fresh_shell: bool = False,
    overwrite: bool = False,
) -> list[Converted]:
    """Convert a task, or every task of a folder; one that cannot be converted stops no other.

    Raises:
        BundleError: There is no task.
    """
    folders = sorted(path.parent for path in source.glob("*/task.yaml"))
    folders = [source] if (source / "task.yaml").exists() else folders
    if not folders:
        raise BundleError(
            f"{source}: no task.yaml in it, nor in the folders it holds",
            remedy="name a Terminal-Bench task, or a folder of tasks",
        )
    done = []
    for folder in folders:
        try:
            done.append(
                convert_task(
                    folder,
                    out,
                    description=description,
                    fresh_shell=fresh_shell,
                    overwrite=overwrite,
                )
            )
        except BundleError as error:
            done.append(Converted(name=folder.name, problem=error.message, remedy=error.remedy))
    return done


def convert_task(
    source: Path,
    out: Path,
    *,
    description: str = "base",
    fresh_shell: bool = False,
    overwrite: bool = False,
) -> Converted:
    """Write one task as a bundle at `out/<its name>`, whole or not at all.

    Args:
        source: The task's folder.
        out: Where bundles go.
        description: Which of several `descriptions` is the instruction.
        fresh_shell: Convert a task that wants its tests in the agent's shell; they get their own.
        overwrite: Replace a bundle that is there.

    Raises:
        BundleError: The task is malformed, or the bundle is there already.
        UnsupportedFeature: It asks for what cannot be run here; names file, key and remedy.
    """
    source = source.absolute()
    target = out.absolute() / re.sub(r"-v(\d+)$", r"_v\1", source.name)
    if target.exists() and not overwrite:
        raise BundleError(f"{target}: is there already", remedy="--overwrite replaces it")
    files_of(source)  # refuses links that lead out before anything is read or copied
    task = read_task(source)
    if not fresh_shell:
        refuse_same_shell(task, source / "task.yaml")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".import-") as scratch:
        part = Path(scratch) / target.name
        part.mkdir()
        notes = _write(task, source, part, description)
        load_bundle(part)
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
    return Converted(name=source.name, path=target, notes=notes)


def _write(task: TaskYaml, source: Path, part: Path, description: str) -> list[str]:
    """Write all of a bundle; gives what the user should know."""
    text = instruction_of(task, source / "task.yaml", description)
    (part / "instruction.md").write_text(text, encoding="utf-8")
    service = read_service(source)
    notes = [*_notes(task, source), *write_environment(service, source, part / "environment")]
    installs = _write_tests(task, source, part / "tests")
    notes += [_INSTALL_NOTE.format(command=line) for line in installs[:1]]
    notes += _write_solution(source, part / "solution")
    toml = task_toml(task, source, service, verifier_network=bool(installs))
    (part / "task.toml").write_text(toml, encoding="utf-8")
    return notes


def _notes(task: TaskYaml, source: Path) -> list[str]:
    notes = []
    if unknown := sorted(task.model_extra or {}):
        notes.append(f"task.yaml: unknown keys are ignored: {', '.join(unknown)}")
    if task.run_tests_in_same_shell:
        notes.append("the tests run in a shell of their own, not in the agent's")
    if len(task.descriptions) > 1 and task.instruction is None:
        keys = ", ".join(one.key for one in task.descriptions)
        notes.append(f"task.yaml has several descriptions ({keys}); --description chooses")
    if source.name != re.sub(r"-v(\d+)$", "", source.name):
        notes.append("the name's -v<number> became _v<number>: an id ends in a version of its own")
    return notes


def _write_tests(task: TaskYaml, source: Path, folder: Path) -> list[str]:
    """Write tests/; gives the commands there that need the network."""
    if (source / "tests").is_dir():
        shutil.copytree(source / "tests", folder, symlinks=True)
    folder.mkdir(exist_ok=True)
    script = folder / "run-tests.sh"
    if (source / "run-tests.sh").is_file():
        shutil.copy(source / "run-tests.sh", script)
    elif not script.is_file():
        script.write_text(_old_test_scripts(task, source, folder), encoding="utf-8")
    if (folder / "test.sh").exists():
        raise BundleError(
            f"{source}/tests/test.sh: a Harbor task's own script has that name",
            remedy="rename it, where run-tests.sh calls it too",
        )
    scripts = [path for path in sorted(folder.glob("*.sh")) if path.is_file()]
    installs = [line for path in scripts for line in _install_lines(path)]
    _write_script(
        folder / "test.sh",
        "#!/bin/bash\n# Made by `terminal-gym import tb1`.\n"
        f"parser={task.parser_name}\n"
        f"limit={task.max_test_timeout_sec:g} # seconds: max_test_timeout_sec\n"
        f"installs={'yes' if installs else ''} # whether run-tests.sh fetches packages\n"
        + _GRADE.read_text(encoding="utf-8"),
    )
    return installs


def _old_test_scripts(task: TaskYaml, source: Path, folder: Path) -> str:
    """`test_scripts` of old task.yaml files, as one run-tests.sh."""
    if not task.test_scripts:
        raise BundleError(f"{source}/run-tests.sh: missing", remedy="write what runs the tests")
    for name in task.test_scripts:
        if not (folder / name).is_file():
            raise BundleError(
                f"{source}/task.yaml: test_scripts: {name} is not in tests/",
                remedy="copy it there from Terminal-Bench, or write a run-tests.sh",
            )
    return "#!/bin/bash\n" + "".join(f"source /tests/{name}\n" for name in task.test_scripts)


def _install_lines(script: Path) -> list[str]:
    lines = script.read_text(encoding="utf-8", errors="replace").splitlines()
    commands = (line.strip() for line in lines if not line.lstrip().startswith("#"))
    return [line[:80] for line in commands if _INSTALLS.search(line)]


def _write_solution(source: Path, folder: Path) -> list[str]:
    for name in ("solution.sh", "solution.yaml"):
        file = source / name
        if file.is_file():
            folder.mkdir()
            if name.endswith(".sh"):
                shutil.copy(file, folder / "solve.sh")
            else:
                _write_script(folder / "solve.sh", solution_script(file))
            return []
    return ["there is no solution.sh or solution.yaml, so the oracle cannot solve it"]


def _write_script(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
