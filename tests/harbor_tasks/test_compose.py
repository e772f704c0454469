"""docker-compose.yaml with one service; services.py has those with more."""

import pytest
from harbor_task import DOCKERFILE, PASSES, assert_refused, commands, play, write_task

from terminal_gym.bundle import load_bundle
from terminal_gym.errors import BundleError, UnsupportedFeature

MAIN = """\
services:
  main:
    build: .
    environment:
      - LEVEL=${TG_TEST_LEVEL:-low}
      - NAME=compose
    working_dir: /srv
    user: games
    network_mode: none
    mem_limit: 300m
    deploy: { resources: { limits: { cpus: "0.5" } } }
    command: sh -c "echo up > /tmp/up; exec sleep 1000"
    healthcheck: { test: ["CMD", "test", "-e", "/tmp/up"], interval: 100ms, retries: 100 }
    volumes: ["${HOST_VERIFIER_LOGS_PATH}:${ENV_VERIFIER_LOGS_PATH}"]
    container_name: whatever
    tty: true
"""


def write_compose(folder, text=MAIN, toml="", **files):
    return write_task(folder, toml, **{"environment/docker-compose.yaml": text, **files})


def test_the_sandbox_is_as_the_service_says(backend, tmp_path, monkeypatch):
    monkeypatch.setenv("TG_TEST_LEVEL", "high")
    grade = PASSES.format('[ "$(id -un) $NAME $OWN $PWD" = "games task own /srv" ]')
    task = write_compose(
        tmp_path / "task",
        toml='[environment]\nenv = { NAME = "task", OWN = "own" }\n',
        **{
            "environment/Dockerfile": "FROM debian:bookworm-slim\nRUN mkdir -m 777 -p /srv\n",
            "tests/test.sh": grade,
        },
    )
    bundle = load_bundle(task)
    limits = bundle.sandbox_spec.limits
    assert (limits.memory_mb, limits.cpus, bundle.sandbox_spec.network) == (300, 0.5, False)
    line = "id -un; pwd; echo $LEVEL $NAME; cat /tmp/up; tail -n +2 /proc/net/route"
    env_output = []

    class Watch:
        name = "watch"

        def reset(self, observation, info):
            self.left = [line, "exit"]

        def act(self, observation):
            env_output.append(observation["output"])
            return self.left.pop(0)

        def close(self):
            pass

    episode = play(task, backend.name, Watch())
    assert env_output[1] == "games\n/srv\nhigh task\nup\n"
    assert episode.extra.reward == 1.0, episode.extra.verdict


def test_a_service_with_a_ready_image(backend, tmp_path):
    text = "services: { main: { image: 'debian:bookworm-slim', network_mode: none } }\n"
    task = write_compose(
        tmp_path / "task",
        text,
        '[environment]\nworkdir = "/app"\n',
        **{
            "environment/Dockerfile": None,
            "solution/solve.sh": "#!/bin/bash\nmkdir -p /app; touch /app/done\n",
        },
    )
    assert play(task, backend.name).extra.reward == 1.0


def test_a_build_folder_of_its_own(backend, tmp_path):
    text = "services: { main: { build: { context: image }, network_mode: none } }\n"
    task = write_compose(
        tmp_path / "task",
        text,
        **{
            "environment/Dockerfile": None,
            "environment/image/Dockerfile": DOCKERFILE + "COPY given .\n",
            "environment/image/given": "given\n",
        },
    )
    assert commands(task, backend.name, "mv given done")[1] == 1.0


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("services: { main: { privileged: true } }", "services.main.privileged"),
        ("services: { main: { cap_add: [SYS_PTRACE] } }", "services.main.cap_add"),
        ("services: { main: { volumes: ['/var/run:/x'] } }", "services.main.volumes"),
        ("services: { main: { env_file: x } }", "services.main.env_file"),
        ("services: { main: { build: { target: x } } }", "services.main.build.target"),
        ("services: { main: { build: { dockerfile: x } } }", "services.main.build.dockerfile"),
        ("services: { main: { build: .. } }", "services.main.build.context"),
        ("services: { main: { network_mode: 'service:db' } }", "services.main.network_mode"),
        ("services: { main: {} }\nvolumes: { data: {} }", "volumes"),
    ],
)
def test_what_cannot_be_run_is_refused_by_key(tmp_path, text, key):
    assert_refused(write_compose(tmp_path / "task", text), key)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("services: [", "docker-compose.yaml"),
        ("x: &a [*a]", "docker-compose.yaml"),
        ("[]", "the file"),
        ("services: {}", "services"),
        ("services: { main: 3 }", "services.main"),
        ("services: { main: { environment: 3 } }", "services.main.environment"),
        ("services: { main: { mem_limit: lots } }", "services.main.deploy.resources.limits"),
        ("services: { main: { healthcheck: { test: 3 } } }", "services.main.healthcheck.test"),
        ("services: { main: { command: 3 } }", "services.main.command"),
    ],
)
def test_what_is_malformed_is_named(tmp_path, text, key):
    with pytest.raises(BundleError, match=key):
        load_bundle(write_compose(tmp_path / "task", text))


LAUGH = "x-a: &a [l, l]\n" + "".join(
    f"x-{after}: &{after} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, after in zip("abcdefghijkl", "bcdefghijklm", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        LAUGH + "services: { main: { image: *m } }",
        "x-a: &a [*a]\nservices: { main: { command: *a } }",
        "services: { main: { image: 2001-99-99 } }",
        "services: { main: { cpus: [1] } }",
        "services: { main: { cpus: .inf } }",
        "services: { main: { cpus: -1 } }",
        "services: { main: { mem_limit: 1k } }",
        "services: { main: { mem_limit: " + "9" * 500 + "g } }",
        'services: { main: { command: "it\'s" } }',
        "services: { main: { healthcheck: [1] } }",
        "services: { main: { healthcheck: { test: x, retries: [1] } } }",
        "services: { main: { healthcheck: { test: x, interval: " + "9" * 400 + "h } } }",
        "services: { main: { volumes: 5 } }",
        'services: { main: { build: "a\\0b" } }',
        "services: !!python/object/apply:os.system [id]",
        "services: { ? [a, b] : {} }",
        "services: { main: { <<: 5 } }",
        "a: " + "[" * 500,
    ],
    ids=lambda text: text[-30:],
)
def test_a_hostile_file_is_an_error_that_names_it(tmp_path, text):
    task = write_compose(tmp_path / "task", text)
    with pytest.raises(BundleError, match=r"docker-compose\.yaml: "):
        load_bundle(task)


def test_a_build_folder_outside_is_refused(tmp_path):
    task = write_compose(tmp_path / "task", "services: { main: { build: ../.. } }")
    with pytest.raises(UnsupportedFeature, match=r"build\.context: leads out of the folder"):
        load_bundle(task)
