"""Dockerfiles as a list of instructions, for backends that run them without an engine."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

from dockerfile_parse import DockerfileParser
from pydantic import BaseModel, ConfigDict

from terminal_gym.errors import DockerfileError

_RUNNABLE = {"FROM", "COPY", "ADD", "RUN", "ENV", "WORKDIR", "USER", "ARG", "SHELL", "ENTRYPOINT"}
# They say how a container is started or described, which is ours to decide.
_WITHOUT_EFFECT = {"LABEL", "EXPOSE", "CMD", "MAINTAINER", "STOPSIGNAL"}
_FOR_AN_ENGINE = {"HEALTHCHECK", "ONBUILD", "VOLUME"}
_REMEDY = "run this task with the docker backend: --backend docker"


class Instruction(BaseModel):
    """One instruction, with its line for messages."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: str
    line: int
    file: str

    def error(self, message: str, remedy: str = _REMEDY) -> DockerfileError:
        """An error that points here."""
        return DockerfileError(f"{self.file}:{self.line}: {self.name} {message}", remedy=remedy)

    def words(self) -> list[str]:
        """The value as a list: JSON form where it is one, else split at blanks."""
        if self.value.lstrip().startswith("["):
            try:
                words = json.loads(self.value)
            except (ValueError, RecursionError) as error:
                raise self.error(f"is not valid JSON: {error}", "mend the list") from error
            return [str(word) for word in words]
        return self.value.split()


def parse_dockerfile(path: Path) -> list[Instruction]:
    """Read a Dockerfile of one stage.

    Raises:
        DockerfileError: It is missing or malformed, or uses what cannot be run without an engine.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DockerfileError(f"{path}: {error}", remedy="add a readable Dockerfile") from error
    parser = DockerfileParser(fileobj=io.BytesIO(text.encode()), env_replace=False)
    found = [
        Instruction(
            name=item["instruction"],
            value=item["value"],
            line=item["startline"] + 1,
            file=str(path),
        )
        for item in parser.structure
        if item["instruction"] != "COMMENT"
    ]
    _check(found, path)
    return [item for item in found if item.name in _RUNNABLE]


def _check(found: list[Instruction], path: Path) -> None:
    stages = [item for item in found if item.name == "FROM"]
    if not stages:
        raise DockerfileError(f"{path}: no FROM", remedy="begin with FROM debian:bookworm-slim")
    for item in found:
        if item.name not in _RUNNABLE | _WITHOUT_EFFECT | _FOR_AN_ENGINE:
            raise item.error("is no instruction of a Dockerfile", "correct its spelling")
        if item.name in _RUNNABLE and not item.value.strip():
            raise item.error("says nothing", "complete it")
        if item.name in _FOR_AN_ENGINE:
            raise item.error("cannot be run by the namespace backend")
        if item.name in ("COPY", "ADD") and "--from" in item.value:
            raise item.error("--from (several stages) cannot be run by the namespace backend")
        if item.name == "ADD" and re.search(r"(^|[\s\"])(https?|git|ssh)://|git@", item.value):
            raise item.error("of a remote source cannot be run by the namespace backend")
        if item.name == "RUN" and item.value.startswith("--"):
            raise item.error("with options cannot be run by the namespace backend")
        if item.name in ("RUN", "COPY", "ADD") and re.match(r"<<-?['\"]?\w", item.value):
            raise item.error("with a heredoc cannot be run by the namespace backend")
    if len(stages) > 1:
        raise stages[1].error("begins a second stage, which the namespace backend cannot run")


def substitute(value: str, variables: dict[str, str]) -> str:
    """Replace `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME:+word}` as a Dockerfile does."""

    def replace(match: re.Match[str]) -> str:
        if match[0].startswith("\\"):
            return match[0][1:]
        name, operator, word = match[1] or match[4], match[2], match[3]
        current = variables.get(name, "")
        if operator == ":-":
            return current or word
        if operator == ":+":
            return word if current else ""
        return current

    pattern = r"\\\$|\$\{(\w+)(?:(:[-+])([^}]*))?\}|\$(\w+)"
    return re.sub(pattern, replace, value)


def env_pairs(instruction: Instruction, variables: dict[str, str]) -> dict[str, str]:
    """The variables of an ENV (both forms), substituted."""
    value = instruction.value.strip()
    if "=" not in value.split()[0]:
        name, _, rest = value.partition(" ")
        return {name: substitute(rest.strip(), variables)}
    pattern = r"""(\w+)=((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s\\"'])*)"""
    pairs = {}
    for name, raw in re.findall(pattern, value):
        plain = re.sub(r"'([^']*)'|\"((?:[^\"\\]|\\.)*)\"", lambda m: m[1] or m[2] or "", raw)
        pairs[name] = substitute(re.sub(r"\\([^$])", r"\1", plain), variables)
    if not pairs:
        raise instruction.error("has no NAME=value", "write ENV NAME=value")
    return pairs
