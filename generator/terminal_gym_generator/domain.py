"""Domain specifications: what kinds of tasks a domain holds.

The ten of terminal-gym lie in `domains/` as TOML; a user's own file works the same.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from terminal_gym.errors import UserError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MIN_SKILLS = 12


class Skill(BaseModel):
    """Something that one learns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="kebab-case")
    description: str = Field(min_length=10)


class DomainSpec(BaseModel):
    """One domain: the only input of the generator."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="snake_case")
    title: str
    description: str = Field(min_length=40, description="what the domain is")
    skills: tuple[Skill, ...] = Field(min_length=MIN_SKILLS)
    tools: tuple[str, ...] = Field(min_length=1, description="programs that tasks may use")
    artifacts: tuple[str, ...] = Field(min_length=1, description="kinds of files in its worlds")
    hard: tuple[str, ...] = Field(min_length=1, description="what makes a task hard")
    out_of_bounds: tuple[str, ...] = Field(min_length=1, description="what no task may be")

    @field_validator("skills")
    @classmethod
    def _names_differ(cls, skills: tuple[Skill, ...]) -> tuple[Skill, ...]:
        names = [skill.name for skill in skills]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"skills named twice: {', '.join(twice)}")
        return skills

    @property
    def skill_names(self) -> frozenset[str]:
        """The names of all skills."""
        return frozenset(skill.name for skill in self.skills)


def load_domain(path: Path) -> DomainSpec:
    """Read one specification.

    Raises:
        UserError: The file cannot be read or is malformed; names the file and each field.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return DomainSpec.model_validate(data)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}", remedy="give a readable TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: {error}", remedy="mend the TOML syntax there") from error
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors()]
        raise UserError(
            f"{path}: {'; '.join(lines)}",
            remedy="see the files in terminal_gym_generator/domains for the form",
        ) from error


def builtin_domains() -> dict[str, DomainSpec]:
    """The ten domains of terminal-gym, by name."""
    folder = Path(__file__).parent / "domains"
    return {spec.name: spec for spec in map(load_domain, sorted(folder.glob("*.toml")))}
