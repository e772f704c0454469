"""The first engine: parametric families, no model and no network.

A draft names families and a seed; everything else follows from it. The same draft gives the same
bytes on every machine.
"""

from __future__ import annotations

import base64
import re
import textwrap
from functools import lru_cache

import tomli_w

from terminal_gym_generator.chain import build_parts
from terminal_gym_generator.domain import DomainSpec
from terminal_gym_generator.family import families, get_family
from terminal_gym_generator.part import File, Part
from terminal_gym_generator.records import (
    Configuration,
    Criterion,
    Draft,
    Environment,
    Feasibility,
    Instruction,
    Mutations,
    Solution,
    TextFile,
    Verifier,
)
from terminal_gym_generator.rng import digest

BASE_IMAGE = "debian:bookworm-slim"
# One line for all bundles: its layer is built once. env_specs/ uses the same.
TOOLSET = (
    "ca-certificates curl file gcc git iproute2 jq less libc6-dev make nano openssl patch procps "
    "python3 sqlite3 unzip xz-utils zip"
)
INSTALL = f"""\
FROM {BASE_IMAGE}
RUN apt-get update && apt-get install -y --no-install-recommends \\
    {TOOLSET} \\
 && rm -rf /var/lib/apt/lists/*
"""
DOCKERFILE = f"""\
{INSTALL}WORKDIR /app
COPY world/ /
RUN bash /setup.sh && rm /setup.sh
"""
SETUP = """\
set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example
"""
VERIFY = '''\
"""Verifier of {id}. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

{body}
main()
'''


def make_draft(names: tuple[str, ...], seed: int, difficulty: int, domain: str = "") -> Draft:
    """The draft of one instance of a family, or of a chain of families."""
    members = [get_family(name) for name in names]
    head = members[0]
    chosen = domain or head.domain
    tag = digest(*names, seed, difficulty)[:6]
    stem = head.name if len(names) == 1 else f"{head.name}-to-{members[-1].name}"
    summary = " ".join((head.__doc__ or "").split("\n\n")[0].split())
    return Draft(
        id=f"{stem}-{tag}",
        engine="families",
        domain=chosen,
        title=" then ".join(name.replace("-", " ") for name in names),
        summary=summary,
        skills=sorted({skill for member in members for skill in member.skills}),
        difficulty=difficulty,
        families=list(names),
        seed=seed,
    )


@lru_cache(maxsize=64)
def _parts(names: tuple[str, ...], seed: int, difficulty: int) -> tuple[Part, ...]:
    return tuple(build_parts(names, seed, difficulty))


def parts_of(draft: Draft) -> tuple[Part, ...]:
    """The parts a draft stands for (cached: every stage needs them)."""
    assert draft.seed is not None
    return _parts(tuple(draft.families), draft.seed, draft.difficulty)


class FamiliesEngine:
    """The stages over parametric families.

    Args:
        domains: The domain specifications, by name; a family's skills must be named there.
    """

    name = "families"

    def __init__(self, domains: dict[str, DomainSpec]) -> None:
        self._domains = domains

    def feasibility(self, draft: Draft) -> Feasibility:
        """Whether the families exist and exercise skills that their domains name."""
        known = families()
        missing = [name for name in draft.families if name not in known]
        strange = [
            f"{name}: {skill}"
            for name in draft.families
            if name in known and known[name].domain in self._domains
            for skill in known[name].skills
            if skill not in self._domains[known[name].domain].skill_names
        ]
        return Feasibility(
            criteria=[
                Criterion(name="families exist", ok=not missing, reason=", ".join(missing)),
                Criterion(name="skills are named", ok=not strange, reason="; ".join(strange)),
            ]
        )

    def instruction(self, draft: Draft) -> Instruction:
        """All parts' paragraphs."""
        parts = parts_of(draft)
        text = "\n\n".join(paragraph for part in parts for paragraph in part.paragraphs)
        hidden = [value for part in parts for value in part.hidden]
        return Instruction(text=text + "\n", hidden=sorted(set(hidden)))

    def environment(self, draft: Draft, instruction: Instruction) -> Environment:
        """All parts' files, and one set-up script that runs at build time."""
        parts = parts_of(draft)
        files = {
            f"world{path}": _as_text(file) for part in parts for path, file in part.files.items()
        }
        lines = [SETUP]
        for part in parts:
            if part.setup_commands:
                lines += [f"mkdir -p {part.root} && cd {part.root}", *part.setup_commands]
        roots = " ".join(sorted({part.root for part in parts}))
        lines.append(f"mkdir -p {roots}")
        files["world/setup.sh"] = TextFile(content="\n".join(lines) + "\n")
        state = sorted({"/app", *(path for part in parts for path in part.state)})
        return Environment(dockerfile=DOCKERFILE, files=dict(sorted(files.items())), state=state)

    def solution(
        self, draft: Draft, instruction: Instruction, environment: Environment
    ) -> Solution:
        """All parts' commands, in order."""
        return Solution(commands=[c for part in parts_of(draft) for c in part.commands])

    def verifier(
        self, draft: Draft, instruction: Instruction, environment: Environment
    ) -> Verifier:
        """All parts' checks in one program, and how their results can be damaged."""
        parts = parts_of(draft)
        blocks = [helper for part in parts for helper in part.helpers]
        names: list[str] = []
        for check in sorted((c for part in parts for c in part.checks), key=lambda c: c.slow):
            name = check.name if check.name not in names else f"{check.name} ({len(names)})"
            names.append(name)
            body = textwrap.indent(check.body, "    ")
            blocks.append(f"@check({name!r})\ndef _():\n{body}\n")
        source = VERIFY.format(id=draft.id, body="\n\n".join(dict.fromkeys(blocks)))
        commands = [f"cd {part.root}\n{m}" for part in parts for m in part.mutations]
        outputs = [path for part in parts for path in part.outputs]
        return Verifier(
            source=source, checks=names, mutations=Mutations(outputs=outputs, commands=commands)
        )

    def configuration(
        self, draft: Draft, environment: Environment, solution: Solution
    ) -> Configuration:
        """task.toml, in Harbor's schema 1.4."""
        return Configuration(text=tomli_w.dumps(task_toml(draft, environment, solution)))


def task_toml(draft: Draft, environment: Environment, solution: Solution) -> dict[str, object]:
    """task.toml as every engine's tasks have it, in Harbor's schema 1.4."""
    ours = {
        "domain": draft.domain,
        "difficulty": draft.difficulty,
        "family": "+".join(draft.families),
        "state": environment.state,
        "horizon": len(solution.commands),
        "engine": draft.engine,
    }
    if draft.seed is not None:
        ours["seed"] = draft.seed
    if draft.model:
        ours["model"] = draft.model
    return {
        "schema_version": "1.4",
        "task": {
            "name": f"terminal-gym/{draft.id}",
            "description": draft.summary or draft.title,
            "authors": [{"name": "terminal-gym generator"}],
            "keywords": [draft.domain, *draft.skills],
        },
        "metadata": {"terminal_gym": ours},
        "agent": {"timeout_sec": 900.0},
        "verifier": {"timeout_sec": 120.0},
        "environment": {
            "build_timeout_sec": 600.0,
            "cpus": 1,
            "memory_mb": 1024,
            "storage_mb": 1024,
            "network_mode": "no-network",
            "workdir": "/app",
        },
    }


def _as_text(file: File) -> TextFile:
    """Text where it is text, base64 where it is not."""
    executable = bool(file.mode & 0o100)
    try:
        text = file.data.decode()
        if not re.search(r"[\x00\r]", text):
            return TextFile(content=text, executable=executable)
    except UnicodeDecodeError:
        pass
    encoded = base64.b64encode(file.data).decode()
    return TextFile(content=encoded, executable=executable, base64=True)
