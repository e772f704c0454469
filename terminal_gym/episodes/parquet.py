"""Episodes as a Parquet table: one row each, what one filters by in columns."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from terminal_gym.episodes.episode import Episode
from terminal_gym.episodes.writer import to_line
from terminal_gym.errors import UserError

_ROWS_PER_GROUP = 256


def write_parquet(episodes: Iterable[Episode], path: str | Path) -> int:
    """Write `episodes` to `path` and return the number of rows.

    The column `episode` holds the whole ATIF line. A file at `path` is replaced once all is done.

    Raises:
        UserError: pyarrow is not installed.
    """
    pa, pq = _pyarrow()
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    schema = _schema(pa)
    rows = 0
    try:
        with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
            pending = iter(episodes)
            while group := [_row(e) for e in itertools.islice(pending, _ROWS_PER_GROUP)]:
                writer.write_table(pa.Table.from_pylist(group, schema=schema))
                rows += len(group)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return rows


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UserError(
            "Parquet needs pyarrow, which is not installed",
            remedy="pip install 'terminal-gym[export]'",
        ) from error
    return pyarrow, pyarrow.parquet


def _schema(pa: Any) -> Any:
    text, real, flag, whole = pa.string(), pa.float64(), pa.bool_(), pa.int64()
    columns = {
        "trajectory_id": text,
        "agent": text,
        "model_name": text,
        "bundle": text,
        "bundle_digest": text,
        "backend": text,
        "seed": whole,
        "reward": real,
        "valid": flag,
        "terminated": flag,
        "truncated": flag,
        "end": text,
        "fault": text,
        "rounds": whole,
        "total_s": real,
        "instruction": text,
        "episode": text,
    }
    return pa.schema(list(columns.items()))


def _row(episode: Episode) -> dict[str, Any]:
    extra = episode.extra
    same = ("bundle", "bundle_digest", "backend", "reward", "valid", "terminated")
    return {
        **{name: getattr(extra, name) for name in (*same, "truncated", "end")},
        "seed": extra.seed if -(1 << 63) <= (extra.seed or 0) < 1 << 63 else None,
        "trajectory_id": episode.trajectory_id,
        "agent": episode.agent.name,
        "model_name": episode.agent.model_name,
        "fault": extra.fault.type if extra.fault else None,
        "rounds": len(episode.rounds),
        "total_s": extra.timing.total_s if extra.timing else None,
        "instruction": episode.instruction,
        "episode": to_line(episode).decode().rstrip("\n"),
    }
