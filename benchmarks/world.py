"""What rows are measured on: a small task of ours, and the backends that work here."""

from __future__ import annotations

from pathlib import Path

from terminal_gym.env import TerminalEnv
from terminal_gym.errors import TerminalGymError
from terminal_gym.sandbox import get_backend

ROOT = Path(__file__).resolve().parents[1]
TASK = """\
schema_version = "1.4"
[task]
name = "benchmarks/small"
[metadata.terminal_gym]
state = ["/app"]
[environment]
workdir = "/app"
"""
_NEVER_ENDS = {"max_steps": 10**9, "time_limit_s": 86_400.0}


def small_bundle(folder: Path) -> Path:
    """A task with an image that is its base's, and a verifier that only looks for a file."""
    for name, text in {
        "task.toml": TASK,
        "instruction.md": "Make /app/done.\n",
        "environment/Dockerfile": "FROM debian:bookworm-slim\nWORKDIR /app\n",
        "solution/solve.sh": "touch done\n",
        "tests/test.sh": "#!/bin/bash\n[ -e /app/done ] && echo 1 > /logs/verifier/reward.txt ||"
        " echo 0 > /logs/verifier/reward.txt\n",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def backends(wanted: str) -> list[str]:
    """The backends to measure: the one that is named, or all that work here."""
    names = ["namespace", "docker"] if wanted == "all" else [wanted]
    return [name for name in names if _works(name)]


def _works(name: str) -> bool:
    try:
        return get_backend(name).check().ok
    except TerminalGymError:
        return False


def open_env(bundle: Path, backend: str, **options: float) -> TerminalEnv:
    """An environment that no limit ends."""
    return TerminalEnv(bundle, backend=backend, **{**_NEVER_ENDS, **options})  # type: ignore[arg-type]


def docker_image(bundle: Path) -> str:
    """The engine's name of the bundle's image, built if need be."""
    from terminal_gym.bundle import find_bundle

    return get_backend("docker").prepare(find_bundle(bundle).image_source).ref
