"""What network a container is in, and what names it."""

from __future__ import annotations

from terminal_gym.sandbox.base import SandboxSpec

HOSTS = "/etc/hosts"


def is_alone(spec: SandboxSpec) -> bool:
    """Whether there is to be nothing but a loopback."""
    return not (spec.network or spec.links)


def network_mode(spec: SandboxSpec) -> str:
    """The engine's name for it."""
    if spec.links:
        return spec.links[0].network
    return "host" if spec.network else "none"


def hosts_of(spec: SandboxSpec) -> bytes:
    """/etc/hosts of a container that is alone; the engine writes it for the others."""
    return f"127.0.0.1 localhost {spec.hostname}\n::1 localhost ip6-localhost\n".encode()


def engines_own(spec: SandboxSpec) -> tuple[str, ...]:
    """The files that the engine mounts into a container, and that are no state therefore."""
    return ("/etc/hostname",) if is_alone(spec) else ("/etc/hostname", HOSTS, "/etc/resolv.conf")
