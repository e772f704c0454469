"""Endless terminal tasks in one environment: each reset makes a bundle on the fly."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import gymnasium

from terminal_gym.env import TerminalEnv
from terminal_gym.errors import UserError
from terminal_gym.sandbox.owner import owned_folder
from terminal_gym_generator.bundle_writer import write_bundle
from terminal_gym_generator.domain import DomainSpec, builtin_domains
from terminal_gym_generator.drafts import DIFFICULTIES, families_of, sample
from terminal_gym_generator.engine import make_record
from terminal_gym_generator.families_engine import FamiliesEngine
from terminal_gym_generator.records import Draft
from terminal_gym_generator.rng import rng_for

LEVELS = 2**31
"""Levels are numbered from 0; Gymnasium's own seeds do not reach further."""


class ProceduralEnv(gymnasium.Env[dict[str, Any], str]):
    """Terminal tasks without end, made when they are needed.

    ## Description
    Every level number stands for one task of the chosen domains and difficulty, the same on every
    machine: `reset(seed=k)` gives level k. A reset without a seed draws a level from the range.
    Ranges that do not overlap share no task, so that a policy can be tested on tasks it never saw:

        train = gymnasium.make("LiteTerminal/procedural-v0", num_levels=10_000)
        test = gymnasium.make("LiteTerminal/procedural-v0", start_level=10_000, num_levels=500)

    The families are those of `terminal-gym generate`, whose gates prove instances one by one; a
    level has not been at the gates.

    ## Action space, observation space, reward, episode end
    As `TerminalEnv`.

    ## Info
    As `TerminalEnv`, and on reset `level`, `domain`, `difficulty` and `families`.

    Args:
        domains: Names of domains, or specifications; default: all that have families.
        difficulty: 1 to 5, or several; default: all.
        start_level: The range's first level.
        num_levels: How many levels it has; 0: all from `start_level` on.
        render_mode: As `TerminalEnv`.
        options: Further arguments of `TerminalEnv` (backend, max_steps, step_timeout_s, …).

    Raises:
        UserError: A domain is unknown or has no families, or the range is empty.
    """

    metadata: dict[str, Any] = TerminalEnv.metadata

    def __init__(
        self,
        domains: Sequence[str | DomainSpec] | None = None,
        difficulty: int | Sequence[int] | None = None,
        start_level: int = 0,
        num_levels: int = 0,
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        self._specs = _specs(domains)
        self._difficulties = _difficulties(difficulty)
        if not 0 <= start_level < LEVELS or not 0 <= num_levels <= LEVELS - start_level:
            raise UserError(
                f"there are no levels {start_level} to {start_level + num_levels - 1}",
                remedy=f"levels are numbered from 0 to {LEVELS - 1}",
            )
        self._start, self._number = start_level, num_levels or LEVELS - start_level
        self.render_mode = render_mode
        self._options = {"render_mode": render_mode, **options}
        self._engine = FamiliesEngine({spec.name: spec for spec in self._specs})
        self._level_folder = contextlib.ExitStack()
        self._env = self._make(self.draft_of(start_level))
        self.action_space = self._env.action_space
        self.observation_space = self._env.observation_space

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Make a level and start its episode.

        Args:
            seed: Which level; one outside of the range is taken round into it.
            options: As `TerminalEnv.reset`.
        """
        super().reset(seed=seed)
        level = self._level(seed)
        draft = self.draft_of(level)
        self._env.close()
        self._env = self._make(draft)
        observation, info = self._env.reset(seed=seed, options=options)
        own = {"level": level, "domain": draft.domain, "difficulty": draft.difficulty}
        return observation, {**info, **own, "families": draft.families}

    def step(self, action: str) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """See `TerminalEnv.step`."""
        return self._env.step(action)

    def render(self) -> Any:
        """See `TerminalEnv.render`."""
        return self._env.render()

    def close(self) -> None:
        """End the episode and remove its bundle. Idempotent."""
        self._env.close()
        self._level_folder.close()

    def copy_in_solution(self) -> None:
        """See `TerminalEnv.copy_in_solution`."""
        self._env.copy_in_solution()

    @property
    def bundle(self) -> Any:
        """The present level's bundle; its folder lives until the next reset."""
        return self._env.bundle

    def draft_of(self, level: int) -> Draft:
        """The task that a level stands for."""
        names = ",".join(spec.name for spec in self._specs)
        rng = rng_for("procedural", level, names, ",".join(map(str, self._difficulties)))
        spec = rng.choice(self._specs)
        family = rng.choice(families_of(spec))
        return sample(spec, family, rng.choice(self._difficulties), rng)

    def _level(self, seed: int | None) -> int:
        if seed is None:
            return self._start + int(self.np_random.integers(self._number))
        return self._start + (seed - self._start) % self._number

    def _make(self, draft: Draft) -> TerminalEnv:
        self._level_folder.close()
        folder = self._level_folder.enter_context(owned_folder())
        bundle = write_bundle(make_record(self._engine, draft), folder)
        return TerminalEnv(bundle, **self._options)


def _specs(domains: Sequence[str | DomainSpec] | None) -> list[DomainSpec]:
    known = builtin_domains()
    if domains is None:
        return [spec for spec in known.values() if _has_families(spec)]
    found = []
    for one in domains:
        if isinstance(one, str) and one not in known:
            raise UserError(f"no domain {one!r}", remedy=f"one of: {', '.join(known)}")
        spec = known[one] if isinstance(one, str) else one
        families_of(spec)
        found.append(spec)
    if not found:
        raise UserError("no domains", remedy="give at least one")
    return found


def _has_families(spec: DomainSpec) -> bool:
    try:
        return bool(families_of(spec))
    except UserError:
        return False


def _difficulties(difficulty: int | Sequence[int] | None) -> list[int]:
    if difficulty is None:
        return list(DIFFICULTIES)
    wanted = [difficulty] if isinstance(difficulty, int) else list(difficulty)
    if not wanted or any(level not in DIFFICULTIES for level in wanted):
        raise UserError(f"difficulty {difficulty!r} is not known", remedy="use numbers from 1 to 5")
    return wanted
