"""From a record to a Harbor task folder, byte for byte the same every time."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

from terminal_gym.errors import UserError
from terminal_gym.verifier import checks
from terminal_gym_generator.records import TaskRecord, TextFile

_TEST_SH = "#!/bin/bash\nexec python3 -I -S /tests/verify.py\n"


def write_bundle(record: TaskRecord, folder: Path) -> Path:
    """Write the bundle (an older one at the same place is replaced); gives its folder.

    Args:
        record: A record with all stages done.
        folder: Where bundles go; the bundle becomes `folder / record.draft.id`.

    Raises:
        UserError: A stage is missing, or a file's path leaves the bundle.
    """
    bundle = folder / record.draft.id
    write_files(layout(record), bundle)
    return bundle


def write_files(files: dict[str, TextFile], folder: Path) -> None:
    """Write files by their paths inside `folder`, in place of what is there.

    Raises:
        UserError: A path leaves the folder.
    """
    for name in files:
        if not (folder / name).resolve().is_relative_to(folder.resolve()):
            raise UserError(
                f"{folder.name}: file {name!r} leaves the bundle",
                remedy="use paths without '..' that stay inside environment/",
            )
    shutil.rmtree(folder, ignore_errors=True)
    for name, file in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(file.content) if file.base64 else file.content.encode())
        path.chmod(0o755 if file.executable else 0o644)


def layout(record: TaskRecord) -> dict[str, TextFile]:
    """Every file of the bundle, by its path inside it.

    Raises:
        UserError: A stage is missing.
    """
    if not (
        record.instruction
        and record.environment
        and record.solution
        and record.verifier
        and record.configuration
    ):
        raise UserError(f"{record.draft.id}: not all stages are done", remedy=record.failure)
    solve = "#!/bin/bash\n" + "\n".join(record.solution.commands) + "\n"
    harness = Path(checks.__file__).read_text(encoding="utf-8")
    return {
        "task.toml": TextFile(content=record.configuration.text),
        "instruction.md": TextFile(content=record.instruction.text),
        "environment/Dockerfile": TextFile(content=record.environment.dockerfile),
        **{f"environment/{name}": file for name, file in record.environment.files.items()},
        "solution/solve.sh": TextFile(content=solve, executable=True),
        "tests/test.sh": TextFile(content=_TEST_SH, executable=True),
        "tests/checks.py": TextFile(content=harness),
        "tests/verify.py": TextFile(content=record.verifier.source),
    }
