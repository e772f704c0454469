"""`terminal-gym generate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from terminal_gym_generator.domain import DomainSpec


def generate(
    out: Annotated[Path, typer.Option(help="Folder for the bundles.", metavar="DIR")],
    domains: Annotated[
        str, typer.Option(help="Names, separated by commas; or all.", metavar="NAME,…")
    ] = "all",
    domain: Annotated[
        list[Path] | None,
        typer.Option(help="A domain specification of your own. May be repeated.", metavar="FILE"),
    ] = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="Bundles in all.")] = 602,
    seed: Annotated[int, typer.Option(help="Everything follows from it.")] = 0,
    backend: Annotated[
        str, typer.Option(help="docker is about ten times slower at the gates.", metavar="NAME")
    ] = "namespace",
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=0, help="Bundles at a time. 0: twice the cores.")
    ] = 0,
    public: Annotated[
        Path | None,
        typer.Option(help="Public tasks to keep away from: a folder, or a text.", metavar="PATH"),
    ] = None,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Try all cheats, which takes minutes a bundle.")
    ] = False,
) -> None:
    """Make bundles from domain specifications and prove each one; no model, no network.

    \b
    terminal-gym generate --out bundles                        602 over ten domains
    terminal-gym generate --domains games,security -n 20 --out bundles
    terminal-gym generate --domain my.toml -n 10 --seed 7 --out mine

    Started again with the same options after a kill, it goes on where it was. What a gate refused
    lies in DIR/_rejects with the reason; DIR/report.html shows everything.
    """
    from rich.console import Console

    from terminal_gym.errors import UserError

    try:
        from terminal_gym_generator.drafts import drafts
        from terminal_gym_generator.families_engine import FamiliesEngine
        from terminal_gym_generator.gates import read_public
        from terminal_gym_generator.pipeline import Plan
        from terminal_gym_generator.pipeline import generate as run
        from terminal_gym_generator.progress import Progress, print_summary
        from terminal_gym_generator.report import write_report
    except ModuleNotFoundError as error:
        raise UserError(
            f"the generator needs the package {error.name}",
            remedy="pip install 'terminal-gym[generate]'",
        ) from error

    specs = _specs(domains, domain or [])
    plan = Plan(domains=tuple(specs.values()), count=count, seed=seed, thorough=thorough)
    console = Console()
    with Progress(count, console) as progress:
        outcomes = run(
            plan,
            out,
            FamiliesEngine(specs),
            lambda spec: drafts(spec, seed),
            progress,
            backend=backend,
            jobs=jobs,
            public=read_public(public) if public else (),
        )
    print_summary(outcomes, console)
    console.print(f"report: {write_report(outcomes, out)}", style="dim", soft_wrap=True)


def _specs(names: str, files: list[Path]) -> dict[str, DomainSpec]:
    """The named specifications and the user's own; with files alone, only those."""
    from terminal_gym.errors import UserError
    from terminal_gym_generator.domain import builtin_domains, load_domain

    own = [load_domain(path) for path in files]
    known = builtin_domains()
    wanted = [] if names == "all" and own else list(known) if names == "all" else names.split(",")
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise UserError(
            f"no domain {unknown[0]!r}", remedy=f"one of: {', '.join(known)}; or --domain FILE"
        )
    return {name: known[name] for name in wanted} | {spec.name: spec for spec in own}
