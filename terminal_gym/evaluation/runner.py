"""Running many episodes at once, in threads: the work waits on terminals, not on Python."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium as gym

from terminal_gym.agents import Agent
from terminal_gym.agents import make_agent as make_agent_by_name
from terminal_gym.episodes import EpisodeRecorder, EpisodeWriter, FaultRecord
from terminal_gym.errors import RecordingFault, UserError
from terminal_gym.evaluation.episode import play_episode
from terminal_gym.evaluation.result import EpisodeResult, result_of

MakeEnv = Callable[..., gym.Env[Any, Any]]


@dataclass(frozen=True)
class Job:
    """One episode to run."""

    bundle: str
    attempt: int
    seed: int


def run_episodes(
    bundle_ids: Sequence[str],
    make_agent: str | Callable[[], Agent],
    *,
    episodes: int = 1,
    concurrency: int = 4,
    backend: str = "auto",
    out: str | Path | EpisodeWriter,
    seed: int = 0,
    on_result: Callable[[EpisodeResult], None] | None = None,
    env_options: Mapping[str, Any] | None = None,
    make_env: MakeEnv | None = None,
) -> list[EpisodeResult]:
    """Run every bundle `episodes` times and record all episodes.

    Whatever goes wrong in one episode ends that one, as a fault; the others go on. On
    KeyboardInterrupt all sandboxes are closed, what was open is recorded as interrupted, and the
    interrupt is raised again.

    Args:
        bundle_ids: Registered ids, or folders of bundles.
        make_agent: Makes one agent per episode: an agent's name, or a callable.
        episodes: Attempts at each bundle.
        concurrency: Episodes at a time.
        backend: The sandbox backend.
        out: The file of episodes, or an open writer.
        seed: Every episode's own seed comes from it by a hash.
        on_result: Called in this thread as each episode ends.
        env_options: Keyword arguments of the environment, over those that the agent asks for.
        make_env: Makes an environment of (bundle, backend=…, **options) instead of `gym.make`.

    Returns:
        One result per episode: bundles in their order, attempts within each.

    Raises:
        UserError: There is no such agent.
        RecordingFault: `out` cannot be opened, or at the end neither it nor a spill file could take
            every episode.
    """
    jobs = [
        Job(bundle, attempt, episode_seed(seed, bundle, attempt))
        for bundle in bundle_ids
        for attempt in range(episodes)
    ]
    new_agent = _agent_factory(make_agent)
    with ExitStack() as stack:
        writer = out if isinstance(out, EpisodeWriter) else stack.enter_context(EpisodeWriter(out))
        return run_jobs(
            jobs,
            new_agent,
            writer,
            concurrency=concurrency,
            env_options={"backend": backend, **(env_options or {})},
            on_result=on_result,
            make_env=make_env,
        )


def run_jobs(
    jobs: Sequence[Job],
    new_agent: Callable[[], Agent],
    writer: EpisodeWriter,
    *,
    concurrency: int,
    env_options: Mapping[str, Any],
    on_result: Callable[[EpisodeResult], None] | None = None,
    make_env: MakeEnv | None = None,
) -> list[EpisodeResult]:
    """Run the episodes that are named one by one; else as `run_episodes`."""
    run = _Run(new_agent, make_env or _make_env, dict(env_options), writer)
    return run.all(jobs, max(1, concurrency), on_result or (lambda _: None))


def episode_seed(seed: int, bundle: str, attempt: int) -> int:
    """A seed of 48 bits, exact in every JSON reader, unrelated to its neighbours'."""
    key = f"{seed}\0{bundle}\0{attempt}".encode()
    return int.from_bytes(hashlib.sha256(key).digest()[:6], "big")


class _Run:
    """The episodes of one call: what they share, and the recorders that are open."""

    def __init__(
        self,
        new_agent: Callable[[], Agent],
        make_env: MakeEnv,
        env_options: dict[str, Any],
        writer: EpisodeWriter,
    ) -> None:
        self._new_agent = new_agent
        self._make_env = make_env
        self._env_options = env_options
        self._writer = writer
        self._stop = threading.Event()
        self._open: set[EpisodeRecorder] = set()

    def all(
        self, jobs: Sequence[Job], concurrency: int, on_result: Callable[[EpisodeResult], None]
    ) -> list[EpisodeResult]:
        """Every job's result, in the jobs' order."""
        with ThreadPoolExecutor(concurrency, thread_name_prefix="episode") as pool:
            futures = [pool.submit(self.one, job) for job in jobs]
            try:
                for future in as_completed(futures):
                    on_result(future.result())
            except BaseException:
                self._stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                self._abort_open()
                raise
        return [future.result() for future in futures]

    def one(self, job: Job) -> EpisodeResult:
        """One job's result; never raises what its environment or agent raised."""
        try:
            agent = self._new_agent()
            try:
                return self._run(job, agent)
            finally:
                with suppress(Exception):  # the episode is over, and recorded
                    agent.close()
        except Exception as error:  # nothing began, so there is no episode to record
            return _failed(job, error)

    def _run(self, job: Job, agent: Agent) -> EpisodeResult:
        options = {**getattr(agent, "env_options", {}), **self._env_options}
        recorder = EpisodeRecorder(
            self._make_env(job.bundle, **options),
            self._writer,
            agent_name=agent.name,
            agent_version=getattr(agent, "version", None),
            model_name=getattr(agent, "model_name", None),
        )
        self._open.add(recorder)
        unrecorded = None
        try:
            self._play(recorder, agent, job)
        except RecordingFault as fault:
            unrecorded = FaultRecord.of(fault)
        finally:
            self._open.discard(recorder)
            recorder.env.close()
        if recorder.episode is None:
            return _failed(job, RuntimeError("the run was stopped before the episode began"))
        result = result_of(job.bundle, job.attempt, job.seed, recorder.episode)
        return result.model_copy(update={"unrecorded": unrecorded})

    def _play(self, recorder: EpisodeRecorder, agent: Agent, job: Job) -> None:
        """Whatever ends the episode early ends its recording, too."""
        try:
            play_episode(recorder, agent, seed=job.seed, stopped=self._stop.is_set)
        except RecordingFault:
            raise
        except Exception as error:
            recorder.abort(error)
        else:
            recorder.abort()

    def _abort_open(self) -> None:
        """Record what is open as interrupted, then close its sandbox, which frees its thread."""
        for recorder in list(self._open):
            with suppress(Exception):
                recorder.abort()
            with suppress(Exception):
                recorder.unwrapped.close()


def _failed(job: Job, error: Exception) -> EpisodeResult:
    return EpisodeResult(
        bundle=job.bundle,
        attempt=job.attempt,
        seed=job.seed,
        fault=FaultRecord.of(error),
        end="fault",
    )


def _agent_factory(make_agent: str | Callable[[], Agent]) -> Callable[[], Agent]:
    if callable(make_agent):
        return make_agent
    make_agent_by_name(make_agent).close()  # a wrong name is an error now, not in every episode
    return partial(make_agent_by_name, make_agent)


def _make_env(bundle: str, **options: Any) -> gym.Env[Any, Any]:
    if bundle not in gym.registry and Path(bundle).is_dir():
        from terminal_gym.env import TerminalEnv

        return TerminalEnv(bundle, **options)
    try:
        return gym.make(bundle, disable_env_checker=True, **options)
    except gym.error.UnregisteredEnv as error:
        raise UserError(
            f"no environment {bundle!r}: {error}", remedy="`terminal-gym list` shows the ids"
        ) from error
