"""`terminal-gym generate`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from terminal_gym_generator.domain import DomainSpec
    from terminal_gym_generator.llm.command import ModelOptions

_FAMILIES_COUNT, _MODEL_COUNT = 602, 10


class EngineName(str, Enum):
    """Who writes the tasks."""

    families = "families"
    llm = "llm"


class Ways(str, Enum):
    """How drafts are sampled."""

    chat = "chat"
    completion = "completion"
    both = "both"


def generate(
    out: Annotated[Path, typer.Option(help="Folder for the bundles.", metavar="DIR")],
    domains: Annotated[
        str, typer.Option(help="Names, separated by commas; or all.", metavar="NAME,…")
    ] = "all",
    domain: Annotated[
        list[Path] | None,
        typer.Option(help="A domain specification of your own. May be repeated.", metavar="FILE"),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option(
            "--count",
            "-n",
            min=1,
            help=f"Bundles in all; {_FAMILIES_COUNT}, or {_MODEL_COUNT} by a model.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Everything follows from it.")] = 0,
    engine: Annotated[
        EngineName, typer.Option(help="Who writes the tasks: our families, or a model.")
    ] = EngineName.families,
    backend: Annotated[
        str, typer.Option(help="docker is about ten times slower at the gates.", metavar="NAME")
    ] = "namespace",
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=0, help="Bundles at a time. 0: three for each core.")
    ] = 0,
    public: Annotated[
        Path | None,
        typer.Option(help="Public tasks to keep away from: a folder, or a text.", metavar="PATH"),
    ] = None,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Try all cheats, which takes minutes a bundle.")
    ] = False,
    model: Annotated[
        str | None, typer.Option(help="For --engine llm, as all below: its server's name for it.")
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option(help="Of the API, with its /v1; else $OPENAI_BASE_URL, else OpenAI's."),
    ] = None,
    budget_usd: Annotated[
        float | None, typer.Option(help="Dollars in all; ends the run before it spends more.")
    ] = None,
    budget_tokens: Annotated[int | None, typer.Option(help="Tokens in all, both ways.")] = None,
    budget_hours: Annotated[float | None, typer.Option(help="Hours in all.")] = None,
    prices: Annotated[
        str | None,
        typer.Option(
            help="Dollars per million tokens, where the server states no costs.",
            metavar="INPUT:OUTPUT",
        ),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(help="A field of each request. May be repeated.", metavar="KEY=VALUE"),
    ] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Longest reply.")] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Requests at a time.")] = 8,
    rounds: Annotated[
        int, typer.Option(min=0, help="How often failed gates may send a task back.")
    ] = 4,
    turns: Annotated[int, typer.Option(min=2, help="Of one conversation with a machine.")] = 30,
    history_chars: Annotated[
        int,
        typer.Option(help="Longest conversation; what a machine printed first is left out."),
    ] = 200_000,
    drafts: Annotated[
        Ways, typer.Option(help="completion: MAGPIE's way, over /v1/completions.")
    ] = Ways.chat,
    prompts: Annotated[
        Path | None, typer.Option(help="Prompts that replace ours of the same name.", metavar="DIR")
    ] = None,
    solver: Annotated[
        str | None, typer.Option(help="A model that tries each admitted task.", metavar="MODEL")
    ] = None,
    solver_url: Annotated[str | None, typer.Option(help="Its API; else as --base-url.")] = None,
    solver_attempts: Annotated[int, typer.Option(min=1, help="At each task.")] = 4,
    pass_rate: Annotated[
        str, typer.Option(help="Keep tasks solved so often.", metavar="LOW:HIGH")
    ] = "0:1",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the first prompts and an estimate; ask nobody.")
    ] = False,
) -> None:
    """Make bundles from domain specifications and prove each one.

    \b
    terminal-gym generate --out bundles                        602 over ten domains, no model
    terminal-gym generate --domains games,security -n 20 --out bundles
    terminal-gym generate --domain my.toml -n 10 --seed 7 --out mine
    terminal-gym generate --engine llm --model MODEL --base-url http://localhost:8000/v1 \\
        --domain my.toml -n 50 --budget-usd 20 --out mine

    Started again with the same options after a kill, it goes on where it was. What a gate refused
    lies in DIR/_rejects with the reason; DIR/report.html shows everything.
    """
    from rich.console import Console

    from terminal_gym.cli.collect import key_values
    from terminal_gym.errors import UserError

    given = {
        "model": model,
        "base_url": base_url,
        "budget_usd": budget_usd,
        "budget_tokens": budget_tokens,
        "budget_hours": budget_hours,
        "prices": _pair("--prices", prices),
        "parameters": key_values(parameter),
        "max_tokens": max_tokens,
        "concurrency": concurrency,
        "rounds": rounds,
        "turns": turns,
        "history_chars": history_chars,
        "drafts": drafts.value,
        "prompts": prompts,
        "solver": solver,
        "solver_url": solver_url,
        "attempts": solver_attempts,
        "band": _pair("--pass-rate", pass_rate),
    }
    by_model = engine is EngineName.llm
    if model is not None and not by_model:
        raise UserError("--model is for the engine that asks one", remedy="add --engine llm")
    try:
        from terminal_gym_generator.gates import read_public
        from terminal_gym_generator.runs import Job, dry_run_and_show, run_and_show

        options = _model_options(given) if by_model else None
    except ModuleNotFoundError as error:
        raise UserError(
            f"the generator needs the package {error.name}",
            remedy="pip install 'terminal-gym[generate]'",
        ) from error
    console = Console()
    specs = _specs(domains, domain or [])
    wanted = count or (_MODEL_COUNT if by_model else _FAMILIES_COUNT)
    if dry_run:
        dry_run_and_show(options, specs, seed, wanted, console)
        return
    job = Job(
        specs=specs,
        count=wanted,
        out=out,
        seed=seed,
        backend=backend,
        jobs=jobs,
        public=read_public(public) if public else [],
        thorough=thorough,
        options=options,
    )
    run_and_show(job, console)


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


def _model_options(given: dict[str, Any]) -> ModelOptions:
    from pydantic import ValidationError

    from terminal_gym.errors import UserError
    from terminal_gym_generator.llm.command import ModelOptions

    if given["model"] is None:
        raise UserError("--engine llm needs a model", remedy="give --model NAME, and --base-url")
    try:
        return ModelOptions.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).replace("_", "-")
        raise UserError(f"--{name}: {first['msg']}", remedy="see generate --help") from error


def _pair(option: str, text: str | None) -> tuple[float, float] | None:
    """`"0.1:0.9"` as two numbers."""
    from terminal_gym.errors import UserError

    if text is None:
        return None
    try:
        low, high = map(float, text.split(":"))
    except ValueError as error:
        raise UserError(f"{option} {text!r} is no pair", remedy="write two numbers, A:B") from error
    return low, high
