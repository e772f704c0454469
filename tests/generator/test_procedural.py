"""LiteTerminal/procedural-v0: levels on the fly."""

import time

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env
from terminal_gym_generator.procedural import LEVELS, ProceduralEnv

import terminal_gym  # noqa: F401 - registers
from terminal_gym.agents import script_split
from terminal_gym.errors import UserError

ID = "LiteTerminal/procedural-v0"


@pytest.fixture
def make(namespace_backend):
    made = []

    def make(**options):
        options = {"domains": ["data_science"], "difficulty": 2, "backend": "namespace", **options}
        made.append(ProceduralEnv(**options))
        return made[-1]

    yield make
    for env in made:
        env.close()


def test_gymnasium_knows_it_without_the_generator_being_imported():
    spec = gymnasium.spec(ID)
    assert spec.entry_point == "terminal_gym_generator.procedural:ProceduralEnv"


def test_a_level_is_the_same_everywhere_and_another_is_another(make):
    one, other = make(), make()
    texts = []
    for env, level in ((one, 3), (other, 3), (one, 4)):
        observation, info = env.reset(seed=level)
        assert info["level"] == level
        assert (info["domain"], info["difficulty"]) == ("data_science", 2)
        world = (env.bundle.environment_dir / "world/app/scans.csv").read_bytes()
        texts.append((info["bundle"], observation["instruction"], world))
    assert texts[0] == texts[1]
    assert texts[0][0] != texts[2][0]
    assert texts[0][2] != texts[2][2]


def test_the_reference_solves_a_level(make):
    env = make()
    env.reset(seed=11)
    script = (env.bundle.solution_dir / "solve.sh").read_text()
    for command in script_split.split_script(script):
        _, reward, terminated, truncated, _ = env.step(command.text)
        assert (reward, terminated, truncated) == (0, False, False)
    _, reward, terminated, _, info = env.step("exit")
    assert (reward, terminated) == (1.0, True), info
    _, info = env.reset(seed=12)
    assert env.step("exit")[1] == 0.0


def test_train_and_test_ranges_share_no_level(make):
    train, test = make(num_levels=5), make(start_level=5, num_levels=3)
    levels = [{env.reset(seed=seed)[1]["level"] for seed in range(9)} for env in (train, test)]
    assert levels == [{0, 1, 2, 3, 4}, {5, 6, 7}]
    drafts = [
        {env.draft_of(level).seed for level in found}
        for env, found in zip((train, test), levels, strict=True)
    ]
    assert not drafts[0] & drafts[1]


def test_without_a_seed_a_level_is_drawn_from_the_range(make):
    env = make(start_level=7, num_levels=2)
    env.reset(seed=0)
    assert {env.reset()[1]["level"] for _ in range(8)} == {7, 8}


def test_a_seed_inside_an_open_range_is_the_level(make):
    env = make(start_level=100)
    assert env.draft_of(250) == make().draft_of(250)
    assert env.reset(seed=250)[1]["level"] == 250
    assert env.reset(seed=99)[1]["level"] == LEVELS - 1


def test_bundles_of_past_levels_are_removed(make):
    env = make()
    env.reset(seed=1)
    first = env.bundle.path
    env.reset(seed=2)
    second = env.bundle.path
    assert not first.exists()
    assert second.exists()
    env.close()
    assert not second.exists()


def test_it_conforms_to_gymnasium(make):
    check_env(make(num_levels=2), skip_render_check=True)


@pytest.mark.alone
def test_a_reset_takes_well_under_a_second_of_our_own_time(make):
    env = make()
    env.reset(seed=1000)
    began = time.process_time()
    for level in range(1001, 1006):
        env.reset(seed=level)
    assert (time.process_time() - began) / 5 < 0.3


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"domains": ["cookery"]}, "no domain 'cookery'"),
        ({"domains": []}, "no domains"),
        ({"difficulty": 6}, "difficulty 6"),
        ({"difficulty": []}, "difficulty"),
        ({"start_level": -1}, "no levels"),
        ({"start_level": 5, "num_levels": LEVELS}, "no levels"),
    ],
)
def test_wrong_arguments_are_told(options, problem):
    with pytest.raises(UserError, match=problem):
        ProceduralEnv(**options)
