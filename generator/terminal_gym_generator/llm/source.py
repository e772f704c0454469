"""The verifier's source, as its author writes it and as the bundle holds it."""

from __future__ import annotations

import ast
import posixpath
from pathlib import Path

from terminal_gym.verifier import checks as checks_module
from terminal_gym_generator.families_engine import VERIFY
from terminal_gym_generator.gates.mutations import LEAST
from terminal_gym_generator.llm.forms import Checks
from terminal_gym_generator.parse import parse
from terminal_gym_generator.records import Mutations, Verifier

LEAST_CHECKS = 3
_LONGEST = 60_000
_MOST_MUTATIONS = 30
_MOST_OUTPUTS = 30


class ChecksRefusedError(ValueError):
    """What is wrong with the checks, in words for their author."""


def verifier_of(checks: Checks, task: str, state: list[str]) -> Verifier:
    """The record of a verifier.

    Args:
        checks: As handed in.
        task: The bundle's name.
        state: The graded paths.

    Raises:
        ChecksRefusedError: It is no Python, has too few checks, or names what is not graded.
    """
    if len(checks.source) > _LONGEST:
        raise ChecksRefusedError(f"source is longer than {_LONGEST} characters")
    names, body = _names_and_body(checks.source)
    if len(names) < LEAST_CHECKS:
        raise ChecksRefusedError(f"{len(names)} checks, at least {LEAST_CHECKS} are needed")
    if len(set(names)) < len(names):
        raise ChecksRefusedError("two checks have one name")
    for path in checks.outputs:
        _must_be_graded(path, state)
    if len(checks.outputs) > _MOST_OUTPUTS or len(checks.mutations) > _MOST_MUTATIONS:
        raise ChecksRefusedError(
            f"more than {_MOST_OUTPUTS} outputs or {_MOST_MUTATIONS} mutations"
        )
    if not checks.outputs and len(checks.mutations) < LEAST:
        raise ChecksRefusedError(f"without outputs, at least {LEAST} mutations are needed")
    commands = [f"cd /app\n{command}" for command in checks.mutations]
    return Verifier(
        source=VERIFY.format(id=task, body=body),
        checks=names,
        mutations=Mutations(outputs=checks.outputs, commands=commands),
    )


def _names_and_body(source: str) -> tuple[list[str], str]:
    """The checks' names; and the source without a closing `main()`, which the frame calls."""
    try:
        tree = parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ChecksRefusedError(f"source is no Python: {error}") from error
    names = [name for node in tree.body for name in _checks_of(node)]
    lines = source.split("\n")
    for node in reversed(tree.body):
        if ast.unparse(node) == "main()":
            del lines[node.lineno - 1 : node.end_lineno]
    return names, "\n".join(lines).strip("\n")


def _checks_of(node: ast.stmt) -> list[str]:
    if not isinstance(node, ast.FunctionDef):
        return []
    found = []
    for decorator in node.decorator_list:
        if (
            isinstance(decorator, ast.Call)
            and isinstance(decorator.func, ast.Name)
            and decorator.func.id == "check"
            and decorator.args
            and isinstance(decorator.args[0], ast.Constant)
            and isinstance(decorator.args[0].value, str)
        ):
            found.append(decorator.args[0].value)
    return found


def _must_be_graded(path: str, state: list[str]) -> None:
    plain = posixpath.normpath(path)
    if path != plain or not any(plain.startswith(f"{one}/") or plain == one for one in state):
        raise ChecksRefusedError(f"output {path!r} does not lie in what is graded: {state}")


def helpers() -> str:
    """The signatures and first lines of what checks.py offers, for the prompt."""
    tree = parse(Path(checks_module.__file__).read_text(encoding="utf-8"))
    lines = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            first = (ast.get_docstring(node) or "").split("\n")[0]
            lines.append(f"{node.name}({ast.unparse(node.args)}): {first}")
    return "\n".join(lines)
