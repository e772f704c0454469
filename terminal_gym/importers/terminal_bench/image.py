"""environment/: the client's build context, without what the agent must not see."""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path

import yaml
from dockerfile_parse import DockerfileParser

from terminal_gym.bundle.compose import COMPOSE_FILES, MAIN
from terminal_gym.errors import BundleError, UnsupportedFeature
from terminal_gym.importers.terminal_bench.compose import Service

_PRIVATE = {"task.yaml", "solution.sh", "solution.yaml", "run-tests.sh", "tests", *COMPOSE_FILES}


def write_environment(service: Service, source: Path, folder: Path) -> list[str]:
    """Write the folder that the image is built from; gives what the user should know.

    In Terminal-Bench the context is mostly the task's folder itself. The solution and the tests
    come along only where the Dockerfile copies them by name.

    Raises:
        BundleError: A path leads out of the task's folder, or nothing is there.
        UnsupportedFeature: Other services are built from what does not come along.
    """
    _check_others(service, source)
    if service.image is not None:
        folder.mkdir()
        (folder / "Dockerfile").write_text(f"FROM {service.image}\n", encoding="utf-8")
        notes = []
    else:
        notes = _write_context(service, source, folder)
    if service.beside or service.others:
        whole = service.others or {"services": {}}
        user = {"user": service.user} if service.user else {}
        main = {**user, **service.beside, **whole["services"].get(MAIN, {})}
        whole = {**whole, "services": {**whole["services"], MAIN: main}}
        text = yaml.safe_dump(whole, sort_keys=False)
        (folder / "docker-compose.yaml").write_text(text, encoding="utf-8")
    return notes


def _check_others(service: Service, source: Path) -> None:
    """The other services are built from folders that must come along where they are."""
    built = [name for name, one in service.others.get("services", {}).items() if one.get("build")]
    if built and (service.image or (source / service.context).resolve() != source.resolve()):
        raise UnsupportedFeature(
            f"{source}: services.{built[0]}.build: beside a client that is not built from the "
            "task's folder",
            remedy="build the client from the task's folder (context: .)",
        )


def _write_context(service: Service, source: Path, folder: Path) -> list[str]:
    context = _inside(source, source / service.context, "build.context")
    dockerfile = _inside(source, context / service.dockerfile, "build.dockerfile")
    try:
        text = dockerfile.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"{dockerfile}: {error}", remedy="add a readable Dockerfile") from error
    copied = _copied(text)
    private = _PRIVATE - copied if context == source.resolve() else set()
    shutil.copytree(
        context,
        folder,
        symlinks=True,
        ignore=lambda at, names: private & set(names) if Path(at) == context else set(),
    )
    (folder / "Dockerfile").write_text(_with_args(text, service.build_args), encoding="utf-8")
    return _notes(copied, private)


def _notes(copied: set[str], private: set[str]) -> list[str]:
    notes = []
    if private and "." in copied:
        notes.append("the Dockerfile copies the whole folder: the solution and tests are left out")
    if told := sorted(copied & {"solution.sh", "solution.yaml", "run-tests.sh", "tests"}):
        notes.append(f"the Dockerfile shows the agent {', '.join(told)}")
    return notes


def _copied(dockerfile: str) -> set[str]:
    """First components of what COPY and ADD take from the context; "." for all of it."""
    parser = DockerfileParser(fileobj=io.BytesIO(dockerfile.encode()), env_replace=False)
    found = set()
    for item in parser.structure:
        value = item["value"].strip()
        if item["instruction"] in ("COPY", "ADD") and "--from" not in value:
            words = json.loads(value) if _is_json(value) else value.split()
            sources = [word for word in words if not word.startswith("--")][:-1]
            found |= {word.removeprefix("/").removeprefix("./").split("/")[0] for word in sources}
    return {name if name not in ("", "*") else "." for name in found}


def _is_json(value: str) -> bool:
    try:
        return isinstance(json.loads(value), list)
    except ValueError:
        return False


def _with_args(dockerfile: str, args: dict[str, str]) -> str:
    """The Dockerfile with its ARGs at the values that compose gives them."""
    for name, value in args.items():
        quoted = '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'
        pattern = re.compile(rf"^(\s*ARG\s+{re.escape(name)})(?:=.*)?$", re.MULTILINE)
        # Split and joined, so that nothing in the value means anything to `re`.
        parts = pattern.split(dockerfile)
        dockerfile = "".join(
            f"{part}={quoted}" if place % 2 else part for place, part in enumerate(parts)
        )
    return dockerfile


def _inside(source: Path, path: Path, key: str) -> Path:
    resolved = path.resolve()
    if not resolved.is_relative_to(source.resolve()) or not resolved.exists():
        raise BundleError(
            f"{source}: services.client.{key}: {path} is not in the task's folder",
            remedy="name a path inside it",
        )
    return resolved
