"""`terminal-gym rootfs`: root file systems for the namespace backend."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

rootfs = typer.Typer(
    no_args_is_help=True,
    help="Root file systems for the namespace backend.",
)

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="As in FROM, for instance debian:bookworm-slim.")
]


@rootfs.command("import")
def import_command(
    name: Name,
    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", exists=True, help="A tar archive, or a folder.")
    ],
) -> None:
    """Import a tar archive (as of `docker export`) or a folder. No root needed."""
    from terminal_gym.sandbox.namespace.rootfs import import_rootfs

    print(import_rootfs(name, source))


@rootfs.command("build")
def build_command(
    name: Name,
    mirror: Annotated[str, typer.Option(help="Debian mirror; debootstrap's own if empty.")] = "",
    package: Annotated[
        list[str] | None, typer.Option(help="A further package. May be repeated.")
    ] = None,
) -> None:
    """Build a Debian root file system with debootstrap, as root (a minute or two)."""
    from terminal_gym.sandbox.namespace.rootfs import PACKAGES, build_rootfs

    print(build_rootfs(name, mirror=mirror, packages=[*PACKAGES, *(package or [])]))


@rootfs.command("list")
def list_command() -> None:
    """List the imported root file systems."""
    from terminal_gym.sandbox.namespace.rootfs import list_rootfs

    for name in list_rootfs():
        print(name)
