"""The connection to the engine, and its errors told as ours."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import docker
import requests
from docker.errors import APIError, DockerException, NotFound
from docker.utils import parse_host

from terminal_gym.errors import BackendUnavailable, ResourceFault, SandboxFault

TIMEOUT_S = 60
_ANSWER_S = 15  # for its first answer: one that hangs must not hold up those who can do without
_POOL = 64  # connections kept open; more are made when needed
_LOCAL = "http+unix://"
_FULL = ("no space left", "cannot allocate", "resource temporarily unavailable", "too many open")
_LINK_BIT = 1 << 27  # Go's os.ModeSymlink, in which the engine reports a path's mode


@dataclass(frozen=True)
class PathStat:
    """What is at a path of a container."""

    is_link: bool


class ExecStream:
    """The connection to one exec.

    Args:
        stream: What docker-py gives.

    Attributes:
        socket: Ours alone from now on; it does not block.
        early: What came together with the engine's answer.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.socket: socket.socket = stream._sock
        self.socket.setblocking(False)
        self.early = self._buffered()

    def _buffered(self) -> bytes:
        """What the client has read beyond the answer's headers, which docker-py forgets."""
        reader = self._stream._response.raw._fp.fp
        data = b""
        while piece := reader.peek(1):  # reads at most once, and does not block
            data += reader.read(len(piece))
        return data

    def hang_up(self) -> None:
        """Close the connection for good: docker-py shares the socket with its response."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self._stream._response.close()  # it goes first: closing it flushes the stream
        self._stream.close()
        self.socket.close()


class Engine:
    """docker-py's low-level client, connected when first used.

    The address is DOCKER_HOST's, else the local socket; Podman's socket serves as well.
    """

    def __init__(self) -> None:
        self._api: Any = None
        self._lock = threading.Lock()

    @property
    def api(self) -> Any:
        """The client.

        Raises:
            BackendUnavailable: No engine answers.
        """
        if self._api is None:
            client = _connected()
            with self._lock:  # threads that begin together keep the first one's
                if self._api is None:
                    self._api = client
            if self._api is not client:
                client.close()
        return self._api

    def close(self) -> None:
        """Close all connections."""
        if self._api is not None:
            self._api.close()
            self._api = None

    def stat(self, container: str, path: str) -> PathStat | None:
        """What is at `path`, the last link not followed; None if nothing is."""
        # docker-py has no call for a HEAD of this resource; a GET would start the transfer.
        url = self.api._url("/containers/{0}/archive", container)
        answer = self.api.head(url, params={"path": path}, timeout=TIMEOUT_S)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        encoded = answer.headers["x-docker-container-path-stat"]
        return PathStat(is_link=bool(json.loads(b64decode(encoded))["mode"] & _LINK_BIT))

    def start_exec(self, exec_id: str, *, tty: bool) -> ExecStream:
        """Start an exec and stay connected to it."""
        return ExecStream(self.api.exec_start(exec_id, tty=tty, socket=True))

    def start_detached(
        self, container: str, argv: Sequence[str], env: Mapping[str, str], cwd: str, user: str
    ) -> Callable[[], bool]:
        """Start a program and let go of it; gives what tells whether it runs."""
        made = self.api.exec_create(
            container,
            list(argv),
            stdout=False,
            stderr=False,
            environment=dict(env),
            workdir=cwd,
            user=user,
        )
        self.api.exec_start(made["Id"], detach=True)
        return lambda: bool(self.api.exec_inspect(made["Id"])["Running"])

    @contextlib.contextmanager
    def archive(self, container: str, path: str) -> Iterator[Iterator[bytes]]:
        """The chunks of a path's tar stream; the connection is dropped if not all are read.

        Raises:
            FileNotFoundError: Nothing is at `path`.
        """
        url = self.api._url("/containers/{0}/archive", container)
        # docker-py's get_archive leaves its connection open when reading stops early.
        answer = self.api.get(url, params={"path": path}, stream=True, timeout=TIMEOUT_S)
        with contextlib.closing(answer):
            if answer.status_code == 404 and "No such container" not in answer.text:
                raise FileNotFoundError(f"{path}: not in the sandbox")
            self.api._raise_for_status(answer)
            yield answer.iter_content(1 << 18)


@contextlib.contextmanager
def told(doing: str) -> Iterator[None]:
    """Turn the engine's errors into faults that say what was being done.

    Raises:
        ResourceFault: The host is out of something.
        SandboxFault: Anything else, a lost engine among it.
    """
    try:
        yield
    except NotFound as error:
        raise SandboxFault(f"{doing}: {error.explanation or error}") from error
    except (APIError, DockerException) as error:
        text = str(getattr(error, "explanation", None) or error)
        kind = ResourceFault if any(word in text.lower() for word in _FULL) else SandboxFault
        raise kind(f"{doing}: {text}") from error
    except (requests.RequestException, ConnectionError) as error:
        raise SandboxFault(
            f"{doing}: the engine does not answer ({type(error).__name__})",
            remedy="`docker info` shows whether it runs",
        ) from error


def _connected() -> Any:
    """A client that has had an answer; see `Engine.api`."""
    try:
        _must_listen()
        client = docker.from_env(timeout=_ANSWER_S, max_pool_size=_POOL).api
        if client.base_url.startswith("http+docker:"):
            # A local socket has no proxy; looking for one with every request fails where another
            # thread changes os.environ meanwhile.
            client.trust_env = False
        client.ping()
    except (DockerException, requests.RequestException, OSError) as error:
        message, remedy = _why_not(error)
        raise BackendUnavailable(message, remedy=remedy) from error
    client.timeout = TIMEOUT_S
    return client


def _must_listen() -> None:
    """Raise an OSError where nobody does; docker-py leaves its socket open then."""
    address = parse_host(os.environ.get("DOCKER_HOST"))
    if address.startswith(_LOCAL):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(_ANSWER_S)
            probe.connect(address.removeprefix(_LOCAL))


def _why_not(error: Exception) -> tuple[str, str]:
    text = f"{type(error).__name__}: {error}"
    at = f" at {host}" if (host := os.environ.get("DOCKER_HOST")) else ""
    if "PermissionError" in text or "Permission denied" in text:
        return (
            "the Docker engine's socket may not be opened by this user",
            "add yourself to the group docker and log in again, or run as root",
        )
    if "FileNotFoundError" in text or "ConnectionRefused" in text or "refused" in text:
        return f"no Docker engine answers{at}", "install and start one, or set DOCKER_HOST"
    if "timed out" in text:
        message = f"the Docker engine{at} does not answer within {_ANSWER_S} s"
        return message, "restart it, or use --backend namespace"
    if "Invalid bind address" in text:
        return f"DOCKER_HOST is no address of an engine{at}", "unix:///var/run/docker.sock is one"
    return f"the Docker engine fails: {str(error)[:200]}", "`docker info` shows what it says"
