"""What is read of the services beside `main` before any is started."""

import pytest
from harbor_task import assert_refused, write_task

from terminal_gym.bundle import load_bundle
from terminal_gym.env import TerminalEnv
from terminal_gym.env.beside import plan_services
from terminal_gym.errors import BackendUnavailable, BundleError, UnsupportedFeature
from terminal_gym.sandbox.docker.backend import DockerBackend

OFFLINE = '[environment]\nnetwork_mode = "no-network"\n'


def write_services(folder, text, toml=OFFLINE, **files):
    return write_task(folder, toml, **{"environment/docker-compose.yaml": text, **files})


def beside(service, rest=""):
    return f"services: {{ main: {{}}, db: {{ image: x, {service} }} }}\n{rest}"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (beside("privileged: true"), "services.db.privileged"),
        (beside("network_mode: host"), "services.db.network_mode"),
        (beside("pid: host"), "services.db.pid"),
        (beside("cap_add: [SYS_ADMIN]"), "services.db.cap_add"),
        (beside("devices: [/dev/kvm]"), "services.db.devices"),
        (beside("security_opt: [seccomp=unconfined]"), "services.db.security_opt"),
        (beside("extra_hosts: ['host:host-gateway']"), "services.db.extra_hosts"),
        (beside("env_file: /etc/environment"), "services.db.env_file"),
        (beside("profiles: [x]"), "services.db.profiles"),
        (beside("volumes: ['/var/run/docker.sock:/s']"), "services.db.volumes: '/var/run/docker"),
        (beside("volumes: ['./data:/data']"), "services.db.volumes: './data"),
        (beside("volumes: ['~/data:/data']"), "services.db.volumes"),
        (beside("volumes: ['${HOME}:/data']"), "services.db.volumes"),
        (beside("volumes: ['..:/data']"), "services.db.volumes"),
        (beside("volumes: [{type: bind, source: /etc, target: /x}]"), "services.db.volumes"),
        (beside("volumes: [{type: volume, source: /etc, target: /x}]"), "services.db.volumes"),
        (beside("build: {context: ., network: host}"), "services.db.build.network"),
        (beside("build: {context: ../..}"), "services.db.build.context"),
        (beside("build: {context: ., dockerfile: ../x}"), "services.db.build.dockerfile"),
        (beside("deploy: {replicas: 3}"), "services.db.deploy.replicas"),
        (beside("networks: {default: {ipv4_address: 10.0.0.2}}"), "services.db.networks.default"),
        (beside("", "networks: {n: {external: true}}"), "networks.n.external"),
        (beside("", "networks: {n: {driver: host}}"), "networks.n.driver"),
        (beside("", "networks: {n: {name: bridge}}"), "networks.n.name"),
        (beside("", "volumes: {v: {external: true}}"), "volumes.v.external"),
        (beside("", "volumes: {v: {driver_opts: {device: /}}}"), "volumes.v.driver_opts"),
        (beside("", "secrets: {s: {file: /etc/shadow}}"), "secrets"),
        (beside("", "include: [other.yaml]"), "include"),
        ("services: {main: {network_mode: none}, db: {image: x}}", "services.main.network_mode"),
        ("services: {main: {volumes: ['d:/d']}, db: {image: x}}", "services.main.volumes"),
    ],
)
def test_what_reaches_the_host_is_refused_by_key(tmp_path, text, key):
    assert_refused(write_services(tmp_path / "task", text), key)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("services: {main: {}, db: {}}", "services.db.image"),
        ("services: {main: {}, db: 3}", "services.db"),
        (beside("deploy: 3"), "services.db.deploy"),
        (beside("mem_limit: lots"), "services.db.deploy.resources.limits"),
        (beside("build: ./nowhere"), "services.db.build"),
        (beside("", "networks: 3"), "networks"),
    ],
)
def test_what_is_malformed_is_named(tmp_path, text, key):
    with pytest.raises(BundleError, match=key):
        load_bundle(write_services(tmp_path / "task", text))


@pytest.mark.parametrize(
    ("toml", "key"),
    [
        (OFFLINE + '[verifier]\nnetwork_mode = "public"\n', "verifier.network_mode"),
        (OFFLINE + '[agent]\nnetwork_mode = "public"\n', "verifier.network_mode"),
        ('[metadata.terminal_gym]\nstate = ["/app"]\n', "verifier.network_mode"),
    ],
)
def test_agent_and_verifier_have_one_network(tmp_path, toml, key):
    task = write_services(tmp_path / "task", beside(""), toml)
    with pytest.raises(UnsupportedFeature, match=f"task.toml: {key}: beside services"):
        load_bundle(task)


def test_a_separate_verifier_has_no_services(tmp_path):
    toml = OFFLINE + '[verifier]\nenvironment_mode = "separate"\n'
    task = write_services(tmp_path / "same", beside(""), toml)
    with pytest.raises(UnsupportedFeature, match=r"environment/docker-compose.*services\.db"):
        load_bundle(task)
    own = {"tests/docker-compose.yaml": beside(""), "tests/Dockerfile": "FROM x\n"}
    task = write_task(tmp_path / "own", toml, **own)
    with pytest.raises(UnsupportedFeature, match=r"tests/docker-compose.*services\.db"):
        load_bundle(task)
    task = write_services(tmp_path / "apart", beside(""), toml, **{"tests/Dockerfile": "FROM x\n"})
    assert load_bundle(task).machine.services.names == ("db",)


def test_the_namespace_backend_refuses_by_name(namespace_backend, tmp_path):
    task = write_services(tmp_path / "task", beside(""))
    with pytest.raises(UnsupportedFeature, match=r"services\.db: the backend namespace") as caught:
        TerminalEnv(task, backend="namespace")
    assert "--backend docker" in caught.value.remedy


@pytest.mark.parametrize(
    ("said", "message"),
    [("exit 1", "is not installed"), ("echo 1.29.2", r"\(1\.29\.2 is too old\)")],
)
def test_without_compose_the_remedy_is_told(tmp_path, monkeypatch, said, message):
    for name in ("docker", "docker-compose"):
        (tmp_path / name).write_text(f"#!/bin/sh\n{said}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    bundle = load_bundle(write_services(tmp_path / "task", beside("")))
    with pytest.raises(BackendUnavailable, match=rf"services\.db: .*{message}") as caught:
        plan_services(bundle, DockerBackend())
    assert "docker-compose-plugin" in caught.value.remedy
