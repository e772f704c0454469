"""Single keys of task.toml, each with the effect that Harbor gives it."""

import shutil
import warnings

import pytest
from harbor_task import DOCKERFILE, PASSES, commands, play, write_task

from terminal_gym.bundle import load_bundle
from terminal_gym.env import TerminalEnv
from terminal_gym.errors import BundleError, SetupFault, UnsupportedFeature

OFFLINE = '[environment]\nnetwork_mode = "no-network"\n'
GAMES = "FROM debian:bookworm-slim\nWORKDIR /app\nRUN chmod 777 /app\nENV PLACE=image\n"


def run(folder, backend, *given, toml=OFFLINE, test="true", **files):
    """(what the terminal gave for each command, the last step's info)"""
    task = write_task(folder, toml, **{"tests/test.sh": PASSES.format(test), **files})
    env = TerminalEnv(task, backend=backend.name)
    try:
        env.reset()
        said = [env.step(command)[0]["output"] for command in given]
        return said, env.step("exit")[4]
    finally:
        env.close()


@pytest.fixture
def harbor(backend, tmp_path):
    return lambda *given, **options: run(tmp_path / "task", backend, *given, **options)


def test_variables_reach_agent_and_shared_verifier(harbor, monkeypatch):
    monkeypatch.setenv("TG_SET", "set")
    env = (
        'env = { A = "${TG_SET}", B = "${TG_UNSET:-default}", C = "x${TG_SET}", PLACE = "task" }\n'
    )
    said, info = harbor(
        "echo $A $B $C $PLACE",
        toml=OFFLINE + env + '[verifier]\nenv = { D = "${TG_SET:-no}" }\n',
        test='[ "$A $B $PLACE $D" = "set default task set" ]',
        **{"environment/Dockerfile": GAMES},
    )
    assert said == ["set default x${TG_SET} task\n"]
    assert info["verdict"].reward == 1.0


@pytest.mark.parametrize("section", ["environment", "verifier"])
def test_a_variable_that_the_host_lacks_is_named(harbor, section, monkeypatch):
    monkeypatch.delenv("TG_UNSET", raising=False)
    toml = OFFLINE if section == "environment" else OFFLINE + "[verifier]\n"
    with pytest.raises(BundleError, match=rf"\[{section}\.env\] needs the variable TG_UNSET"):
        harbor(toml=toml + 'env = { A = "${TG_UNSET}" }\n')


def test_solution_variables_are_the_oracles(backend, tmp_path):
    task = write_task(
        tmp_path / "task",
        OFFLINE + '[solution]\nenv = { WHERE = "done" }\n',
        **{"solution/solve.sh": "#!/bin/bash\ntouch /app/$WHERE\n"},
    )
    assert play(task, backend.name).extra.reward == 1.0


@pytest.mark.parametrize("user", ['"games"', "5"])
def test_the_agents_and_the_verifiers_users(harbor, user):
    said, info = harbor(
        "id -un; echo ~; touch mine",
        toml=OFFLINE + f"[agent]\nuser = {user}\n[verifier]\nuser = {user}\n",
        test='[ "$(id -un; stat -c %U mine)" = "games\ngames" ]',
        **{"environment/Dockerfile": GAMES},
    )
    assert said[0].split() == ["games", "/usr/games"]
    assert info["verdict"].reward == 1.0, info["verdict"]


def test_without_users_both_are_the_images(harbor):
    said, info = harbor(
        "id -un", test="[ $(id -un) = games ]", **{"environment/Dockerfile": GAMES + "USER games\n"}
    )
    assert (said, info["verdict"].reward) == (["games\n"], 1.0)


def test_a_verifier_user_cannot_be_helped_by_the_agent(harbor):
    """The reward's folder is the verifier's own, made after the agent's processes are dead."""
    _, info = harbor(
        "mkdir -p /logs/verifier; echo 1 > /logs/verifier/reward.txt",
        toml=OFFLINE + '[verifier]\nuser = "games"\n',
        test="[ ! -e /logs/verifier/reward.json ] && false",
        **{"environment/Dockerfile": GAMES},
    )
    assert info["verdict"].reward == 0.0


def test_the_working_folder(harbor):
    toml = OFFLINE + 'workdir = "/srv/work"\n'
    said, info = harbor("pwd", toml=toml, test="[ $PWD = /srv/work ]")
    assert (said, info["verdict"].reward) == (["/srv/work\n"], 1.0)


def test_the_limits(backend, tmp_path):
    toml = OFFLINE + 'cpus = 0.5\nmemory = "256M"\nstorage_mb = 64\n'
    spec = load_bundle(write_task(tmp_path / "task", toml)).sandbox_spec
    assert spec.limits.model_dump(exclude={"pids"}) == {
        "cpus": 0.5,
        "memory_mb": 256,
        "storage_mb": 64,
    }


def test_more_processors_than_the_host_has_are_what_it_has(harbor):
    assert harbor("true", toml=OFFLINE + "cpus = 4096\n")[1]["verdict"].reward == 1.0


ROUTES = "tail -n +2 /proc/net/route | wc -l"


@pytest.mark.parametrize(
    ("toml", "agent", "verifier"),
    [
        ('[environment]\nnetwork_mode = "public"\n', True, True),
        ('version = "1.0"\n[environment]\nallow_internet = false\n', False, False),
        (
            '[environment]\nnetwork_mode = "no-network"\n[agent]\nnetwork_mode = "public"\n',
            True,
            False,
        ),
        ('[agent]\nnetwork_mode = "no-network"\n', False, True),
        ('[verifier]\nnetwork_mode = "no-network"\n', True, False),
    ],
)
def test_the_network_of_either(tmp_path, toml, agent, verifier):
    task = write_task(tmp_path / "task", **{"task.toml": toml})
    step = load_bundle(task).steps[0]
    assert (step.network, step.grading.network) == (agent, verifier)


def test_there_is_no_network_where_none_is_asked_for(harbor):
    said, info = harbor(ROUTES, test=f"[ $({ROUTES}) = 0 ]")
    assert (said, info["verdict"].reward) == (["0\n"], 1.0)


@pytest.mark.docker
def test_a_ready_image_comes_before_the_dockerfile(backend, tmp_path):
    if backend.name != "docker":
        pytest.skip("names an engine's image")
    made = write_task(
        tmp_path / "made", **{"environment/Dockerfile": DOCKERFILE + "RUN touch done\n"}
    )
    image = backend.prepare(load_bundle(made).image_source).ref
    toml = OFFLINE + f'docker_image = "{image}"\n'
    assert commands(write_task(tmp_path / "task", toml), backend.name)[1] == 1.0


def test_files_beside_a_ready_image_are_put_into_the_working_folder(harbor):
    said, info = harbor(
        "cat given deep/too; mv given done",
        toml=OFFLINE + 'docker_image = "debian:bookworm-slim"\nworkdir = "/app"\n',
        test="test -e /app/done",
        **{
            "environment/Dockerfile": None,
            "environment/given": "given\n",
            "environment/deep/too": "too\n",
        },
    )
    assert (said, info["verdict"].reward) == (["given\ntoo\n"], 1.0)


def test_without_the_ready_image_the_dockerfile_is_built(harbor):
    toml = OFFLINE + 'docker_image = "nobody.invalid/no/such:image"\n'
    assert harbor("true", toml=toml)[1]["verdict"].reward == 1.0


SERVICE = '#!/bin/sh\n(sleep 0.3; echo up > /tmp/up) &\nexec "$@"\n'
WAITS = '[environment.healthcheck]\ncommand = "grep up /tmp/up"\ninterval_sec = 0.1\nretries = {}\n'
STARTS = DOCKERFILE + 'COPY serve /serve\nRUN chmod +x /serve\nENTRYPOINT ["/serve"]\n'


def test_the_entrypoint_runs_and_the_healthcheck_waits_for_it(harbor):
    said, info = harbor(
        "cat /tmp/up",
        toml=OFFLINE + WAITS.format(200),
        **{"environment/Dockerfile": STARTS, "environment/serve": SERVICE},
    )
    assert said == ["up\n"] and info["valid"]


def test_a_healthcheck_that_fails_is_a_fault(harbor):
    with pytest.raises(SetupFault, match=r"environment\.healthcheck.*failed 2 times"):
        harbor(toml=OFFLINE + WAITS.format(2))


def test_failures_while_it_starts_do_not_count(harbor):
    toml = OFFLINE + WAITS.format(1) + "start_period_sec = 60\nstart_interval_sec = 0.1\n"
    said, _ = harbor(
        "cat /tmp/up",
        toml=toml,
        **{"environment/Dockerfile": STARTS, "environment/serve": SERVICE},
    )
    assert said == ["up\n"]


def test_marks_against_training_are_not_shown(harbor, tmp_path):
    text = "<!-- harbor-canary GUID 1234 -->\n# CANARY: do not train\n\nThe task.\n"
    harbor("true", **{"instruction.md": text})
    assert load_bundle(tmp_path / "task").instruction == "The task.\n"


def test_what_the_agent_published_is_seen_by_a_shared_verifier(harbor):
    _, info = harbor(
        "echo said > /logs/artifacts/word; mkdir /made; touch /made/too",
        test="grep said /logs/artifacts/word && [ -e /made/too ]",
    )
    assert info["verdict"].reward == 1.0


def test_a_reward_of_several_numbers(harbor):
    _, info = harbor(
        **{
            "tests/test.sh": "#!/bin/bash\n"
            'echo \'{"reward": 0.5, "lines": 812, "delta": -3}\' > /logs/verifier/reward.json\n'
        }
    )
    assert info["verdict"].reward == 0.5 and info["verdict"].rewards["lines"] == 812


def test_keys_without_effect_are_named_in_a_warning(tmp_path):
    toml = OFFLINE + 'skills_dir = "/skills"\ngpu_types = ["H100"]\n'
    task = write_task(tmp_path / "task", toml, **{"tests/.harborignore": "*.md\n"})
    with pytest.warns(UserWarning, match=r"without effect here: .*gpu_types, .*_dir, tests/\.harb"):
        load_bundle(task)


def test_an_earlier_conversation_is_refused(tmp_path):
    task = write_task(tmp_path / "task", **{"trajectory.json": "{}"})
    with pytest.raises(UnsupportedFeature, match=r"trajectory\.json"):
        load_bundle(task)


def test_an_old_task_loads_without_a_warning(tmp_path):
    toml = (
        'version = "1.0"\n[metadata]\nauthor_name = "x"\ndifficulty = "hard"\ntags = ["a"]\n'
        "[verifier]\ntimeout_sec = 900.0\n[agent]\ntimeout_sec = 900.0\n"
        '[environment]\nbuild_timeout_sec = 600.0\ncpus = 1\nmemory = "2G"\nstorage = "10G"\n'
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bundle = load_bundle(write_task(tmp_path / "task", **{"task.toml": toml}))
    assert bundle.steps[0].grading.timeout_s == 900
    shutil.rmtree(bundle.solution_dir)
    assert load_bundle(bundle.path).solution_script is None
