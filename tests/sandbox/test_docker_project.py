"""What is started beside a sandbox is written anew, and nothing else gets into it."""

import os
from pathlib import Path

from terminal_gym.sandbox.base import Image, Limits, ServicesSource
from terminal_gym.sandbox.docker.project import links_of, project_model
from terminal_gym.sandbox.services import ServicesPlan

# As Docker Compose would give it, had nobody looked at the file before.
DATABASE = {
    "image": "postgres",
    "command": ["serve", "$$HOME"],
    "container_name": "warehouse",
    "cpus": 1000,
    "deploy": {"resources": {"limits": {"memory": "1048576"}}},
    "depends_on": {"main": {"condition": "service_started"}},
    "environment": {"A": "1", "UNSET": None},
    "networks": {"default": None, "back": {"aliases": ["other"]}},
    "restart": "always",
    "volumes": [
        {"type": "bind", "source": "/", "target": "/host"},
        {"type": "volume", "source": "data", "target": "/data"},
    ],
    "privileged": True,
    "network_mode": "host",
    "pid": "host",
    "ports": [{"target": 80, "published": "80"}],
    "cap_add": ["SYS_ADMIN"],
    "security_opt": ["seccomp=unconfined"],
    "devices": ["/dev/kvm"],
}
MODEL = {
    "services": {
        "main": {"image": "scratch", "networks": {"default": {"aliases": ["client"]}}},
        "db": DATABASE,
    },
    "networks": {"default": {}, "back": {"internal": True}},
    "volumes": {"data": {"driver_opts": {"device": "/"}}},
}
PLAN = ServicesPlan(
    source=ServicesSource(file=Path("/task/docker-compose.yaml"), names=("db",)),
    images={"db": Image(backend="docker", digest="sha256:1", ref="sha256:1")},
    model=MODEL,
)


def test_only_what_is_meant_is_started():
    made = project_model(PLAN, "project", {"mark": "ours"}, network=False)
    assert list(made["services"]) == ["db"]
    limits = Limits()
    assert made["services"]["db"] == {
        "image": "sha256:1",
        "command": ["serve", "$$HOME"],
        "environment": {"A": "1"},
        "depends_on": {},
        "networks": {
            "default": {"aliases": ["warehouse"]},
            "back": {"aliases": ["other", "warehouse"]},
        },
        "volumes": [{"type": "volume", "source": "data", "target": "/data"}],
        "restart": "on-failure",
        "mem_limit": 1048576,
        "memswap_limit": 1048576,
        "cpus": os.cpu_count(),
        "pids_limit": limits.pids,
        "cap_drop": ["ALL"],
        "cap_add": made["services"]["db"]["cap_add"],
        "security_opt": ["no-new-privileges:true"],
        "ipc": "private",
        "ulimits": {"fsize": limits.storage_mb << 20, "core": 0},
        "logging": {"driver": "json-file", "options": {"max-size": "1m"}},
        "labels": {"mark": "ours"},
        "dns": ["127.0.0.1"],
        "dns_opt": ["timeout:1", "attempts:2"],
    }
    assert "SYS_ADMIN" not in made["services"]["db"]["cap_add"]
    assert made["volumes"] == {"data": {"labels": {"mark": "ours"}}}
    assert made["networks"]["back"] == {"name": "project_back", "external": True}


def test_with_a_network_names_are_looked_up_outside():
    assert "dns" not in project_model(PLAN, "project", {}, network=True)["services"]["db"]


def test_the_sandbox_goes_by_its_names():
    [link] = links_of(PLAN, "project")
    assert (link.network, link.aliases) == ("project_default", ("main", "client"))
