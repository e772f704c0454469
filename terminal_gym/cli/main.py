"""The command line.

Commands import what they need when they run, so that `--help` does not wait for it. To add a
command, write a file beside this one and add a row to `COMMANDS`; a package of its own names a
function or a `typer.Typer` in the entry-point group `terminal_gym.commands`.
"""

from __future__ import annotations

import errno
import importlib
import sys
import warnings
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer

from terminal_gym.errors import Fault, TerminalGymError

COMMANDS = {
    "list": "terminal_gym.cli.list:list_command",
    "show": "terminal_gym.cli.show:show",
    "play": "terminal_gym.cli.play:play",
    "run": "terminal_gym.cli.run:run",
    "evaluate": "terminal_gym.cli.evaluate:evaluate_command",
    "compare": "terminal_gym.cli.compare:compare_command",
    "collect": "terminal_gym.cli.collect:collect",
    "replay": "terminal_gym.cli.replay:replay_command",
    "export": "terminal_gym.cli.export:export_command",
    "validate": "terminal_gym.cli.validate:validate",
    "import": "terminal_gym.cli.import_tasks:import_tasks",
    "cheat": "terminal_gym.cli.cheat:cheat",
    "doctor": "terminal_gym.cli.doctor:doctor",
    "reap": "terminal_gym.cli.reap:reap",
    "rootfs": "terminal_gym.cli.rootfs:rootfs",
}
"""Our own commands: name -> "module:attribute"."""

EXIT_USER_ERROR, EXIT_FAULT, EXIT_INTERRUPTED = 2, 3, 130
_GROUP = "terminal_gym.commands"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def main() -> None:
    """Run the command line and exit: 0 done, 1 a bundle failed, 2 your error, 3 a fault."""
    warnings.showwarning = _note  # type: ignore[assignment]
    sys.exit(run_cli(sys.argv[1:]))


def run_cli(arguments: list[str]) -> int:
    """Run one command line; gives its exit code. Our errors come as message and remedy."""
    try:
        build_app()(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(bool(stop.code))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader is gone (`| head`), which is no error
        return 0
    except TerminalGymError as error:
        show_error(error)
        return EXIT_FAULT if isinstance(error, Fault) else EXIT_USER_ERROR
    except OSError as error:
        if error.filename is None and error.errno not in _NO_ROOM:
            raise  # of no file
        show_error(_told(error))
        return EXIT_FAULT if error.errno in _NO_ROOM else EXIT_USER_ERROR
    return 0


def build_app() -> typer.Typer:
    """All commands, ours and those of installed packages."""
    app = typer.Typer(
        name="terminal-gym",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_global_options)
    for name, path in COMMANDS.items():
        _add(app, name, _load(path))
    for entry in metadata.entry_points(group=_GROUP):
        try:
            _add(app, entry.name, entry.load())
        except Exception as error:  # a broken extra must not take the other commands along
            print(f"note: command {entry.name!r} is left out: {error}", file=sys.stderr)
    return app


def show_error(error: TerminalGymError) -> None:
    """Message and remedy on stderr; what they quote of a task cannot reach the terminal."""
    from terminal_gym.episodes.safe_text import safe_text

    print(f"error: {safe_text(error.message)}", file=sys.stderr)
    if error.remedy:
        print(f"remedy: {safe_text(error.remedy)}", file=sys.stderr)


def _told(error: OSError) -> TerminalGymError:
    """A file that cannot be used, as an error of ours."""
    if error.errno in _NO_ROOM:
        place = error.filename or "a file that is being written"
        return TerminalGymError(f"{place}: {error.strerror}", remedy="make room on that disk")
    return TerminalGymError(
        f"{error.filename}: {error.strerror}", remedy="name one that you may use"
    )


def _note(message: Warning | str, *_: object) -> None:
    """A warning as one line, once: where in our code it arose says nothing to the user."""
    from terminal_gym.episodes.safe_text import safe_text

    text = f"note: {safe_text(str(message))}"
    if text not in _noted:
        _noted.add(text)
        print(text, file=sys.stderr)


_noted: set[str] = set()


def _print_version(wanted: bool) -> None:
    if wanted:
        import terminal_gym

        print(terminal_gym.__version__)
        raise typer.Exit


def _global_options(
    specs: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="A further folder of bundles. May be repeated."),
    ] = None,
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version."
        ),
    ] = False,
) -> None:
    """Terminal tasks as Gymnasium environments.

    \b
    terminal-gym doctor                        what works on this machine
    terminal-gym list                          the tasks there are
    terminal-gym play git-rebase               try one yourself
    terminal-gym run 'git-*' --agent oracle    let an agent try
    terminal-gym replay                        see what it did

    Folders in $TERMINAL_GYM_SPECS (separated by ':') are searched for bundles, too.
    """
    for folder in specs or []:
        from terminal_gym.bundle import register_bundles

        register_bundles(folder)


def _add(app: typer.Typer, name: str, command: Any) -> None:
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=name)
    else:
        app.command(name)(command)


def _load(path: str) -> Any:
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)


if __name__ == "__main__":
    main()
