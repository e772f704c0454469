"""A Python with the `harbor` package, in a virtual environment of its own.

Harbor needs Python 3.12, and a hundred packages that ours must not meet. The environment is kept
in the cache folder: made once (a minute or more), by whoever comes first, and used ever after.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from terminal_gym.sandbox.cache import cache_folder, locked

_NEW_ENOUGH = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 12))"
_PROBE = "import harbor.models.trajectories"


def python_with_harbor(*, may_install: bool) -> tuple[str | None, str]:
    """An interpreter that has harbor, and if there is none, why.

    $HARBOR_PYTHON, this interpreter, or the cached environment, which is made if that is allowed.
    """
    for python in filter(None, (os.environ.get("HARBOR_PYTHON"), sys.executable)):
        if _runs(python, _PROBE):
            return python, ""
    home = cache_folder() / "harbor"
    ready = home / "bin" / "python"
    if not may_install and not (home / "complete").exists():
        return None, "the harbor package is not at hand: `make test-harbor` installs it"
    base = next(filter(lambda python: _runs(python, _NEW_ENOUGH), _pythons()), None)
    if base is None:
        return None, "harbor needs Python 3.12, and there is none"
    home.parent.mkdir(parents=True, exist_ok=True)
    with locked(home.parent / "harbor.lock"):
        if not ((home / "complete").exists() and _runs(str(ready), _PROBE)):
            _install(base, home)
    return str(ready), ""


def _install(base: str, home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    subprocess.run([base, "-m", "venv", home], check=True)
    pip = [home / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-compile", "harbor>=0.24"], check=True, stdout=subprocess.DEVNULL)
    (home / "complete").touch()


def _pythons() -> list[str]:
    named = [shutil.which(f"python3.{minor}") for minor in range(15, 11, -1)]
    kept = sorted(Path.home().glob(".pyenv/versions/3.*/bin/python"), reverse=True)
    return [sys.executable, *filter(None, named), *map(str, kept)]


def _runs(python: str, code: str) -> bool:
    return subprocess.run([python, "-c", code], capture_output=True, cwd="/").returncode == 0
