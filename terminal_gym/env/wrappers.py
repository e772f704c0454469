"""Forms of the environment that language models were trained on."""

from __future__ import annotations

import json
import re
from typing import Any

import gymnasium
from gymnasium import ObservationWrapper

from terminal_gym.env.spaces import UnicodeText
from terminal_gym.env.terminal_env import TerminalEnv
from terminal_gym.errors import UserError

_MAX_TEXT = 1 << 21
_MAX_WAIT_S = 60.0  # one keystroke's duration, as in Terminus-2
_FENCE = re.compile(r"```(?:json)?\s*(\{.*\})\s*```", re.DOTALL)


class TextObservation(ObservationWrapper[str, str, dict[str, Any]]):
    """The observation as one text: the task at first, then what the terminal answered.

    Args:
        env: A `TerminalEnv`, wrapped or not.
    """

    def __init__(self, env: gymnasium.Env[dict[str, Any], str]) -> None:
        super().__init__(env)
        self.observation_space = UnicodeText(_MAX_TEXT)
        self._first = True

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """See `gymnasium.Env.reset`."""
        self._first = True
        return super().reset(seed=seed, options=options)

    def observation(self, observation: dict[str, Any]) -> str:
        """One text from the dictionary."""
        first, self._first = self._first, False
        if first:
            return f"{observation['instruction'].rstrip()}\n\n[cwd: {observation['cwd']}]"
        if observation["running"]:
            state = "still running: input goes to the program; C-c interrupts it"
        elif observation["exit_code"] == -1:
            state = "no exit code"
        else:
            state = f"exit code: {observation['exit_code']}"
        text = observation["output"]
        newline = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{newline}[{state}, cwd: {observation['cwd']}]"


class Terminus2(gymnasium.Wrapper[Any, str, Any, str]):
    """The form of Terminus-2, Harbor's reference agent, in which LiteCoder's data was recorded.

    An action is one JSON object: `analysis` and `plan` (texts), `commands` (a list of `keystrokes`
    with a `duration` in seconds, default 1.0) and `task_complete`, which is asked back once and
    must be repeated. An observation is the text of a user's turn, with the terminal's screen.
    A malformed action presses nothing and is answered with what was wrong; `info["malformed"]`
    says so, too.

    Args:
        env: An environment made with `echo=True`, so that the screen shows what was typed.

    Raises:
        UserError: It does not draw its screen.
    """

    def __init__(self, env: gymnasium.Env[dict[str, Any], str]) -> None:
        super().__init__(env)
        self.action_space = UnicodeText(1 << 20)
        self.observation_space = UnicodeText(_MAX_TEXT)
        if not isinstance(env.unwrapped, TerminalEnv) or not env.unwrapped.draws_screen:
            raise UserError(
                "Terminus2 needs an environment that echoes", remedy="gymnasium.make(…, echo=True)"
            )
        self._terminal: TerminalEnv = env.unwrapped
        self._asked = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """See `gymnasium.Env.reset`."""
        observation, info = self.env.reset(seed=seed, options=options)
        self._asked = False
        return self._task_text(observation), info

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Press an action's keystrokes, one after the other; see `gymnasium.Env.step`."""
        try:
            commands, complete = parse_reply(action)
        except ValueError as error:
            text = f"The reply could not be used: {error}\nGive one JSON object as described."
            _, reward, terminated, truncated, info = self._terminal.press("", 0.0)
            return text, reward, terminated, truncated, {**info, "malformed": str(error)}
        info = {}
        for keystrokes, duration in commands:
            result = self._terminal.press(keystrokes, duration)
            if result[2] or result[3] or "submitted" in result[4]:
                return self._ended(*result)
            info = result[4]
        if complete and self._asked:
            return self._ended(*self._terminal.submit())
        self._asked = complete
        text = self._screen_text()
        if complete:
            text += (
                "\n\nIs the task complete? It is graded as it stands. "
                'If so, reply with "task_complete": true once more; else go on.'
            )
        return text, 0.0, False, False, info

    def _ended(
        self,
        observation: dict[str, Any],
        reward: float,
        terminated: bool,
        truncated: bool,
        info: dict[str, Any],
    ) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """The end of the episode, or of a step of a task that has several."""
        self._asked = False
        text = self._task_text(observation) if "submitted" in info else self._screen_text()
        return text, reward, terminated, truncated, info

    def _task_text(self, observation: dict[str, Any]) -> str:
        return (
            f"Task Description:\n{observation['instruction'].rstrip()}\n\n"
            f"Current terminal state:\n{self._terminal.screen}"
        )

    def _screen_text(self) -> str:
        return f"New Terminal Output:\n{self._terminal.screen}"


def parse_reply(reply: str) -> tuple[list[tuple[str, float]], bool]:
    """The keystrokes with their durations (seconds), and `task_complete`, of a Terminus-2 reply.

    Text around the JSON object is ignored, as Terminus-2 does.

    Raises:
        ValueError: What is wrong with the reply.
    """
    found = _FENCE.search(reply)
    text = found.group(1) if found else reply[reply.find("{") : reply.rfind("}") + 1]
    if not text:
        raise ValueError("there is no JSON object in it")
    try:
        data = json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        raise ValueError(f"no valid JSON: {error}") from error
    entries = data.get("commands")
    if not isinstance(entries, list):
        raise ValueError('"commands" is missing, or no list')
    complete = data.get("task_complete", False)
    if isinstance(complete, str):
        complete = complete.strip().lower() == "true"
    return [_command(entry, place) for place, entry in enumerate(entries)], bool(complete)


def _command(entry: Any, place: int) -> tuple[str, float]:
    if not isinstance(entry, dict) or not isinstance(entry.get("keystrokes"), str):
        raise ValueError(f'commands[{place}] has no text "keystrokes"')
    duration = entry.get("duration", 1.0)
    if isinstance(duration, bool) or not isinstance(duration, int | float) or duration < 0:
        raise ValueError(f'commands[{place}]: "duration" is no number of seconds')
    return entry["keystrokes"], min(float(duration), _MAX_WAIT_S)
