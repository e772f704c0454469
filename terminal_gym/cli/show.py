"""`terminal-gym show`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from terminal_gym.bundle import Bundle
    from terminal_gym.bundle.steps import TaskStep


def show(
    task: Annotated[str, typer.Argument(help="An id, a name, or a folder.", metavar="ID")],
) -> None:
    """Show a task: what is asked, its configuration, its files.

    \b
    terminal-gym show git-rebase
    terminal-gym show ./my-bundles/my-task
    """
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.rule import Rule
    from rich.text import Text
    from rich.tree import Tree

    from terminal_gym.bundle import find_bundle
    from terminal_gym.episodes.safe_text import safe_text

    bundle = find_bundle(task)
    console = Console()
    console.print(Rule(Text(safe_text(bundle.name))))
    # Links are written out: one that is only underlined may lead anywhere.
    console.print(Markdown(safe_text(bundle.instruction), hyperlinks=False))
    console.print(Rule("configuration"))
    for name, value in _facts(bundle).items():
        console.print(Text(f"{name:<12} ", style="bold") + Text(safe_text(str(value))))
    console.print(Rule("files"))
    tree = Tree(Text(safe_text(str(bundle.path))))
    _grow(tree, bundle.path)
    console.print(tree)


def _facts(bundle: Bundle) -> dict[str, Any]:
    spec = bundle.sandbox_spec
    limits = spec.limits
    source, services = bundle.image_source, bundle.machine.services
    return {
        "domain": bundle.domain or "-",
        "difficulty": bundle.difficulty or "-",
        "horizon": bundle.horizon or "-",
        "graded": "; ".join(dict.fromkeys(_graded(bundle, step) for step in bundle.steps)),
        "image": source.image or "environment/Dockerfile",
        **({"services": ", ".join(services.names)} if services else {}),
        "network": "the host's" if spec.network else "none",
        "limits": f"{limits.cpus:g} CPU, {limits.memory_mb} MiB, {limits.storage_mb} MiB on disk",
        "time": f"{bundle.config.agent.timeout_sec or 3600:g} s",
        "digest": bundle.digest(),
    }


def _graded(bundle: Bundle, step: TaskStep) -> str:
    """What of the agent's files reaches the verifier."""
    if step.grading.mode == "separate":
        paths = [artifact.source for artifact in step.grading.artifacts]
        return " ".join(paths) or "/logs/artifacts"
    return "the whole file system" if step.grading.mode == "shared" else " ".join(bundle.state)


def _grow(tree: Any, folder: Path) -> None:
    from rich.text import Text

    from terminal_gym.episodes.safe_text import safe_text

    for path in sorted(folder.iterdir()):
        is_folder = path.is_dir() and not path.is_symlink()
        branch = tree.add(Text(safe_text(path.name) + ("/" if is_folder else "")))
        if is_folder and path.name != "__pycache__":
            _grow(branch, path)
