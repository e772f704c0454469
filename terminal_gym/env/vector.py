"""Many environments in one process, each stepped by a thread of its own.

A terminal environment waits on its PTY and holds no lock meanwhile, so threads give what processes
would, without copying observations between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space, concatenate, create_empty_array, iterate

from terminal_gym.errors import UserError

Result = tuple[Any, float, bool, bool, dict[str, Any]]


class ThreadedVectorEnv(VectorEnv[Any, Any, Any]):
    """A vector environment over threads.

    Observations, rewards, terminations, truncations and infos are batched as by Gymnasium's
    `SyncVectorEnv`: texts become tuples of `num_envs` texts, numbers arrays of shape (num_envs,).

    Args:
        env_fns: One function per sub-environment; all must have the same spaces.
        autoreset_mode: As in Gymnasium 1.1 and later: the step after an episode's end resets
            (NEXT_STEP), the same step does (SAME_STEP; what ended is in `info["final_obs"]` and
            `info["final_info"]`), or the caller does (DISABLED, by `options["reset_mask"]`).

    Raises:
        UserError: There is no environment, or their spaces differ.
    """

    def __init__(
        self,
        env_fns: Sequence[Callable[[], gymnasium.Env[Any, Any]]],
        autoreset_mode: AutoresetMode = AutoresetMode.NEXT_STEP,
    ) -> None:
        if not env_fns:
            raise UserError("no environments", remedy="give at least one function")
        self.num_envs = len(env_fns)
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self._pool = ThreadPoolExecutor(self.num_envs, "vector-env")
        self.envs: list[gymnasium.Env[Any, Any]] = []
        try:
            self._make(env_fns)
        except BaseException:
            self.close()
            raise
        first = self.envs[0]
        self.metadata = {**first.metadata, "autoreset_mode": self.autoreset_mode}
        self.render_mode = first.render_mode
        self.single_observation_space = first.observation_space
        self.single_action_space = first.action_space
        self.observation_space = batch_space(first.observation_space, self.num_envs)
        self.action_space = batch_space(first.action_space, self.num_envs)
        self._observations: list[Any] = [None] * self.num_envs
        self._ended = np.zeros(self.num_envs, dtype=np.bool_)

    def _make(self, env_fns: Sequence[Callable[[], gymnasium.Env[Any, Any]]]) -> None:
        futures = [self._pool.submit(function) for function in env_fns]
        wait(futures)
        self.envs = [future.result() for future in futures if future.exception() is None]
        for future in futures:
            future.result()  # raises what a function raised
        first = self.envs[0]
        for env in self.envs[1:]:
            if (env.observation_space, env.action_space) != (
                first.observation_space,
                first.action_space,
            ):
                raise UserError(
                    "the environments' spaces differ", remedy="give all the same output_limit"
                )

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Reset all sub-environments, or those chosen by `options["reset_mask"]`.

        Args:
            seed: For each, or one number: sub-environment i gets seed + i.
            options: Passed on; `reset_mask` is a bool array of shape (num_envs,).

        Returns:
            Batched observations and infos.
        """
        seeds = self._seeds(seed)
        given = dict(options or {})
        mask = given.pop("reset_mask", np.ones(self.num_envs, dtype=np.bool_))

        def reset_one(index: int) -> dict[str, Any]:
            observation, info = self.envs[index].reset(seed=seeds[index], options=given or None)
            self._observations[index] = observation
            return info

        chosen = [int(index) for index in np.flatnonzero(mask)]
        infos: dict[str, Any] = {}
        for index, info in zip(chosen, self._in_parallel(reset_one, chosen), strict=True):
            infos = self._add_info(infos, info, index)
            self._ended[index] = False
        return self._batch(), infos

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Step all sub-environments at once.

        Args:
            actions: `num_envs` actions.

        Returns:
            Batched observations; rewards, terminations and truncations of shape (num_envs,); infos.
        """
        given = list(iterate(self.action_space, tuple(actions)))
        if len(given) != self.num_envs:
            raise UserError(f"{len(given)} actions for {self.num_envs} environments")
        rewards = np.zeros(self.num_envs, dtype=np.float64)
        terminated = np.zeros(self.num_envs, dtype=np.bool_)
        truncated = np.zeros(self.num_envs, dtype=np.bool_)
        infos: dict[str, Any] = {}
        everyone = range(self.num_envs)
        results = self._in_parallel(lambda index: self._step_one(index, given[index]), everyone)
        for index, result in enumerate(results):
            self._observations[index] = result[0]
            rewards[index], terminated[index], truncated[index] = result[1:4]
            infos = self._add_info(infos, result[4], index)
        self._ended = (terminated | truncated) & (self.autoreset_mode != AutoresetMode.SAME_STEP)
        return self._batch(), rewards, terminated, truncated, infos

    def _step_one(self, index: int, action: Any) -> Result:
        env = self.envs[index]
        if self._ended[index]:
            if self.autoreset_mode == AutoresetMode.DISABLED:
                raise gymnasium.error.ResetNeeded(f"sub-environment {index} has ended: reset it")
            observation, info = env.reset()
            return observation, 0.0, False, False, info
        observation, reward, terminated, truncated, info = env.step(action)
        if (terminated or truncated) and self.autoreset_mode == AutoresetMode.SAME_STEP:
            final = {"final_obs": observation, "final_info": info}
            observation, info = env.reset()
            info = {**info, **final}
        return observation, float(reward), terminated, truncated, info

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Call a method of every sub-environment, or get an attribute of each."""

        def one(index: int) -> Any:
            found = self.envs[index].get_wrapper_attr(name)
            return found(*args, **kwargs) if callable(found) else found

        return tuple(self._in_parallel(one, range(self.num_envs)))

    def render(self) -> tuple[Any, ...] | None:
        """The frames of all sub-environments."""
        return self.call("render")

    def close_extras(self, **_: Any) -> None:
        """Close all sub-environments and end the threads."""
        try:
            wait([self._pool.submit(env.close) for env in self.envs])
        finally:
            self._pool.shutdown()

    def _in_parallel(self, work: Callable[[int], Any], indices: Iterable[int]) -> list[Any]:
        """Results in order; what one raises is raised after all have ended."""
        futures = [self._pool.submit(work, index) for index in indices]
        wait(futures)
        return [future.result() for future in futures]

    def _batch(self) -> Any:
        empty: Any = create_empty_array(self.single_observation_space, self.num_envs)
        return concatenate(self.single_observation_space, self._observations, empty)

    def _seeds(self, seed: int | Sequence[int | None] | None) -> list[int | None]:
        if seed is None:
            return [None] * self.num_envs
        seeds: list[int | None] = (
            [seed + i for i in range(self.num_envs)] if isinstance(seed, int) else list(seed)
        )
        if len(seeds) != self.num_envs:
            raise UserError(f"{len(seeds)} seeds for {self.num_envs} environments")
        return seeds


def make_vec(
    env_id: str | Sequence[str],
    num_envs: int | None = None,
    *,
    autoreset_mode: AutoresetMode = AutoresetMode.NEXT_STEP,
    wrappers: Sequence[Callable[[Any], Any]] = (),
    **options: Any,
) -> ThreadedVectorEnv:
    """Make a threaded vector environment of one task or of several.

    Args:
        env_id: An id, or a list of ids, which the sub-environments take in turn.
        num_envs: How many; default: one per id.
        autoreset_mode: See `ThreadedVectorEnv`.
        wrappers: Put around each sub-environment, innermost first.
        options: For `gymnasium.make`, as `backend` or `max_steps`.
    """
    ids = [env_id] if isinstance(env_id, str) else list(env_id)
    if not ids:
        raise UserError("no environment ids", remedy="see `terminal-gym list`")

    def maker(name: str) -> Callable[[], gymnasium.Env[Any, Any]]:
        def make() -> gymnasium.Env[Any, Any]:
            env = gymnasium.make(name, **options)
            for wrapper in wrappers:
                env = wrapper(env)
            return env

        return make

    count = len(ids) if num_envs is None else num_envs
    return ThreadedVectorEnv([maker(ids[i % len(ids)]) for i in range(count)], autoreset_mode)


def vector_entry_point(num_envs: int, bundle: str, **options: Any) -> ThreadedVectorEnv:
    """What `gymnasium.make_vec` calls for a registered bundle."""
    from gymnasium.wrappers import OrderEnforcing

    from terminal_gym.env.terminal_env import TerminalEnv

    def make() -> gymnasium.Env[Any, Any]:
        return OrderEnforcing(TerminalEnv(bundle, **options))

    return ThreadedVectorEnv([make] * num_envs)
