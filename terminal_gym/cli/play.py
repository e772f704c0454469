"""`terminal-gym play`."""

from __future__ import annotations

from typing import Annotated

import typer

from terminal_gym.cli import options


def play(
    task: Annotated[str, typer.Argument(help="An id, a name, or a folder.", metavar="ID")],
    backend: options.Backend = "auto",
    seed: options.Seed = 0,
    out: options.Out = None,
) -> None:
    """Try a task yourself. `exit` or Ctrl-D submits; then the verifier says what it thinks.

    \b
    terminal-gym play git-rebase
    """
    from rich.console import Console

    from terminal_gym.agents import make_agent
    from terminal_gym.bundle import find_bundle
    from terminal_gym.env import TerminalEnv
    from terminal_gym.episodes import EpisodeRecorder
    from terminal_gym.episodes.replay import outcome
    from terminal_gym.evaluation import play_episode

    path = options.recording_path(out, "play")
    console = Console()
    env = EpisodeRecorder(TerminalEnv(find_bundle(task), backend=backend), path, agent_name="human")
    agent = make_agent("human", console=console)
    try:
        play_episode(env, agent, seed=seed)
    finally:
        env.close()
    if env.episode is not None:
        console.print(outcome(env.episode))
    console.print(f"recorded in {path}", style="dim", markup=False)
