"""An evaluation: every task, several attempts at each, resumable at any moment.

runs/mine/
├── manifest.json     the conditions, written first
├── episodes.jsonl    every episode, as soon as it ends: what is here is not run again
├── results.json      the rates, and every attempt
└── report.html       the same, to be read
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from terminal_gym.agents import Agent
from terminal_gym.episodes import EpisodeWriter, read_episodes
from terminal_gym.errors import UserError
from terminal_gym.evaluation.manifest import Manifest, Task, read_manifest, refuse_drift
from terminal_gym.evaluation.result import EpisodeResult, result_of
from terminal_gym.evaluation.runner import Job, MakeEnv, episode_seed, run_jobs
from terminal_gym.evaluation.summary import Results, summarize

EPISODES, MANIFEST, RESULTS, REPORT = (
    "episodes.jsonl",
    "manifest.json",
    "results.json",
    "report.html",
)

OnAttempt = Callable[[EpisodeResult], None]


def evaluate(
    tasks: Sequence[Task],
    make_agent: Callable[[], Agent],
    manifest: Manifest,
    folder: Path,
    *,
    concurrency: int = 4,
    fault_retries: int = 2,
    on_attempt: OnAttempt = lambda _: None,
    make_env: MakeEnv | None = None,
) -> Results:
    """Run what the folder's recording does not hold yet, then write results.json.

    Args:
        tasks: The tasks, those of the manifest.
        make_agent: Makes one agent per episode.
        manifest: The conditions; those of an earlier run in this folder must be the same, but for
            `attempts`, which may be more.
        folder: Where everything is.
        concurrency: Episodes at a time.
        fault_retries: Further tries of an attempt that ended in a fault.
        on_attempt: Called once per attempt, when it has its verdict or no tries are left; first
            for those that are recorded already.
        make_env: As in `run_episodes`.

    Raises:
        UserError: The folder holds another evaluation, or one that runs now.
        RecordingFault: The recording cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        _begin(folder, manifest)
        with EpisodeWriter(folder / EPISODES) as writer:
            run = _Evaluation(tasks, manifest, fault_retries, on_attempt)
            run.take_in(folder / EPISODES)
            while jobs := run.open_jobs():
                options = {**manifest.env_options, "backend": manifest.backend}
                run_jobs(
                    jobs,
                    make_agent,
                    writer,
                    concurrency=concurrency,
                    env_options=options,
                    on_result=run.add,
                    make_env=make_env,
                )
        results = summarize(manifest, run.tries)
        write_whole(folder / RESULTS, results.model_dump_json(indent=1))
    return results


def attempt_seed(seed: int, name: str, digest: str, attempt: int) -> int:
    """An attempt's own seed: the same wherever the bundle's folder lies."""
    return episode_seed(seed, f"{name} {digest}", attempt)


class _Evaluation:
    """What has been tried."""

    def __init__(
        self, tasks: Sequence[Task], manifest: Manifest, retries: int, on_attempt: OnAttempt
    ) -> None:
        self._retries = retries
        self._on_attempt = on_attempt
        self._jobs: dict[int, tuple[str, Job]] = {}
        self.tries: dict[tuple[str, int], list[EpisodeResult]] = {}
        for task in tasks:
            for attempt in range(manifest.attempts):
                seed = attempt_seed(manifest.seed, task.name, task.digest, attempt)
                self._jobs[seed] = (task.name, Job(task.reference, attempt, seed))
                self.tries[task.name, attempt] = []

    def take_in(self, recording: Path) -> None:
        """Count what is recorded; an episode that was interrupted is as if it had not begun."""
        for episode in read_episodes(recording):
            seed = episode.extra.seed
            if seed in self._jobs and episode.extra.end != "interrupted":
                _, job = self._jobs[seed]
                self.add(result_of(job.bundle, job.attempt, job.seed, episode))

    def add(self, result: EpisodeResult) -> None:
        """Count one episode."""
        name, _ = self._jobs[result.seed]
        tries = self.tries[name, result.attempt]
        if tries and tries[-1].valid:
            return  # nobody can ask for a second verdict
        tries.append(result)
        if result.valid or len(tries) > self._retries:
            self._on_attempt(result)

    def open_jobs(self) -> list[Job]:
        """What has no verdict and is still to be tried."""
        return [
            job
            for name, job in self._jobs.values()
            if not (tries := self.tries[name, job.attempt])
            or (not tries[-1].valid and len(tries) <= self._retries)
        ]


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8", errors="replace")
    part.replace(path)


def _begin(folder: Path, manifest: Manifest) -> None:
    """Refuse to go on with another evaluation; write down this one's conditions."""
    path = folder / MANIFEST
    if path.exists():
        before = read_manifest(path)
        refuse_drift(before, manifest, where=str(path), same_run=True)
        if manifest.attempts < before.attempts:
            raise UserError(
                f"{path}: it was begun with {before.attempts} attempts, not {manifest.attempts}",
                remedy="give as many or more, or a new folder",
            )
    elif (folder / EPISODES).exists():
        raise UserError(
            f"{folder}: holds episodes, but no {MANIFEST}", remedy="give a new folder by --out"
        )
    write_whole(path, manifest.model_dump_json(indent=1))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError(
                f"{folder}: another evaluation runs in it", remedy="wait for it, or give --out"
            ) from error
        yield


def read_results(path: Path) -> Results:
    """The results in a folder or file.

    Raises:
        UserError: There are none.
    """
    from pydantic import ValidationError

    file = path / RESULTS if path.is_dir() else path
    try:
        return Results.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise UserError(
            f"{file}: no results: {str(error).splitlines()[0]}",
            remedy="name a folder that `terminal-gym evaluate` has finished",
        ) from error
