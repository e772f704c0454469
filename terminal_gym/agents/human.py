"""You, at the keyboard."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.panel import Panel
from rich.text import Text

from terminal_gym.episodes import safe_text


class HumanAgent:
    """Shows the task and each output, and asks for the next input.

    Ctrl-D submits. Ctrl-C is sent to a running program, and otherwise discards the line.

    Args:
        console: Where to show and ask; the process's own terminal by default.
    """

    name = "human"

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()

    def reset(self, observation: Any, info: dict[str, Any]) -> None:
        """Show the task."""
        task = Markdown(safe_text(observation["instruction"]), hyperlinks=False)
        self._console.print(Panel(task, title=Text(str(info.get("bundle", "task")))))
        self._console.print(Text("exit or Ctrl-D submits", style="dim"))

    def act(self, observation: Any) -> str:
        """Show what came out and ask."""
        if output := safe_text(observation["output"]).rstrip("\n"):
            self._console.print(Text(output))
        running = bool(observation["running"])
        while True:
            try:
                return self._console.input(_prompt(observation, running), markup=False)
            except EOFError:
                return "C-d" if running else "exit"
            except KeyboardInterrupt:
                self._console.print()
                if running:
                    return "C-c"

    def close(self) -> None:
        """Nothing to give back."""


def _prompt(observation: Any, running: bool) -> Text:
    if running:
        return Text("(running) ", style="yellow")
    code = int(observation["exit_code"])
    failed = Text(f"[{code}] ", style="red") if code > 0 else Text("")
    return failed + Text(f"{safe_text(observation['cwd'])}$ ", style="bold green")
