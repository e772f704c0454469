"""Recording only the episodes that are wanted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from terminal_gym.episodes import Episode, EpisodeWriter


def is_valid(episode: Episode) -> bool:
    """Whether its reward is the verifier's."""
    return episode.extra.valid


def is_solved(episode: Episode) -> bool:
    """Whether the verifier gave the full reward."""
    return episode.extra.valid and (episode.extra.reward or 0.0) >= 1.0


KEEP: dict[str, Callable[[Episode], bool]] = {
    "all": lambda _: True,
    "valid": is_valid,
    "solved": is_solved,
}
"""Which episodes are recorded, by name."""


class KeepingWriter(EpisodeWriter):
    """Appends the episodes for which `keep` is true and lets the others go.

    Attributes:
        written: How many it has appended.
    """

    def __init__(self, path: str | Path, keep: Callable[[Episode], bool]) -> None:
        super().__init__(path)
        self._keep = keep
        self.written = 0

    def write(self, episode: Episode) -> None:
        """See `EpisodeWriter.write`."""
        if self._keep(episode):
            super().write(episode)
            self.written += 1
