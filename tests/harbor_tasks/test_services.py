"""Tasks of several services, run by Docker Compose beside the agent's sandbox."""

import os
import signal
import socket
import subprocess
import sys

import pytest
from harbor_task import PASSES, play
from store_task import COMPOSE, ENVIRONMENT, OFFLINE, write_store
from tb1_tasks import TASK
from tb1_tasks import write_task as write_tb1_task

from terminal_gym.cli.main import run_cli
from terminal_gym.env import TerminalEnv
from terminal_gym.errors import SetupFault
from terminal_gym.evaluation.manifest import load_tasks, make_manifest
from terminal_gym.importers.terminal_bench import convert_task

pytestmark = [
    pytest.mark.slow,
    pytest.mark.docker,
    pytest.mark.timeout(300),  # the first builds images
    pytest.mark.xdist_group("services"),  # an engine makes networks slowly, and few of them
]


def left(backend, pid):
    """Containers, networks and volumes of a process's services."""
    api = backend._engine.api
    having = {"label": "terminal-gym.project"}
    networks, volumes = api.networks(filters=having), api.volumes(filters=having)["Volumes"] or []
    containers = api.containers(all=True, filters=having)
    projects = [one["Labels"]["terminal-gym.project"] for one in [*containers, *networks, *volumes]]
    return [name for name in projects if name.startswith(f"terminal-gym-{pid}-")]


def service(backend, name):
    """What the engine says of this process's running service of that name."""
    api = backend._engine.api
    of_it = {"label": [f"com.docker.compose.service={name}", "terminal-gym.project"]}
    mine = f"terminal-gym-{os.getpid()}-"
    [found] = [
        one["Id"]
        for one in api.containers(filters=of_it)
        if one["Labels"]["terminal-gym.project"].startswith(mine)
    ]
    return api.inspect_container(found)


def test_oracle_and_nop(compose_backend, tmp_path):
    task = write_store(tmp_path / "task")
    solved = play(task, "docker")
    assert (solved.extra.reward, solved.extra.verdict["mode"]) == (1.0, "shared"), solved.extra
    assert play(task, "docker", "nop").extra.reward == 0.0, "services are new in every episode"
    assert left(compose_backend, os.getpid()) == []


def test_what_surrounds_the_agent(compose_backend, tmp_path, monkeypatch):
    """Names lead to services; nothing leads to the host, nor out; services are held to limits."""
    monkeypatch.setenv("TG_TEST_GREETING", "good day")
    env = TerminalEnv(write_store(tmp_path / "task"), backend="docker")
    with socket.create_server(("0.0.0.0", 0)) as host:
        try:
            env.reset()
            store = service(compose_backend, "store")
            [network] = store["NetworkSettings"]["Networks"].values()
            gateway = ".".join([*network["IPAddress"].split(".")[:3], "1"])
            hosts = subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout
            doors = [f"{one}/{host.getsockname()[1]}" for one in (gateway, *hosts.split()[:1])]
            knock = 'timeout 2 bash -c ": </dev/tcp/$door" && echo came in'
            said = [
                env.step(command)[0]["output"].strip()
                for command in (
                    "ask warehouse get",
                    "getent hosts main",
                    f"for door in store/7000 {' '.join(doors)}; do {knock}; done",
                    "timeout 9 getent hosts deb.debian.org",
                )
            ]
        finally:
            env.close()
    assert said[0] == "good day nothing"
    assert said[1].split()[1:] == ["main"]
    assert said[2].splitlines().count("came in") == 1, "to the store, and not to the host"
    assert said[3] == ""
    held = store["HostConfig"]
    assert (held["Memory"], held["PidsLimit"], held["CapDrop"]) == (64 << 20, 256, ["ALL"])
    assert (held["PortBindings"] or {}, held["Privileged"]) == ({}, False)


def test_services_live_through_all_steps_and_are_there_for_a_strict_verifier(
    compose_backend, tmp_path
):
    steps = "".join(f'[[steps]]\nname = "{name}"\n' for name in ("one", "two"))
    task = write_store(
        tmp_path / "task",
        OFFLINE + '[metadata.terminal_gym]\nstate = ["/app"]\n' + steps,
        {
            "steps/one/instruction.md": "Put 42 into the store.\n",
            "steps/two/instruction.md": "Leave it there.\n",
            "steps/two/solution/solve.sh": "#!/bin/bash\nask store get\n",
        },
    )
    episode = play(task, "docker")
    assert (episode.extra.reward, episode.extra.verdict["mode"]) == (1.0, "state"), episode.extra


def test_a_service_that_fails_is_named(compose_backend, tmp_path, monkeypatch):
    monkeypatch.setenv("TG_TEST_EXIT", "3")
    compose = COMPOSE.replace("    depends_on: [once]\n", "")
    task = write_store(tmp_path / "task", files={"environment/docker-compose.yaml": compose})
    env = TerminalEnv(task, backend="docker")
    with pytest.raises(SetupFault, match=r"services\.once: ended with 3"):
        env.reset()
    assert left(compose_backend, os.getpid()) == []


SEPARATE = """\
artifacts = [{ source = "/data/dump", service = "store" }]
[verifier]
environment_mode = "separate"
[[verifier.collect]]
command = "cp /data/kept /data/dump"
service = "store"
[[verifier.collect]]
command = "exit 3"
service = "store"
"""


def test_a_separate_verifier_sees_what_is_taken_from_a_service(compose_backend, tmp_path):
    task = write_store(
        tmp_path / "task",
        SEPARATE + OFFLINE,
        {
            "tests/Dockerfile": "FROM debian:bookworm-slim\nCOPY . /tests\n",
            "tests/test.sh": PASSES.format('[ "$(cat /data/dump)" = 42 ]'),
        },
    )
    episode = play(task, "docker")
    assert (episode.extra.reward, episode.extra.verdict["mode"]) == (1.0, "separate")
    assert episode.extra.verdict["dropped"] == ["verifier.collect 'exit 3': ended with 3"]


TB1_TESTS = """\
[ "$(ask store get)" = "hello 42" ] && getent hosts client main > /dev/null && result=PASSED
echo SWEBench results starts here; echo ${result:-FAILED}; echo SWEBench results ends here
"""


def test_a_converted_task_of_several_services(compose_backend, tmp_path):
    source = write_tb1_task(
        tmp_path / "store",
        {
            **ENVIRONMENT,
            "task.yaml": TASK.replace("parser_name: pytest", "parser_name: swebench"),
            "docker-compose.yaml": COMPOSE.replace("  main:\n", "  client:\n    build: .\n"),
            "solution.sh": "getent hosts client && ask store put 42\n",
            "run-tests.sh": TB1_TESTS,
        },
    )
    task = convert_task(source, tmp_path / "out").path
    assert play(task, "docker").extra.reward == 1.0


OWNER = """
import sys, time
from terminal_gym.env import TerminalEnv
TerminalEnv(sys.argv[1], backend="docker").reset()
print("ready", flush=True)
time.sleep(600)
"""


@pytest.mark.alone
def test_nothing_is_left_of_a_killed_owner(compose_backend, tmp_path, capsys):
    task = write_store(tmp_path / "task")
    owner = subprocess.Popen([sys.executable, "-c", OWNER, task], stdout=subprocess.PIPE, text=True)
    try:
        assert owner.stdout.readline() == "ready\n"
    finally:
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        owner.stdout.close()
    assert len(left(compose_backend, owner.pid)) == 4  # two containers, a network, a volume
    assert run_cli(["reap"]) == 0
    assert left(compose_backend, owner.pid) == []
    said = capsys.readouterr().out
    assert "docker: network terminal-gym-" in said and "docker: volume terminal-gym-" in said


def test_their_images_are_in_the_manifest(compose_backend, tmp_path):
    _, bundles = load_tasks([str(write_store(tmp_path / "task"))])
    made = make_manifest(
        bundles,
        backend="docker",
        agent="nop",
        agent_options={},
        env_options={},
        attempts=1,
        seed=0,
    )
    images = made.tasks["task"].other_images
    assert sorted(images) == ["services.once", "services.store"]
    assert all(digest.startswith("sha256:") for digest in images.values())
    assert images["services.once"] != images["services.store"]
