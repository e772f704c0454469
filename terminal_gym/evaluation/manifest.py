"""What a number was measured with, so that someone else can check it."""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

import terminal_gym
from terminal_gym.bundle import Bundle, find_bundle
from terminal_gym.env.beside import plan_services
from terminal_gym.errors import BundleError, Fault, UserError
from terminal_gym.sandbox import get_backend
from terminal_gym.sandbox.base import Backend
from terminal_gym.verifier import prepare_verifiers

_T = TypeVar("_T")
_SECRET = re.compile(r"key|token$|secret|password", re.IGNORECASE)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class TaskRecord(_Frozen):
    """One task."""

    digest: str = Field(description="of the bundle's files")
    image_digest: str | None = Field(default=None, description="None: the image could not be made")
    other_images: dict[str, str] | None = Field(
        default_factory=dict, description="digests of separate verifiers' images, and of services'"
    )
    domain: str = ""
    difficulty: int | None = None


class Manifest(_Frozen):
    """The conditions of an evaluation, and who was evaluated."""

    format: int = 1
    package_version: str
    package_digest: str = Field(description="of the installed package's Python files")
    backend: str
    env_options: dict[str, Any] = Field(default_factory=dict)
    tasks: dict[str, TaskRecord] = Field(description="by the bundle's name")
    agent: str
    agent_options: dict[str, Any] = Field(default_factory=dict)
    attempts: int
    seed: int
    python: str = Field(default="", description="for the record; not compared")
    system: str = Field(default="", description="for the record; not compared")


@dataclass(frozen=True)
class Task:
    """A task to be evaluated on."""

    name: str
    reference: str
    """Its id or folder."""
    digest: str


def load_tasks(references: Sequence[str]) -> tuple[list[Task], dict[str, Bundle]]:
    """The tasks of these ids and folders, and their bundles by name.

    Raises:
        UserError: Two have one name.
        BundleError: Some cannot be loaded; names them all.
    """
    tasks: list[Task] = []
    bundles: dict[str, Bundle] = {}
    for bundle, reference in zip(_loaded(references), references, strict=True):
        if bundle.name in bundles:
            raise UserError(
                f"two tasks are called {bundle.name!r}: {bundles[bundle.name].path} and "
                f"{bundle.path}",
                remedy="rename one of the folders, or evaluate them one after the other",
            )
        bundles[bundle.name] = bundle
        tasks.append(Task(bundle.name, reference, bundle.digest()))
    return tasks, bundles


def _loaded(references: Sequence[str]) -> list[Bundle]:
    bundles, problems = [], []
    for reference in references:
        try:
            bundles.append(find_bundle(reference))
        except BundleError as error:
            problems.append(error)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        lines = "\n  ".join(problem.message for problem in problems)
        raise BundleError(
            f"{len(problems)} tasks cannot be loaded:\n  {lines}",
            remedy="mend them, or name the tasks to evaluate without them",
        )
    return bundles


def make_manifest(
    bundles: Mapping[str, Bundle],
    *,
    backend: str,
    agent: str,
    agent_options: Mapping[str, Any],
    env_options: Mapping[str, Any],
    attempts: int,
    seed: int,
    concurrency: int = 4,
) -> Manifest:
    """The conditions as they are here and now; makes every image, `concurrency` at a time."""
    made = get_backend(backend)

    with ThreadPoolExecutor(concurrency) as pool:
        records = list(pool.map(lambda bundle: _record(bundle, made), bundles.values()))
    return Manifest(
        package_version=terminal_gym.__version__,
        package_digest=package_digest(),
        backend=made.name,
        env_options=dict(env_options),
        tasks=dict(zip(bundles, records, strict=True)),
        agent=agent,
        agent_options={
            key: "(not recorded)" if _SECRET.search(key) and isinstance(value, str) else value
            for key, value in agent_options.items()
        },
        attempts=attempts,
        seed=seed,
        python=platform.python_version(),
        system=platform.platform(),
    )


def _record(bundle: Bundle, backend: Backend) -> TaskRecord:
    """One task as it is here; makes its images."""
    return TaskRecord(
        digest=bundle.digest(),
        image_digest=_unless_fault(lambda: backend.prepare(bundle.image_source).digest),
        other_images=_unless_fault(lambda: _other_images(bundle, backend)),
        domain=bundle.domain,
        difficulty=bundle.difficulty,
    )


def _other_images(bundle: Bundle, backend: Backend) -> dict[str, str]:
    plan = plan_services(bundle, backend)
    services = plan.images if plan else {}
    of_services = {f"services.{name}": image.digest for name, image in services.items()}
    return {**prepare_verifiers(bundle, backend), **of_services}


def _unless_fault(make: Callable[[], _T]) -> _T | None:
    """What is made; None where that fails: its episodes will be faults, and say why."""
    try:
        return make()
    except Fault:
        return None


def read_manifest(path: Path) -> Manifest:
    """A manifest that `evaluate` wrote.

    Raises:
        UserError: It is none.
    """
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise UserError(
            f"{path}: is no manifest: {str(error).splitlines()[0]}",
            remedy="name a manifest.json that `terminal-gym evaluate` wrote",
        ) from error


def refuse_drift(wanted: Manifest, found: Manifest, *, where: str, same_run: bool = False) -> None:
    """See that two manifests stand for the same conditions.

    Args:
        wanted: As it was.
        found: As it is.
        where: Whose conditions are wanted, for the message.
        same_run: The agent, its options and the seed must be the same, too.

    Raises:
        UserError: They differ; all differences are named.
    """
    keys = ["format", "package_version", "package_digest", "backend", "env_options"]
    keys += ["agent", "agent_options", "seed"] if same_run else []
    differences = [
        f"{key} was {_short(old)}, is {_short(new)}"
        for key in keys
        if (old := _plain(wanted, key)) != (new := _plain(found, key))
    ]
    for name in sorted({*wanted.tasks, *found.tasks}):
        differences += _task_drift(name, wanted.tasks.get(name), found.tasks.get(name))
    if differences:
        shown = differences[:20] + (["…"] if len(differences) > 20 else [])
        raise UserError(
            f"not as in {where}: " + "; ".join(shown),
            remedy="restore what differs, or evaluate into a new folder without that manifest",
        )


def package_digest() -> str:
    """SHA-256 over the package's own Python files, by path."""
    total = hashlib.sha256()
    root = Path(terminal_gym.__file__).parent
    files = (f for f in root.rglob("*.py") if "_env_specs" not in f.relative_to(root).parts)
    for file in sorted(files):
        data = file.read_bytes()
        total.update(f"{file.relative_to(root)}\0{len(data)}\0".encode())
        total.update(data)
    return total.hexdigest()


def _task_drift(name: str, old: TaskRecord | None, new: TaskRecord | None) -> list[str]:
    if old is None or new is None:
        return [f"task {name} is {'new' if old is None else 'missing'}"]
    was, is_ = _digests(old), _digests(new)
    return [
        f"task {name}: the {part} was {_short(was.get(part))}, is {_short(is_.get(part))}"
        for part in dict.fromkeys([*was, *is_])
        if was.get(part) != is_.get(part)
    ]


def _digests(task: TaskRecord) -> dict[str, str | None]:
    """Everything of a task that must stay as it is, by what it is called."""
    others = {f"image of {key}": digest for key, digest in (task.other_images or {}).items()}
    return {"bundle": task.digest, "image": task.image_digest, **others}


def _plain(manifest: Manifest, key: str) -> Any:
    return manifest.model_dump(mode="json")[key]


def _short(value: Any) -> str:
    text = str(value)
    return text[:12] + "…" if re.fullmatch(r"(sha256:)?[0-9a-f]{40,}", text) else text
