"""How the engine says that an author's work does not do."""

from __future__ import annotations


class StageFailed(Exception):  # noqa: N818 - a verdict on the draft, not an error of ours
    """A stage's work was refused and is not asked for again; the draft is rejected.

    Args:
        stage: Whose work.
        reason: Why, in one line.
    """

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(f"{stage}: {reason}")
        self.stage = stage
        self.reason = reason
