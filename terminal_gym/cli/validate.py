"""`terminal-gym validate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from terminal_gym.cli import options

if TYPE_CHECKING:
    from rich.console import Console

    from terminal_gym.cli.report import Outcome


def validate(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Bundles, or folders of bundles. Default: all registered.", metavar="DIR"
        ),
    ] = None,
    concurrency: options.Concurrency = 0,
    backend: options.Backend = "auto",
    out: options.Out = None,
    seed: options.Seed = 0,
) -> None:
    """Check bundles: solved by their reference, not by doing nothing.

    They must be well-formed and build, too.

    \b
    terminal-gym validate                    all registered bundles
    terminal-gym validate ./my-bundles       those of a folder
    terminal-gym validate ./my-bundles/one --backend docker

    Exit code 1 if a bundle failed, 3 if the infrastructure did.
    """
    from rich.console import Console

    from terminal_gym.cli.progress import run_agents
    from terminal_gym.cli.report import print_validation

    console = Console()
    options.require(backend)
    bundles, malformed = _sorted_out(folders)
    if not bundles:
        _print_failed(malformed, console)
        raise typer.Exit(1)
    path = options.recording_path(out, "validate")
    outcomes = run_agents(
        bundles,
        ["oracle", "nop"],
        episodes=1,
        concurrency=options.workers(concurrency),
        backend=backend,
        out=path,
        seed=seed,
        console=console,
    )
    print_validation(outcomes, console)
    _conclude(outcomes, malformed, console, path)


def _sorted_out(folders: list[Path] | None) -> tuple[list[str], list[str]]:
    """The bundles that load, and what is wrong with those that don't.

    Raises:
        BundleError: There is nothing to validate.
    """
    from terminal_gym.bundle import load_bundle
    from terminal_gym.errors import BundleError

    good, malformed = [], []
    for path in _candidates(folders):
        try:
            good.append(str(load_bundle(path).path))
        except BundleError as error:
            malformed.append(error.message)
    if not good and not malformed:
        raise BundleError("no bundles to validate", remedy="name a folder that holds bundles")
    return good, malformed


def _candidates(folders: list[Path] | None) -> list[Path]:
    from terminal_gym.bundle import list_bundles

    if not folders:
        return [path for _, path in list_bundles()]
    found: list[Path] = []
    for folder in folders:
        inside = sorted(path.parent for path in folder.glob("*/task.toml"))
        found += [folder] if (folder / "task.toml").exists() or not inside else inside
    return found


def _conclude(
    outcomes: list[Outcome], malformed: list[str], console: Console, recording: Path
) -> None:
    from rich.text import Text

    problems = malformed + [problem for outcome in outcomes if (problem := _problem(outcome))]
    _print_failed(problems, console)
    console.print(Text(f"recorded in {recording}", style="dim"))
    if any(not outcome.result.valid for outcome in outcomes):
        raise typer.Exit(3)
    if problems:
        raise typer.Exit(1)
    count = len({outcome.result.bundle for outcome in outcomes})
    console.print(
        Text(f"{count} of {count} oracle episodes at 1, {count} of {count} nop below 1", "green")
    )


def _print_failed(problems: list[str], console: Console) -> None:
    from rich.text import Text

    from terminal_gym.episodes import safe_text

    for problem in problems:
        console.print(Text(f"FAILED {safe_text(problem)}", style="bold red"), soft_wrap=True)


def _problem(outcome: Outcome) -> str | None:
    """What the outcome says against its bundle."""
    from terminal_gym.cli.report import short_name
    from terminal_gym.episodes import checks_of

    result, name = outcome.result, short_name(outcome.result.bundle)
    if not result.valid:
        return f"{name}: {outcome.agent} got no verdict"
    if outcome.agent == "oracle" and not result.solved:
        checks = checks_of(result.verdict).items()
        failed = ", ".join(check for check, passed in checks if not passed)
        return (
            f"{name}: its reference solution gets {result.reward}: {failed or 'see the recording'}"
        )
    if outcome.agent == "nop" and result.solved:
        return f"{name}: doing nothing solves it"
    return None
