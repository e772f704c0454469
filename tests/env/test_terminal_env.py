import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from make_bundle import TASK, write_bundle

from terminal_gym.errors import UserError


def test_an_episode(make):
    env = make()
    observation, info = env.reset(seed=5)
    assert env.observation_space.contains(observation)
    assert observation["instruction"] == "Make the file `done`.\n"
    assert (observation["output"], observation["exit_code"], observation["cwd"]) == ("", -1, "/app")
    assert info["seed"] == 5 and info["backend"] == env.backend.name
    observation, reward, terminated, truncated, info = env.step("echo hi; (exit 3)")
    assert env.observation_space.contains(observation)
    assert (observation["output"], observation["exit_code"]) == ("hi\n", 3)
    assert (reward, terminated, truncated) == (0.0, False, False)
    env.step("cd /tmp && touch /app/done")
    observation, reward, terminated, truncated, info = env.step("exit")
    assert (reward, terminated, truncated) == (1.0, True, False)
    assert (info["end"], info["valid"], info["fault"]) == ("exit", True, None)
    assert info["verdict"].reward == 1.0


def test_each_reset_is_fresh(make):
    env = make()
    env.reset()
    env.step("touch done /tmp/left")
    env.reset()
    assert env.step("ls /app /tmp")[0]["output"] == "/app:\n\n/tmp:\n"
    assert env.step("exit")[1] == 0.0


def test_the_last_allowed_step_is_graded_and_truncates(make):
    env = make(max_steps=2)
    env.reset()
    env.step("touch done")
    _, reward, terminated, truncated, info = env.step("true")
    assert (reward, terminated, truncated, info["end"]) == (1.0, False, True, "max_steps")


def test_time_up_is_graded_and_truncates(make):
    env = make(time_limit_s=1.0, step_timeout_s=30)
    env.reset()
    env.step("touch done")
    _, reward, terminated, truncated, info = env.step("sleep 60")
    assert (reward, terminated, truncated, info["end"]) == (1.0, False, True, "time_limit")


def test_a_slow_program_stays_in_the_foreground(make):
    env = make(step_timeout_s=0.5)
    env.reset()
    observation, *_ = env.step("read -r x; echo got $x")
    assert observation["running"] == 1 and observation["exit_code"] == -1
    observation, *_ = env.step("word")
    assert (observation["running"], observation["output"]) == (0, "got word\n")
    assert env.step("sleep 60")[0]["running"] == 1
    observation, *_ = env.step("C-c")
    assert (observation["running"], observation["exit_code"]) == (0, 130)


def test_or_is_killed(make):
    env = make(step_timeout_s=0.5, on_timeout="kill")
    env.reset()
    observation, *_ = env.step("sleep 60")
    assert (observation["running"], observation["exit_code"]) == (0, 137)


def test_submitting_while_a_program_runs(make):
    env = make(step_timeout_s=0.2)
    env.reset()
    env.step("touch done")
    env.step("sleep 60")
    _, reward, terminated, _, info = env.submit()
    assert (reward, terminated, info["end"]) == (1.0, True, "exit")


def test_keys_and_screen(make):
    env = make(echo=True)
    env.reset()
    env.press("echo a", 0.2)
    assert "echo a" in env.screen and "\na" not in env.screen
    env.press("bc\n", 5)
    assert "\nabc" in env.screen


def test_no_pager_waits_for_a_key(make):
    env = make()
    env.reset()
    assert env.step("echo $PAGER $GIT_PAGER")[0]["output"] == "cat cat\n"


def test_frames(make):
    env = make(render_mode="rgb_array")
    env.reset()
    env.step("echo text")
    frame = env.render()
    assert frame.dtype == np.uint8 and frame.ndim == 3 and frame.shape[2] == 3
    assert frame.min() < frame.max()


def test_wrong_use_is_told(make):
    env = make()
    with pytest.raises(ResetNeeded):
        env.step("true")
    env.reset()
    with pytest.raises(UserError):
        env.step(7)
    env.step("exit")
    with pytest.raises(ResetNeeded):
        env.step("true")
    with pytest.raises(UserError, match="render_mode"):
        make(render_mode="film")


def test_a_verifier_without_a_reward_is_a_fault_and_no_zero(make, tmp_path):
    env = make(write_bundle(tmp_path / "mute", verifier="#!/bin/bash\ntrue\n"))
    env.reset()
    *_, terminated, truncated, info = env.step("exit")
    assert (terminated, truncated, info["valid"]) == (False, True, False)
    assert info["fault"]["type"] == "VerifierFault" and info["verdict"] is None


def test_a_dead_sandbox_is_a_fault_and_the_next_reset_works(make):
    env = make()
    env.reset()
    env._sandbox.kill_all()
    *_, truncated, info = env.step("true")
    while not (truncated or info.get("end")):
        *_, truncated, info = env.step("true")
    assert info["valid"] is False or info["verdict"] is not None
    env.reset()
    assert env.step("echo again")[0]["output"] == "again\n"


def test_the_agents_user(make, tmp_path):
    task = TASK + '[agent]\nuser = "nobody"\n'
    env = make(write_bundle(tmp_path / "user", task=task))
    env.reset()
    assert env.step("id -un")[0]["output"] == "nobody\n"
