"""Recording every episode that is run in an environment."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, SupportsFloat

import gymnasium as gym

from terminal_gym import __version__
from terminal_gym.episodes.atif import AgentInfo
from terminal_gym.episodes.draft import EpisodeDraft
from terminal_gym.episodes.episode import Episode
from terminal_gym.episodes.response import AgentResponse
from terminal_gym.episodes.writer import EpisodeWriter


class EpisodeRecorder(gym.Wrapper[Any, Any, Any, Any]):
    """Writes each episode at its end to a file of JSON lines.

    An episode that a fault ends is written too, and one that `close`, another `reset` or an
    exception cuts off is written as `end: "interrupted"` or `"fault"`, `valid: false`.

    Args:
        env: The environment.
        path: The file, or a writer that several recorders share (the caller then closes it).
        agent_name: Who acts.
        agent_version: Its version; by default this package's.
        model_name: The language model behind it, if any.
    """

    def __init__(
        self,
        env: gym.Env[Any, Any],
        path: str | Path | EpisodeWriter,
        *,
        agent_name: str = "unknown",
        agent_version: str | None = None,
        model_name: str | None = None,
    ) -> None:
        super().__init__(env)
        self._owns_writer = not isinstance(path, EpisodeWriter)
        self.writer = path if isinstance(path, EpisodeWriter) else EpisodeWriter(path)
        self._agent = AgentInfo(
            name=agent_name,
            version=agent_version or __version__,
            model_name=model_name,
        )
        self.episode: Episode | None = None
        """The last finished episode, also where it could not be written."""
        self._draft: EpisodeDraft | None = None
        self._draft_lock = threading.Lock()
        self._response = AgentResponse()

    def annotate(self, response: AgentResponse | None) -> None:
        """Say what the agent replied; recorded with the action of the next `step`."""
        self._response = response or AgentResponse()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin a recording; one that is still open is written as interrupted."""
        self.abort()
        draft = EpisodeDraft(self._agent, __version__, seed)
        self._draft = draft
        try:
            observation, info = self.env.reset(seed=seed, options=options)
            draft.begin(observation, info, seed)
        except BaseException as error:
            self.abort(error)
            raise
        return observation, info

    def step(self, action: Any) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        """Step, and record it; at the episode's end, write the line.

        Raises:
            RecordingFault: The line could not be written; `episode` holds the episode.
        """
        draft, response = self._draft, self._response
        self._response = AgentResponse()
        agent_s = draft.act() if draft else 0.0
        try:
            observation, reward, terminated, truncated, info = self.env.step(action)
        except BaseException as error:
            self.abort(error)
            raise
        if draft:
            draft.add_round(action, response, observation, float(reward), info, agent_s)
            if terminated or truncated:
                self._write_finished(float(reward), terminated, truncated, info)
        return observation, reward, terminated, truncated, info

    def close(self) -> None:
        """Write an unfinished episode as interrupted, then close the environment."""
        try:
            self.abort()
            if self._owns_writer:
                self.writer.close()
        finally:
            self.env.close()

    def _write_finished(
        self, reward: float, terminated: bool, truncated: bool, info: dict[str, Any]
    ) -> None:
        if draft := self._take_draft():
            self.episode = draft.finish(
                reward=reward, terminated=terminated, truncated=truncated, info=info
            )
            self.writer.write(self.episode)

    def abort(self, error: BaseException | None = None) -> None:
        """Write the open episode, if any, as far as it went; safe from any thread.

        Args:
            error: What broke it off; None where it was merely stopped.
        """
        if draft := self._take_draft():
            self.episode = draft.interrupt(error)
            self.writer.write(self.episode)

    def _take_draft(self) -> EpisodeDraft | None:
        """The open draft, handed out once, whichever thread asks first."""
        with self._draft_lock:
            draft, self._draft = self._draft, None
        return draft
