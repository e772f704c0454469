"""What we cannot run is refused here, by name, and never half-run."""

from __future__ import annotations

from pathlib import Path

from terminal_gym.bundle.models import TaskConfig
from terminal_gym.errors import UnsupportedFeature

_COMPOSE = ("docker-compose.yaml", "docker-compose.yml", "compose.yaml", "compose.yml")


def refuse_unsupported(config: TaskConfig, folder: Path) -> None:
    """Raise for the first feature that this package cannot run.

    Raises:
        UnsupportedFeature: Names the file, the key and what to do instead.
    """
    file = folder / "task.toml"
    environment = config.environment
    network = {environment.network_mode, config.agent.network_mode, config.verifier.network_mode}
    refusals = [
        (bool(environment.gpus or environment.gpu_types), "environment.gpus", "GPUs"),
        (environment.tpu is not None, "environment.tpu", "TPUs"),
        (environment.os.lower() != "linux", "environment.os", f"{environment.os} containers"),
        (bool(environment.mcp_servers), "environment.mcp_servers", "MCP servers"),
        ("allowlist" in network, "network_mode", "allow lists of hosts"),
        (bool(config.steps), "steps", "multi-step tasks"),
        (bool(config.verifier.collect), "verifier.collect", "collect hooks"),
        (
            config.verifier.environment_mode == "separate"
            or config.verifier.environment is not None,
            "verifier.environment",
            "a separate verifier image",
        ),
    ]
    for refused, key, what in refusals:
        if refused:
            raise UnsupportedFeature(
                f"{file}: {key}: {what} cannot be run here",
                remedy="run this task under Harbor, or leave it out",
            )
    for name in _COMPOSE:
        if (folder / "environment" / name).exists():
            raise UnsupportedFeature(
                f"{folder}/environment/{name}: compose services cannot be run here",
                remedy="run this task under Harbor, or leave it out",
            )
