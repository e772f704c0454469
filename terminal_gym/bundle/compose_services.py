"""The services beside the agent's, and what stands around them in a compose file.

They run as Docker Compose reads them. Here is only seen to it that nothing in them reaches the host
or leaves the network of their own, and that no key is passed over which a task may count on.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from terminal_gym.bundle.compose_service import HONOURED, WITHOUT_EFFECT, ServiceReader
from terminal_gym.errors import BundleError

# Beside other services, `main` may have these too.
AMONG_OTHERS = {"depends_on", "networks"}
BESIDE = (HONOURED | WITHOUT_EFFECT | AMONG_OTHERS | {"read_only", "shm_size", "tmpfs"}) - {
    "network_mode"
}
_BUILD = {"args", "context", "dockerfile", "target"}
_NETWORK = {"driver", "internal", "labels"}
_VOLUME = {"driver", "labels"}
_JOINING = {"aliases"}
_RESOURCES = {"limits", "reservations"}
_VARIABLE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)(?::?-([^}]*))?\})")


class HostReader(ServiceReader):
    """Reads what holds on this host, its variables put in as compose puts them in."""

    def text(self, value: object, key: str) -> str:
        """See `ServiceReader.text`."""

        def replace(match: re.Match[str]) -> str:
            if match[1]:
                return "$"
            return os.environ.get(match[2] or match[3]) or match[4] or ""

        return _VARIABLE.sub(replace, str(value))

    def context(self, build: Any, keys: Iterable[str]) -> Path | None:
        """The build context, which holds its Dockerfile.

        Args:
            build: The service's `build`.
            keys: What may be said of it.

        Raises:
            BundleError: There is no Dockerfile.
            UnsupportedFeature: It is not in the task, or more is said of the build.
        """
        if build is None:
            return None
        table = {"context": build} if isinstance(build, str) else self.table(build, "build")
        for key in table:
            if key not in keys:
                raise self.refusal(f"build.{key}", "is not honoured here")
        top = self.file.parent.resolve()
        context = (top / self.text(table.get("context") or ".", "build.context")).resolve()
        if not context.is_relative_to(top):
            raise self.refusal("build.context", "leads out of the folder")
        name = self.text(table.get("dockerfile") or "Dockerfile", "build.dockerfile")
        if not (context / name).resolve().is_relative_to(context):
            raise self.refusal("build.dockerfile", "leads out of its context")
        if not (context / name).is_file():
            raise BundleError(f"{self.file}: {self.at}.build: there is no {context / name}")
        return context

    def check_networks(self, networks: Any) -> None:
        """See that a service says no more of its networks than their names and its own in them."""
        joined = self.table(networks, "networks") if not isinstance(networks, list) else {}
        for name, how in joined.items():
            for key in self.table(how or {}, f"networks.{name}"):
                if key not in _JOINING:
                    raise self.refusal(f"networks.{name}.{key}", "is not honoured here")


class OtherServiceReader(HostReader):
    """Reads a service that is not the agent's."""

    def check(self, data: Any) -> None:
        """See that it can be run.

        Raises:
            BundleError: It is malformed.
            UnsupportedFeature: It has keys that are not honoured, or reach the host.
        """
        data = self.table(data, "")
        self.refuse_unknown(data, BESIDE)
        self.context(data.get("build"), _BUILD)
        if not (data.get("build") or data.get("image")):
            raise self.malformed("image")
        self.limits(data)
        self._check_deploy(data.get("deploy") or {})
        self.check_networks(data.get("networks") or {})
        for volume in self.listed(data.get("volumes"), "volumes"):
            if not self._is_private(volume):
                raise self.refusal("volumes", f"{volume!r} is a folder of the host's")

    def _check_deploy(self, deploy: Mapping[str, Any]) -> None:
        for key in deploy:
            if key != "resources":
                raise self.refusal(f"deploy.{key}", "is not honoured here")
        for key in self.table(deploy.get("resources") or {}, "deploy.resources"):
            if key not in _RESOURCES:
                raise self.refusal(f"deploy.resources.{key}", "is not honoured here")

    def _is_private(self, volume: Any) -> bool:
        """Whether it is a volume or memory; a source that is a path is the host's."""
        if isinstance(volume, Mapping):
            source = str(volume.get("source") or "")
            return volume.get("type") in ("volume", "tmpfs") and _is_name(source)
        source, colon, _ = str(volume).partition(":")
        return _is_name(source) if colon else source.startswith("/")


class FileReader(HostReader):
    """Reads what stands around the services."""

    def check(self, data: Mapping[str, Any], *, with_others: bool) -> None:
        """See that all of it is honoured.

        Args:
            data: The file.
            with_others: It has services beside the agent's, with networks and volumes of theirs.

        Raises:
            UnsupportedFeature: Something is not.
        """
        known = {"services", "version", "name"}
        self.refuse_unknown(data, known | ({"networks", "volumes"} if with_others else set()))
        for kind, keys in (("networks", _NETWORK), ("volumes", _VOLUME)):
            for name, how in self.table(data.get(kind) or {}, kind).items():
                at = f"{kind}.{name}"
                for key in self.table(how or {}, at):
                    if key not in keys:
                        raise self.refusal(f"{at}.{key}", "is not honoured here")
                if (how or {}).get("driver") not in (None, "bridge", "local"):
                    raise self.refusal(f"{at}.driver", f"{how['driver']!r} cannot be had here")


def _is_name(source: str) -> bool:
    return re.fullmatch(r"[\w.-]*", source) is not None and not source.startswith(".")
