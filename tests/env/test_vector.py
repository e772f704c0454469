import time

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from make_bundle import write_bundle

from terminal_gym import make_vec, register_bundles
from terminal_gym.errors import UserError


@pytest.fixture
def ids(tmp_path, namespace_backend):
    before = dict(gymnasium.registry)
    write_bundle(tmp_path / "one")
    write_bundle(tmp_path / "two")
    yield register_bundles(tmp_path)
    gymnasium.registry.clear()
    gymnasium.registry.update(before)


@pytest.fixture
def vec(ids):
    made = []

    def go(num_envs=3, **options):
        made.append(make_vec(ids, num_envs, backend="namespace", **options))
        return made[-1]

    yield go
    for env in made:
        env.close()


def test_batches(vec):
    env = vec(3)
    observations, infos = env.reset(seed=10)
    assert observations["cwd"] == ("/app", "/app", "/app")
    assert env.observation_space.contains(observations)
    assert list(infos["seed"]) == [10, 11, 12]
    assert list(infos["bundle"]) == ["one", "two", "one"]
    observations, rewards, terminated, truncated, _ = env.step(("exit 1", "(exit 5)", "echo x"))
    assert rewards.shape == terminated.shape == truncated.shape == (3,)
    assert list(terminated) == [True, False, False]
    assert observations["exit_code"].tolist()[1:] == [5, 0]
    assert observations["output"][2] == "x\n"


def test_the_next_step_resets(vec):
    env = vec(2)
    env.reset()
    env.step(("touch done", "true"))
    _, rewards, terminated, _, infos = env.step(("exit", "true"))
    assert rewards.tolist() == [1.0, 0.0] and terminated.tolist() == [True, False]
    assert infos["verdict"][0].reward == 1.0
    observations, rewards, terminated, _, _ = env.step(("ls", "echo b"))
    assert rewards.tolist() == [0.0, 0.0] and not terminated.any()
    assert observations["output"] == ("", "b\n")
    observations, *_ = env.step(("ls", "true"))
    assert observations["output"][0] == "" and observations["exit_code"][0] == 0


def test_the_same_step_resets(vec):
    env = vec(2, autoreset_mode=AutoresetMode.SAME_STEP)
    env.reset()
    observations, _, terminated, _, infos = env.step(("exit", "true"))
    assert terminated.tolist() == [True, False]
    assert infos["final_info"]["end"][0] == "exit"
    assert observations["exit_code"].tolist() == [-1, 0]
    assert env.step(("echo on", "true"))[0]["output"][0] == "on\n"


def test_without_autoreset_the_caller_resets(vec):
    env = vec(2, autoreset_mode=AutoresetMode.DISABLED)
    env.reset()
    env.step(("exit", "cd /tmp"))
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(("true", "true"))
    observations, _ = env.reset(options={"reset_mask": np.array([True, False])})
    assert observations["cwd"] == ("/app", "/tmp")


def test_they_wait_at_the_same_time(vec):
    env = vec(6)
    env.reset()
    began = time.monotonic()
    env.step(("sleep 1",) * 6)
    assert time.monotonic() - began < 4


def test_gymnasiums_own_way_makes_it(ids):
    env = gymnasium.make_vec(ids[0], num_envs=2, backend="namespace")
    try:
        env.reset()
        assert env.step(("echo a", "echo b"))[0]["output"] == ("a\n", "b\n")
    finally:
        env.close()


def test_wrong_use_is_told(vec):
    env = vec(2)
    env.reset()
    with pytest.raises(UserError, match="actions"):
        env.step(("true",))
    with pytest.raises(UserError, match="seeds"):
        env.reset(seed=[1])
    with pytest.raises(UserError):
        make_vec([])
