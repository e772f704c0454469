"""The environment: one task bundle, one container, one shell."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.error import ResetNeeded

from terminal_gym.bundle import Bundle, find_bundle
from terminal_gym.env.beside import plan_services
from terminal_gym.env.course import Course, closing_info
from terminal_gym.env.spaces import UnicodeText
from terminal_gym.errors import Fault, UserError
from terminal_gym.sandbox import get_backend
from terminal_gym.sandbox.base import Sandbox
from terminal_gym.terminal import CommandResult, Terminal, cut
from terminal_gym.verifier import prepare_verifiers

Observation = dict[str, Any]
Info = dict[str, Any]

_MAX_INSTRUCTION = 1 << 20
_MAX_ACTION = 1 << 20
_MAX_PATH = 8192
_DEFAULT_STEPS = 100
_DEFAULT_TIME_LIMIT_S = 3600.0


class TerminalEnv(gymnasium.Env[Observation, str]):
    """A terminal task as a Gymnasium environment.

    ## Description
    The agent works in a bash inside a fresh sandbox made from the task's image. It is told what to
    do by `instruction`, gives one shell input per step, and reads what the terminal answers. The
    task's own verifier grades what it leaves behind.

    ## Action space
    Text: one shell input, of one or more lines. While a program has the terminal (`running`), the
    text is typed to it; the empty text waits; `C-c`, `C-d` and other names of keys press them.
    `exit` ends the shell and submits the episode.

    ## Observation space
    A dictionary: `instruction` (text, the same all along but for tasks of several steps), `output`
    (text, at most `output_limit` characters, its middle left out where it is longer), `exit_code`
    (-1 where there is none), `cwd` (text), `running` (1 while a program has the terminal or the
    shell wants more input).

    ## Reward
    0 until the episode ends, then the verifier's value in [0, 1].

    ## Tasks of several steps
    `exit` submits a step. It is graded, and the next one begins in a new shell over the files that
    were left; no process goes on. The observation then has the next `instruction`, which `output`
    repeats, and `info["submitted"]` names the step and holds its verdict. The episode's reward is
    the steps' mean or the last one's value, as the task says.

    ## Episode end
    Terminated when the shell ends. Truncated after `max_steps` steps or `time_limit_s` seconds.
    Both are graded. In a task of several steps, terminated when the shell of the last one ends or
    a step misses its least reward; each has its own `time_limit_s`, at which the next one begins;
    steps that `max_steps` keeps from coming count as 0. When the infrastructure fails, the episode
    is truncated with reward 0, `info["valid"]` is False and `info["fault"]` says why: such an
    episode means nothing.

    ## Info
    `backend`, `bundle` (name), `bundle_path`, `bundle_digest`, `domain`, `image_digest`, `seed`; on
    steps `result` (a `CommandResult`); at the end `verdict` (a `Verdict` or None), `fault` (type,
    message, remedy; or None), `valid`, `end` (exit, max_steps, time_limit, min_reward, state_size
    or fault).

    Args:
        bundle: A bundle, its folder, or its id.
        backend: "auto", "docker", "namespace", or "package.module:Class".
        max_steps: Default: four times the reference solution's length and 20, else 100 for each
            step of the task.
        time_limit_s: Seconds from reset, or from the task's last step; default: [agent]
            timeout_sec, else 3600.
        step_timeout_s: How long a step waits for its command.
        render_mode: "ansi", "human" or "rgb_array".
        output_limit: Characters of output in an observation.
        on_timeout: "running" leaves a slow program in the foreground, "kill" kills it.
        record_cap: Bytes of one command's output kept in `info["result"]`.
        echo: Draw a prompt and what is typed on the screen.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 - as Gymnasium declares it
        "render_modes": ["ansi", "human", "rgb_array"],
        "render_fps": 4,
    }

    def __init__(
        self,
        bundle: str | Path | Bundle,
        backend: str = "auto",
        max_steps: int | None = None,
        time_limit_s: float | None = None,
        step_timeout_s: float = 30.0,
        render_mode: str | None = None,
        output_limit: int = 16_384,
        on_timeout: str = "running",
        record_cap: int = 8 << 20,
        echo: bool = False,
    ) -> None:
        _must_be_one_of("render_mode", render_mode, [None, *self.metadata["render_modes"]])
        _must_be_one_of("on_timeout", on_timeout, ["running", "kill"])
        self.bundle = bundle if isinstance(bundle, Bundle) else find_bundle(bundle)
        self.backend = get_backend(backend)
        horizon = self.bundle.horizon
        usual = 4 * horizon + 20 if horizon else _DEFAULT_STEPS * len(self.bundle.steps)
        self.max_steps = max_steps or usual
        self._time_limit_s = time_limit_s
        self.step_timeout_s = step_timeout_s
        self.render_mode = render_mode
        self.output_limit = output_limit
        self._terminal_options: dict[str, Any] = {
            "output_cap": record_cap,
            "kill_on_timeout": on_timeout == "kill",
            "echo": echo,
        }
        self.action_space = UnicodeText(_MAX_ACTION)
        self.observation_space = spaces.Dict(
            {
                "instruction": UnicodeText(_MAX_INSTRUCTION),
                # The line that says what is missing comes on top of the limit.
                "output": UnicodeText(output_limit + 64),
                "exit_code": spaces.Discrete(257, start=-1),
                "cwd": UnicodeText(_MAX_PATH),
                "running": spaces.Discrete(2),
            }
        )
        self._beside = plan_services(self.bundle, self.backend)
        built = self.backend.prepare(self.bundle.image_source)
        self._image = self.bundle.machine.dressed(built)
        prepare_verifiers(self.bundle, self.backend)
        self._course: Course | None = None
        self._terminal: Terminal | None = None
        self._steps = 0
        self._began = 0.0

    # --- Gymnasium's interface ---

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, Info]:
        """Start a new episode in a fresh sandbox; an unfinished one is thrown away.

        Raises:
            SandboxFault: No sandbox could be started, or the task's own set-up failed in it.
            BackendUnavailable: The machine does not allow it.
        """
        super().reset(seed=seed)
        self._discard()
        self._course = Course(self.bundle, self.backend, self._image, self._beside)
        try:
            self._open_terminal(self._course)
        except BaseException:
            self._discard()
            raise
        self._steps = 0
        info = {
            "backend": self.backend.name,
            "bundle": self.bundle.name,
            "bundle_path": str(self.bundle.path),
            "bundle_digest": self.bundle.digest(),
            "domain": self.bundle.domain,
            "image_digest": self._image.digest,
            "seed": seed,
        }
        return self._observation("", None, running=False), info

    def step(self, action: str) -> tuple[Observation, float, bool, bool, Info]:
        """Give one shell input.

        Returns:
            observation, reward, terminated (the shell has ended), truncated (a limit was reached,
            or a fault ended the episode) and info.

        Raises:
            ResetNeeded: There is no episode, or it has ended.
            UserError: The action is no text, or too long.
        """
        terminal = self._running_terminal()
        if not self.action_space.contains(action):
            raise UserError(
                f"action {str(action)[:60]!r} is not in {self.action_space}",
                remedy="give a text of at most 1 MiB",
            )
        return self._act(lambda timeout_s: terminal.run(action, timeout_s), self.step_timeout_s)

    def press(self, keys: str, wait_s: float) -> tuple[Observation, float, bool, bool, Info]:
        """Press keys as they are, as one step: a key's name (`C-c`, `Up`) or characters to type.

        Args:
            keys: What to press; Enter is the character "\\n".
            wait_s: How long to wait for output, seconds; less if an entered command ends sooner.

        Returns:
            As `step`.
        """
        terminal = self._running_terminal()
        return self._act(lambda timeout_s: terminal.send_keys(keys, timeout_s), wait_s)

    def submit(self) -> tuple[Observation, float, bool, bool, Info]:
        """End the episode and grade it, whatever runs in the terminal; returns as `step`."""
        self._running_terminal()
        return self._grade(self._observation("", None, running=False), "exit", {})

    @property
    def time_limit_s(self) -> float:
        """Seconds that the episode, or the present step of a task of several, may take."""
        step = self._course.step if self._course else self.bundle.steps[0]
        return self._time_limit_s or step.time_limit_s or _DEFAULT_TIME_LIMIT_S

    @property
    def screen(self) -> str:
        """The terminal's screen, one line per row; the last one after an episode's end."""
        terminal = self._terminal or self._last_terminal
        return terminal.screen if terminal else ""

    def _act(
        self, give: Callable[[float], CommandResult], timeout_s: float
    ) -> tuple[Observation, float, bool, bool, Info]:
        self._steps += 1
        left = self.time_limit_s - (time.monotonic() - self._began)
        try:
            result = give(max(0.05, min(timeout_s, left)))
        except Fault as fault:
            return self._end_with_fault(fault, {})
        if self.render_mode == "human":
            print(result.output, end="")
        info: Info = {"result": result}
        end = self._end_reached(result)
        observation = self._observe(result)
        if end is None:
            return observation, 0.0, False, False, info
        return self._grade(observation, end, info)

    def render(self) -> Any:
        """The screen as text ("ansi") or as pixels, height × width × 3 ("rgb_array")."""
        if self.render_mode == "ansi":
            return self.screen
        if self.render_mode == "rgb_array":
            from terminal_gym.env.render import draw_screen

            return draw_screen(self.screen)
        return None

    def close(self) -> None:
        """End the episode and remove its sandbox. Idempotent."""
        self._discard()

    def copy_in_solution(self) -> None:
        """Put the reference solution at /solution, for the oracle."""
        if self._course is None:
            raise ResetNeeded("call reset() first")
        self._course.copy_in_solution()

    @property
    def draws_screen(self) -> bool:
        """Whether the screen shows a prompt and what is typed (`echo`)."""
        return bool(self._terminal_options["echo"])

    # --- inside ---

    _last_terminal: Terminal | None = None  # its screen is drawn if somebody looks: that is slow

    @property
    def _sandbox(self) -> Sandbox | None:
        return self._course.sandbox if self._course else None

    def _running_terminal(self) -> Terminal:
        if self._terminal is None:
            raise ResetNeeded("call reset() first: there is no episode, or it has ended")
        return self._terminal

    def _open_terminal(self, course: Course) -> None:
        self._terminal = Terminal(
            course.sandbox,
            cwd=self.bundle.machine.workdir,
            user=course.step.agent_user,
            **self._terminal_options,
        )
        self._began = time.monotonic()

    def _end_reached(self, result: CommandResult) -> str | None:
        if result.state == "exited":
            return "exit"
        if self._steps >= self.max_steps:
            return "max_steps"
        if time.monotonic() - self._began >= self.time_limit_s:
            return "time_limit"
        return None

    def _observe(self, result: CommandResult) -> Observation:
        waits = result.state in ("running", "incomplete")
        return self._observation(result.output, result.exit_code, running=waits)

    def _observation(self, output: str, exit_code: int | None, *, running: bool) -> Observation:
        terminal, course = self._terminal, self._course
        return {
            "instruction": course.instruction if course else "",
            "output": cut(output, self.output_limit),
            "exit_code": np.int64(-1 if exit_code is None else exit_code),
            "cwd": (terminal.cwd if terminal else "")[:_MAX_PATH],
            "running": np.int64(running),
        }

    def _grade(
        self, observation: Observation, end: str, info: Info
    ) -> tuple[Observation, float, bool, bool, Info]:
        """End the present step of the task, which is the only one of most tasks."""
        course, terminal = self._course, self._terminal
        assert course is not None and terminal is not None
        self._last_terminal = terminal
        terminal.close()
        try:
            ending = course.end_step(end)
            if ending.goes_on:
                self._open_terminal(course)
                info["submitted"] = {"step": ending.step, "verdict": ending.verdict}
                begun = self._observation(course.announcement, None, running=False)
                return begun, 0.0, False, False, info
        except Fault as fault:
            return self._end_with_fault(fault, info)
        finally:
            if self._terminal is terminal:  # no next step has begun
                self._discard()
        info |= closing_info(ending.end, ending.verdict, None)
        truncated = ending.end in ("max_steps", "time_limit")
        return observation, ending.verdict.reward, not truncated, truncated, info

    def _end_with_fault(
        self, fault: Fault, info: Info
    ) -> tuple[Observation, float, bool, bool, Info]:
        observation = self._observation("", None, running=False)
        self._discard()
        return observation, 0.0, False, True, {**info, **closing_info("fault", None, fault)}

    def _discard(self) -> None:
        if self._terminal is not None:
            self._terminal.close()
            self._terminal = None
        if self._course is not None:
            self._course.close()
            self._course = None


def _must_be_one_of(name: str, value: object, allowed: list[Any]) -> None:
    if value not in allowed:
        raise UserError(
            f"{name}={value!r} is not known", remedy=f"one of: {', '.join(map(repr, allowed))}"
        )
