"""Gates on what a verdict may depend on: the graded state, and nothing else."""

from __future__ import annotations

import ast
import threading
from pathlib import Path

from terminal_gym.sandbox.base import Sandbox
from terminal_gym_generator.gates.trial import (
    SOLVED,
    Rejected,
    Skipped,
    Trial,
    failed_checks,
)
from terminal_gym_generator.parse import parse

_NETWORK = {"socket", "ssl", "urllib", "http", "ftplib", "smtplib", "requests", "httpx", "aiohttp"}
_INSTALLERS = (
    "pip install",
    "apt-get",
    "apt install",
    "npm install",
    "curl ",
    "wget ",
    "git clone",
)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_DAYS, _SECOND = 1009, 20_261  # about 2.8 years, and not a whole number of hours
_CPUS = 0.2
_LIBRARY, _PRELOAD = "/etc/terminal-gym-elsewhere.so", "/etc/ld.so.preload"
_COMPILE = ["gcc", "-shared", "-fPIC", "-O1", "-o", _LIBRARY, "/etc/elsewhere.c", "-ldl"]
# Zone rules in the variable itself, so that no tzdata is needed; a locale that is not installed.
_ELSEWHERE = {
    "TZ": "XST-5:45",
    "LANG": "tr_TR.ISO-8859-9",
    "LC_ALL": "tr_TR.ISO-8859-9",
    "PYTHONHASHSEED": "4242",
}

_libraries: dict[str, bytes | None] = {}
_lock = threading.Lock()


def hermetic(trial: Trial) -> str:
    """The verifier needs no network and installs nothing (it has run without one already)."""
    config = trial.bundle.config
    if "public" in (config.verifier.network_mode, config.environment.network_mode):
        raise Rejected("the task asks for the network")
    if config.verifier.network_mode == "allowlist":
        raise Rejected("the verifier asks for the network")
    for path in sorted(trial.bundle.tests_dir.rglob("*")):
        if path.is_file() and path.name != "checks.py":
            _must_not_fetch(path)
    return "no network, no installation"


def _must_not_fetch(path: Path) -> None:
    text = path.read_text(encoding="utf-8", errors="replace")
    for word in _INSTALLERS:
        lines = [line for line in text.splitlines() if word in line]
        if any(not any(host in line for host in _LOOPBACK) for line in lines):
            raise Rejected(f"{path.name} holds {word.strip()!r}")
    if path.suffix == ".py":
        imported = _imports(text) & _NETWORK
        if imported and not any(host in text for host in _LOOPBACK):
            raise Rejected(f"{path.name} imports {', '.join(sorted(imported))}")


def _imports(source: str) -> set[str]:
    found: set[str] = set()
    try:
        tree = parse(source)
    except SyntaxError as error:
        raise Rejected(f"the verifier is no Python: {error}") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


def elsewhere(trial: Trial) -> str:
    """The oracle earns 1 on another date, TZ, LANG, hash seed and directory order, under load.

    A fifth of a core is what load does to a program, but it costs the other bundles nothing. The
    verifier's `python3 -I` ignores PYTHONHASHSEED, so that each of its runs, in every gate,
    has a random hash seed anyway.
    """
    library = _library(trial)
    altered = trial.bundle.altered(
        environment={"cpus": _CPUS}, verifier_env=_ELSEWHERE, state=[_LIBRARY, _PRELOAD]
    )
    with trial.sandbox(altered) as sandbox:
        sandbox.write_file(_LIBRARY, library, mode=0o755)
        sandbox.write_file(_PRELOAD, f"{_LIBRARY}\n".encode())
        trial.solve_all(sandbox)
        verdict = trial.grade(sandbox, altered)
    if verdict.reward < SOLVED:
        raise Rejected(f"{verdict.reward:g} elsewhere: {failed_checks(verdict)}")
    zone = _ELSEWHERE["TZ"]
    return f"1 with {_CPUS:g} CPUs, the clock {_DAYS} days ahead, listings reversed, {zone}, tr_TR"


def _library(trial: Trial) -> bytes:
    """elsewhere.c, compiled for the image's C library; once per base image."""
    dockerfile = (trial.bundle.environment_dir / "Dockerfile").read_text(encoding="utf-8")
    base = next((line for line in dockerfile.splitlines() if line.startswith("FROM")), "")
    with _lock:
        if base not in _libraries:
            with trial.sandbox() as sandbox:
                _libraries[base] = _compile(sandbox)
        library = _libraries[base]
    if library is None:
        raise Skipped("the image has no gcc to build the clock with")
    return library


def _compile(sandbox: Sandbox) -> bytes | None:
    source = Path(__file__).with_name("elsewhere.c").read_bytes()
    sandbox.write_file("/etc/elsewhere.c", source)
    shift = f"-DSHIFT={_DAYS * 86_400 + _SECOND}L"
    done = sandbox.run([*_COMPILE, shift], user="root")
    return sandbox.read_file(_LIBRARY, max_bytes=1 << 24) if done.exit_code == 0 else None
