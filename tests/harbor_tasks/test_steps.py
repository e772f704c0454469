"""Tasks of several steps."""

import json

import pytest
from harbor_task import PASSES, commands, play, write_task

from terminal_gym.bundle import load_bundle
from terminal_gym.env import TerminalEnv, Terminus2
from terminal_gym.errors import BundleError, SetupFault, StorageExceeded

HEAD = '{}\n[environment]\nnetwork_mode = "no-network"\nworkdir = "/app"\n'
PLAN = '[[steps]]\nname = "plan"\n{}\n'
BUILD = '[[steps]]\nname = "build"\n{}\n'


def write_steps(folder, head="", plan="", build="", **files):
    """First write plan.txt, which grades 0.5 or 1; then built.txt, which wants the plan."""
    grade = (
        "#!/bin/bash\nif grep -qs good plan.txt; then echo 1; elif [ -e plan.txt ]; then echo 0.5;"
        " else echo 0; fi > /logs/verifier/reward.txt\n"
    )
    content = {
        "instruction.md": None,
        "solution/solve.sh": None,
        "tests/test.sh": None,
        "tests/shared.sh": "wanted=built\n",
        "steps/plan/instruction.md": "Write good into plan.txt.\n",
        "steps/plan/solution/solve.sh": "#!/bin/bash\necho good > plan.txt\n",
        "steps/plan/tests/test.sh": grade,
        "steps/build/instruction.md": "Write built into built.txt.\n",
        "steps/build/solution/solve.sh": "#!/bin/bash\ncat plan.txt\necho built > built.txt\n",
        "steps/build/tests/test.sh": PASSES.format(
            'source /tests/shared.sh; grep -qsx "$wanted" built.txt'
        ),
    }
    toml = HEAD.format(head) + PLAN.format(plan) + BUILD.format(build)
    return write_task(folder, toml, **{**content, **files})


@pytest.mark.parametrize("agent", ["oracle", "expert"])
def test_those_who_know_the_solution_solve_every_step(backend, tmp_path, agent):
    episode = play(write_steps(tmp_path / "task"), backend.name, agent)
    assert (episode.extra.reward, episode.extra.end) == (1.0, "exit")
    assert list(episode.extra.verdict["steps"]) == ["plan", "build"]
    submitted = [r for r in episode.rounds if r.tool_calls[0].arguments["command"] == "exit"]
    assert len(submitted) == 2
    assert "[step 2 of 2: build]" in submitted[0].observation.results[0].content


def test_nop_gets_nothing(backend, tmp_path):
    episode = play(write_steps(tmp_path / "task"), backend.name, "nop")
    assert (episode.extra.reward, episode.extra.valid) == (0.0, True)
    assert len(episode.extra.verdict["steps"]) == 2


@pytest.fixture
def env(backend, tmp_path):
    made = []

    def make(*args, options=None, **files):
        task = write_steps(tmp_path / "task", *args, **files)
        made.append(TerminalEnv(task, backend=backend.name, **(options or {})))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_step_ends_with_exit_and_the_next_one_goes_on_with_its_files(env):
    env = env()
    observation, _ = env.reset()
    assert observation["instruction"] == "Write good into plan.txt.\n"
    env.step("sleep 4711 & disown; umask 027; mkdir deep; echo x > deep/file; echo so > /opt/note")
    observation, reward, terminated, truncated, info = env.step("exit")
    assert (reward, terminated, truncated) == (0.0, False, False)
    assert info["submitted"]["step"] == "plan" and info["submitted"]["verdict"].reward == 0.0
    assert observation["instruction"] == "Write built into built.txt.\n"
    assert "Write built into built.txt." in observation["output"]
    assert observation["cwd"] == "/app"
    seen = env.step(
        "cat deep/file /opt/note; stat -c %a deep; cat /proc/[0-9]*/cmdline | tr -d '\\0'"
    )
    assert seen[0]["output"].split()[:3] == ["x", "so", "750"]
    assert "4711" not in seen[0]["output"]
    assert env.step("ls /tests /solution /logs/verifier")[0]["exit_code"] == 2


@pytest.mark.parametrize(
    ("head", "first", "reward"),
    [
        ("", "echo good > plan.txt", 0.5),
        ('multi_step_reward_strategy = "mean"', "true", 0.0),
        ('multi_step_reward_strategy = "final"', "echo good > plan.txt", 0.0),
    ],
)
def test_the_strategies(env, head, first, reward):
    env = env(head)
    env.reset()
    env.step(first)
    env.step("exit")
    _, given, terminated, _, info = env.step("exit")
    assert (given, terminated, info["end"]) == (reward, True, "exit")
    assert [v.reward for v in info["verdict"].steps.values()][1] == 0.0


@pytest.mark.parametrize(
    ("gate", "first", "end", "reward"),
    [
        ("min_reward = 0.9", "touch plan.txt", "min_reward", 0.5),
        ("min_reward = 0.5", "touch plan.txt", None, 0.0),
        ("min_reward = { reward = 0.5, style = 0.1 }", "touch plan.txt", "min_reward", 0.5),
    ],
)
def test_min_reward_keeps_the_rest_from_coming(env, gate, first, end, reward):
    env = env("", gate)
    env.reset()
    env.step(first)
    _, given, terminated, _, info = env.step("exit")
    assert (given, terminated, info.get("end")) == (reward, end is not None, end)


def test_max_steps_cuts_the_episode_and_the_rest_counts_as_nothing(env):
    env = env(options={"max_steps": 2})
    env.reset()
    env.step("true")
    _, reward, terminated, truncated, info = env.step("echo good > plan.txt")
    assert (reward, terminated, truncated, info["end"]) == (0.5, False, True, "max_steps")


def test_each_step_has_its_own_time(env):
    env = env("", "agent.timeout_sec = 4", "agent.timeout_sec = 60")
    env.reset()
    assert env.time_limit_s == 4
    info, given = {}, 0
    while "submitted" not in info:
        info, given = env.step("sleep 0.2; echo good > plan.txt")[4], given + 1
    assert info["submitted"]["verdict"].reward == 1.0 and env.time_limit_s == 60
    env.step("echo built > built.txt")
    assert env.step("exit")[1] == 1.0


def test_users_files_setup_and_health_of_a_step(env):
    env = env(
        "",
        'agent.user = "games"\nhealthcheck = { command = "test -e /app/ready" }',
        'agent.user = "root"\nverifier = { user = "games", env = { HINT = "h" } }',
        **{
            "environment/Dockerfile": "FROM debian:bookworm-slim\nWORKDIR /app\nRUN chmod 777 .\n",
            "steps/plan/workdir/data/given.txt": "given\n",
            "steps/plan/workdir/setup.sh": "id -un > ready\n",
            "steps/build/tests/test.sh": PASSES.format('[ "$(id -un)$HINT" = gamesh ]'),
        },
    )
    env.reset()
    assert env.step("id -un; cat ready data/given.txt")[0]["output"].split() == [
        "games",
        "games",
        "given",
    ]
    env.step("exit")
    assert env.step("id -un")[0]["output"] == "root\n"
    *_, info = env.step("exit")
    assert info["verdict"].steps["build"].reward == 1.0, info["verdict"]


@pytest.mark.parametrize(
    ("plan", "files", "message"),
    [
        ("", {"steps/plan/workdir/setup.sh": "echo bad luck; exit 7"}, r"setup\.sh ended with 7"),
        (
            'healthcheck = { command = "false", retries = 2, interval_sec = 0.1 }',
            {},
            "failed 2 times",
        ),
    ],
)
def test_a_set_up_that_fails_is_a_fault(env, plan, files, message):
    with pytest.raises(SetupFault, match=message):
        env("", plan, **files).reset()


def test_a_later_set_up_that_fails_ends_the_episode_without_a_verdict(env):
    env = env(**{"steps/build/workdir/setup.sh": "exit 1"})
    env.reset()
    _, reward, _, truncated, info = env.step("exit")
    assert (reward, truncated, info["fault"]["type"]) == (0.0, True, "SetupFault")


def test_a_full_disk_is_graded_and_the_next_step_has_room(env):
    env = env()
    env.bundle.config.environment.__dict__["storage_mb"] = 40
    env.reset()
    env.step("echo good > plan.txt; cat /dev/zero > big")
    info = env.step("exit")[4]
    assert info["submitted"]["verdict"].reward == 1.0
    assert env.step("echo more > /app/more && cat /app/more")[0]["output"] == "more\n"


def test_files_too_large_to_go_on_with_end_the_episode(env, monkeypatch):
    def refuse(fresh, dead):
        raise StorageExceeded("too large")

    env = env()
    env.reset()
    env.step("echo good > plan.txt")
    monkeypatch.setattr("terminal_gym.env.course.carry_everything", refuse)
    _, reward, terminated, _, info = env.step("exit")
    assert (reward, terminated, info["end"], info["valid"]) == (0.5, True, "state_size", True)


def test_the_form_of_terminus_2_shows_the_next_task(backend, tmp_path):
    def reply(*keystrokes, complete=False):
        commands = [{"keystrokes": keys, "duration": 5} for keys in keystrokes]
        given = {"analysis": "", "plan": "", "commands": commands, "task_complete": complete}
        return json.dumps(given)

    env = Terminus2(TerminalEnv(write_steps(tmp_path / "task"), backend.name, echo=True))
    try:
        assert "Task Description:\nWrite good" in env.reset()[0]
        text, *_ = env.step(reply("echo good > plan.txt\n", "exit\n", "touch never\n"))
        assert "Task Description:\nWrite built" in text
        env.step(reply("ls; echo built > built.txt\n", complete=True))
        assert "never" not in env.unwrapped.screen
        _, reward, terminated, _, _ = env.step(reply(complete=True))
        assert (reward, terminated) == (1.0, True)
    finally:
        env.close()


def test_commands_of_a_single_step_task_are_as_ever(backend, tmp_path):
    task = write_task(tmp_path / "task", '[environment]\nnetwork_mode = "no-network"\n')
    _, reward, terminated, _, info = commands(task, backend.name, "touch done")
    assert (reward, terminated, info["verdict"].mode) == (1.0, True, "shared")
    assert info["verdict"].steps == {}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("steps/plan/instruction.md", "steps/plan/instruction.md: missing"),
        ("steps/plan/tests/test.sh", "steps/plan/tests/test.sh: missing"),
    ],
)
def test_what_a_step_lacks_is_named(tmp_path, name, key):
    task = write_steps(tmp_path / "task")
    (task / name).unlink()
    with pytest.raises(BundleError, match=key):
        load_bundle(task)


@pytest.mark.parametrize("name", ["../up", "a/b", "", "plan"])
def test_names_of_steps_are_folder_names_and_differ(tmp_path, name):
    task = write_steps(tmp_path / "task", build=f'[[steps]]\nname = "{name}"\n')
    with pytest.raises(BundleError, match="steps"):
        load_bundle(task)
