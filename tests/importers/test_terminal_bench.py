import sys

import pytest
import yaml
from tb1_tasks import COMPOSE, TASK, write_task

from terminal_gym.bundle import load_bundle
from terminal_gym.cli.main import run_cli
from terminal_gym.errors import BundleError, UnsupportedFeature
from terminal_gym.importers.terminal_bench import convert_folder, convert_task

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def converted(tmp_path, files=None, **options):
    source = write_task(tmp_path / "source" / "hello", files)
    return convert_task(source, tmp_path / "out", **options)


def client(tmp_path, service, **options):
    """The bundle of a task whose client is `service`, in YAML under `services: client:`."""
    files = {"docker-compose.yaml": f"services:\n  client:\n    build: .\n{service}\n"}
    return load_bundle(converted(tmp_path, files, **options).path)


def test_a_task_becomes_a_bundle(tmp_path):
    done = converted(tmp_path)
    assert done.notes == []
    files = {str(path.relative_to(done.path)) for path in done.path.rglob("*") if path.is_file()}
    assert files == {
        "task.toml",
        "instruction.md",
        "environment/Dockerfile",
        "solution/solve.sh",
        "tests/test.sh",
        "tests/run-tests.sh",
        "tests/test_outputs.py",
    }
    text = (done.path / "task.toml").read_text()
    assert text.startswith("# canary GUID 0\n")
    toml = tomllib.loads(text)
    assert toml == {
        "schema_version": "1.4",
        "task": {
            "name": "terminal-bench/hello",
            "authors": [{"name": "A. Author", "email": "a@example.org"}],
            "keywords": ["files", "text"],
        },
        "metadata": {
            "author_name": "A. Author",
            "author_email": "a@example.org",
            "difficulty": "easy",
            "category": "file-operations",
            "tags": ["files", "text"],
            "expert_time_estimate_min": 5.0,
            "terminal_gym": {"domain": "file-operations", "difficulty": 1},
        },
        "agent": {"timeout_sec": 120.0},
        "verifier": {"timeout_sec": 120.0, "user": "root", "env": {"TEST_DIR": "/tests"}},
        "environment": {"network_mode": "public", "env": {"TEST_DIR": "/tests"}},
    }
    bundle = load_bundle(done.path)  # a warning would be an error
    assert bundle.instruction == 'Write "Hello, world!" to hello.txt.\n'
    assert (bundle.domain, bundle.difficulty) == ("file-operations", 1)


def test_the_services_keys_are_honoured(tmp_path, monkeypatch):
    monkeypatch.setenv("FROM_HOST", "seen")
    bundle = client(
        tmp_path,
        """\
    working_dir: /srv
    user: "1000"
    mem_limit: 3g
    deploy: {resources: {limits: {cpus: "1.5", memory: 1G}}}
    environment:
      NAME: ${T_BENCH_TASK_DOCKER_NAME_PREFIX}
      LOGS: $T_BENCH_CONTAINER_LOGS_PATH
      PRICE: 5$$
      FLAG: true
      COUNT: 3
      FROM_HOST:
      OTHER: ${NOBODY_SETS_THIS:-else}
    healthcheck: {test: ["CMD", "test", "-e", "/a b"], interval: 1m30s, timeout: 500ms, retries: 2}
""",
    )
    environment = bundle.config.environment
    assert bundle.sandbox_spec.env == {
        "NAME": "tb__hello",
        "LOGS": "/logs",
        "PRICE": "5$",
        "FLAG": "true",
        "COUNT": "3",
        "FROM_HOST": "seen",
        "OTHER": "else",
    }
    assert bundle.config.verifier.env == environment.env
    assert (environment.workdir, bundle.config.agent.user) == ("/srv", "1000")
    assert (environment.cpus, environment.memory_mb) == (1.5, 3072)
    check = environment.healthcheck
    assert (check.command, check.interval_sec, check.timeout_sec, check.retries) == (
        "test -e '/a b'",
        90,
        0.5,
        2,
    )


@pytest.mark.parametrize(
    ("service", "started"),
    [
        ("    command: [sh, -c, sleep infinity]", None),
        ("    command: tail -f /dev/null", None),
        ("    command: bash -c '/start.sh; sleep 9'", {"command": "bash -c '/start.sh; sleep 9'"}),
        (
            "    command: [run, $T_BENCH_TEST_DIR, $$HOME]\n    entrypoint: /entry",
            {"command": ["run", "/tests", "$$HOME"], "entrypoint": "/entry"},
        ),
    ],
)
def test_what_runs_beside_the_shell(tmp_path, service, started):
    bundle = client(tmp_path, service)
    file = bundle.path / "environment" / "docker-compose.yaml"
    found = yaml.safe_load(file.read_text()) if file.exists() else None
    assert found == (started and {"services": {"main": started}})


def test_no_network_and_a_ready_image(tmp_path):
    compose = "services: {client: {image: 'debian:bookworm-slim', network_mode: none}}"
    done = converted(tmp_path, {"docker-compose.yaml": compose, "Dockerfile": None})
    assert (done.path / "environment/Dockerfile").read_text() == "FROM debian:bookworm-slim\n"
    assert load_bundle(done.path).config.environment.network_mode == "no-network"


def test_build_context_dockerfile_and_args(tmp_path):
    files = {
        "docker-compose.yaml": (
            "services: {client: {build: {context: ./client, dockerfile: my.Dockerfile,"
            ' args: {WHO: "a \\"b\\"", FREE: x}}}}'
        ),
        "client/my.Dockerfile": "FROM debian:bookworm-slim\nARG WHO=nobody\nARG OTHER=1\n",
        "client/data.txt": "1",
    }
    folder = converted(tmp_path, files).path / "environment"
    assert sorted(path.name for path in folder.iterdir()) == [
        "Dockerfile",
        "data.txt",
        "my.Dockerfile",
    ]
    assert (folder / "Dockerfile").read_text() == (
        'FROM debian:bookworm-slim\nARG WHO="a \\"b\\""\nARG OTHER=1\n'
    )


@pytest.mark.parametrize(
    ("line", "there", "note"),
    [
        ("COPY data.txt /app/", {"Dockerfile", "data.txt"}, None),
        ("COPY . /app/", {"Dockerfile", "data.txt"}, "the solution and tests are left out"),
        ('COPY ["./tests/", "/t"]', {"Dockerfile", "data.txt", "tests"}, "shows the agent tests"),
    ],
)
def test_the_answer_stays_out_of_the_image(tmp_path, line, there, note):
    files = {"Dockerfile": f"FROM debian:bookworm-slim\n{line}\n", "data.txt": "1"}
    done = converted(tmp_path, files)
    assert {path.name for path in (done.path / "environment").iterdir()} == there
    assert [note in one for one in done.notes] == ([True] if note else [])


SERVICES = """\
    depends_on: {api: {condition: service_healthy}}
  api:
    build: ./api
    command: ["${T_BENCH_TEST_DIR}"]
    depends_on: [db]
  db:
    image: postgres
    depends_on: {client: {condition: service_started}}
    volumes: [data:/data]
volumes: {data: }
"""


def test_other_services_come_along(tmp_path):
    files = {
        "docker-compose.yaml": f"services:\n  client:\n    build: .\n{SERVICES}",
        "api/Dockerfile": "FROM debian:bookworm-slim\n",
    }
    bundle = load_bundle(converted(tmp_path, files).path)
    assert bundle.machine.services.names == ("api", "db")
    told = yaml.safe_load((bundle.path / "environment/docker-compose.yaml").read_text())
    assert told == {
        "services": {
            "api": {"build": "./api", "command": ["/tests"], "depends_on": ["db"]},
            "db": {
                "image": "postgres",
                "depends_on": {"main": {"condition": "service_started"}},
                "volumes": ["data:/data"],
            },
            "main": {
                "networks": {"default": {"aliases": ["client"]}},
                "depends_on": {"api": {"condition": "service_healthy"}},
            },
        },
        "volumes": {"data": None},
    }


def test_services_that_would_stay_behind_are_refused(tmp_path):
    files = {
        "docker-compose.yaml": "services: {client: {build: ./client}, api: {build: ./api}}",
        "client/Dockerfile": "FROM debian:bookworm-slim\n",
        "api/Dockerfile": "FROM debian:bookworm-slim\n",
    }
    with pytest.raises(UnsupportedFeature, match=r"services\.api\.build"):
        converted(tmp_path, files)


@pytest.mark.parametrize(
    ("service", "key"),
    [
        ("    privileged: true", "services.client.privileged"),
        ("    cap_add: [NET_ADMIN]", "services.client.cap_add"),
        ("    volumes: ['./data:/data']", "services.client.volumes: ./data:/data"),
        ("    network_mode: service:vpn", "services.client.network_mode: service:vpn"),
        ("    platform: linux/arm64", "services.client.platform: linux/arm64"),
        ("    user: ${SOMEBODY:?}", r"services.client.user: '\$\{SOMEBODY:\?\}'"),
        ("    environment: {A: '${B:+c}'}", "services.client.environment"),
        ("  db: {image: postgres, privileged: true}", "services.db.privileged"),
        ("  db: {image: postgres, volumes: [/etc:/x]}", "services.db.volumes"),
    ],
)
def test_what_cannot_be_run_is_refused_by_name(tmp_path, service, key):
    with pytest.raises(UnsupportedFeature, match=f"docker-compose.yaml: {key}") as refusal:
        client(tmp_path, service)
    assert "Terminal-Bench" in refusal.value.remedy
    assert not (tmp_path / "out" / "hello").exists()


@pytest.mark.parametrize("key", ["target: x", "network: host"])
def test_build_keys_are_refused_by_name(tmp_path, key):
    compose = f"services: {{client: {{build: {{{key}}}}}}}"
    with pytest.raises(UnsupportedFeature, match=f"services.client.build.{key.split(':')[0]}"):
        converted(tmp_path, {"docker-compose.yaml": compose})


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"task.yaml": "difficulty: easy\n"}, "task.yaml: instruction: missing"),
        ({"task.yaml": "instruction: ' '\n"}, "task.yaml: instruction: empty"),
        ({"task.yaml": "instruction: a\ndifficulty: so-so\n"}, "task.yaml: difficulty: "),
        ({"task.yaml": "instruction: a\nparser_name: tap\n"}, "task.yaml: parser_name: "),
        ({"task.yaml": "instruction: a\nmax_test_timeout_sec: 0\n"}, "max_test_timeout_sec: "),
        ({"task.yaml": "instruction: [\n"}, "task.yaml: "),
        ({"task.yaml": "a: &a [x]\nb: &b [*a, *b]\n"}, "values once aliases are written out"),
        ({"docker-compose.yaml": 'a: "\\0"\n'}, "a text holds a NUL"),
        ({"docker-compose.yaml": "services: {main: {}}"}, "services.client: missing"),
        ({"docker-compose.yaml": COMPOSE + "    mem_limit: lots\n"}, "client.deploy.resources"),
        ({"docker-compose.yaml": "services: {client: {build: ../x}}"}, "build.context: "),
        ({"docker-compose.yaml": None, "Dockerfile": None}, "Dockerfile"),
        ({"run-tests.sh": None}, "run-tests.sh: missing"),
        ({"tests/test.sh": "true"}, "tests/test.sh: "),
        ({"solution.sh": None, "solution.yaml": "- {key: 1}"}, "solution.yaml: 0.command"),
    ],
)
def test_errors_name_the_file_the_field_and_the_fix(tmp_path, files, says):
    with pytest.raises(BundleError, match=says) as error:
        converted(tmp_path, files)
    assert error.value.remedy


def test_links_that_lead_out_are_not_followed(tmp_path):
    source = write_task(tmp_path / "hello", {"run-tests.sh": None})
    (source / "run-tests.sh").symlink_to("/etc/hostname")
    with pytest.raises(BundleError, match=r"hello/run-tests.sh: a link that leads out"):
        convert_task(source, tmp_path / "out")


OLD = """\
descriptions:
  - key: base
    description: Write hello.
  - key: hard
    description: Do it.
test_scripts: [setup.sh, run.sh]
max_test_timeout_sec: 60.0
odd_key: 1
"""


def test_old_descriptions_and_test_scripts(tmp_path):
    scripts = {"tests/setup.sh": "a=1\n", "tests/run.sh": "echo $a\n", "run-tests.sh": None}
    files = {"task.yaml": OLD, **scripts}
    done = converted(tmp_path, files)
    assert (done.path / "instruction.md").read_text() == "Write hello.\n"
    assert (done.path / "tests/run-tests.sh").read_text() == (
        "#!/bin/bash\nsource /tests/setup.sh\nsource /tests/run.sh\n"
    )
    assert any("odd_key" in note for note in done.notes)
    assert any("(base, hard)" in note for note in done.notes)
    again = converted(tmp_path, files, description="hard", overwrite=True)
    assert (again.path / "instruction.md").read_text() == "Do it.\n"
    with pytest.raises(BundleError, match="none has the key 'odd'"):
        converted(tmp_path, files, description="odd", overwrite=True)
    with pytest.raises(BundleError, match=r"test_scripts: setup.sh is not in tests/"):
        converted(tmp_path / "b", {"task.yaml": OLD, "run-tests.sh": None})


def test_tests_in_the_agents_shell_are_refused_unless_asked_for(tmp_path):
    files = {"task.yaml": TASK.replace("shell: false", "shell: true")}
    with pytest.raises(UnsupportedFeature, match=r"task.yaml: run_tests_in_same_shell") as error:
        converted(tmp_path, files)
    assert "--fresh-shell" in error.value.remedy
    (note,) = converted(tmp_path, files, fresh_shell=True).notes
    assert "a shell of their own" in note


@pytest.mark.parametrize(
    ("line", "fetches"),
    [
        ("apt-get install -y curl", True),
        ("uv add pytest==8.4.1", True),
        ("python3 -m pip install pytest", True),
        ("curl -LsSf https://astral.sh/uv/0.7.13/install.sh | sh", True),
        ("curl -s http://localhost:8080/", False),
        ("# pip install pytest", False),
        ("python3 -m pytest -rA", False),
    ],
)
def test_a_verifier_that_fetches_packages_is_named(tmp_path, line, fetches):
    done = converted(tmp_path, {"run-tests.sh": f"#!/bin/bash\n{line}\n"})
    verifier = load_bundle(done.path).config.verifier
    assert verifier.network_mode == ("public" if fetches else None)
    assert f"installs={'yes' if fetches else ''} #" in (done.path / "tests/test.sh").read_text()
    assert [line in note for note in done.notes] == [True] * fetches


def test_keystrokes_become_a_script(tmp_path):
    waited = '- {command: make, block: true}\n- {command: "ls\\n", block: true, append_enter: no}\n'
    files = {"solution.sh": None, "solution.yaml": waited}
    script = converted(tmp_path, files).path / "solution/solve.sh"
    assert script.read_text() == "#!/bin/bash\nmake\nls\n"
    typed = """\
- command: nano it's.txt
  min_timeout_sec: 0.5
- {command: C-x, append_enter: false}
- {command: make, block: true, max_timeout_sec: 9}
"""
    files = {"solution.sh": None, "solution.yaml": typed}
    script = converted(tmp_path, files, overwrite=True).path / "solution/solve.sh"
    assert script.read_text().splitlines()[4:] == [
        """tmux send-keys -t oracle -- 'nano it'"'"'s.txt' Enter""",
        "sleep 0.5",
        "tmux send-keys -t oracle -- C-x",
        "tmux send-keys -t oracle -- make '; tmux wait -S done' Enter",
        "timeout 9 tmux wait done",
        "sleep 3",
    ]


def test_a_folder_of_tasks(tmp_path, capsys):
    good = write_task(tmp_path / "tasks" / "good-v2")
    write_task(tmp_path / "tasks" / "bad", {"run-tests.sh": None})
    write_task(tmp_path / "tasks" / "unsolved", {"solution.sh": None})
    out = tmp_path / "out"
    assert run_cli(["import", "tb1", str(good.parent), "--out", str(out)]) == 1
    said = capsys.readouterr().out
    assert sorted(path.name for path in out.iterdir()) == ["good_v2", "unsolved"]
    assert "REFUSED " in said and "bad/run-tests.sh: missing" in said
    assert "note: unsolved: there is no solution.sh" in said
    assert "note: good-v2: the name's -v<number>" in said
    assert "2 of 3 tasks are in" in said
    assert run_cli(["import", "tb1", str(good), "--out", str(out)]) == 1
    assert "is there already" in capsys.readouterr().out
    assert run_cli(["import", "tb1", str(good), "--out", str(out), "--overwrite"]) == 0
    with pytest.raises(BundleError, match=r"no task.yaml"):
        convert_folder(tmp_path / "out", out)
