"""A world that is another one at each build is told; one that is not is let through."""

import pytest
from terminal_gym_generator.llm.forms import World
from terminal_gym_generator.llm.rebuilt import differences
from terminal_gym_generator.llm.workplace import Workplace
from terminal_gym_generator.llm.world import environment_of

GIT = """
git init -q -b main repo && cd repo
echo one > a && git add a && git commit -qm one
echo two > b && git add b && git commit -qm two
"""
SAME = """
python3 -c 'import random; random.seed(1); print(random.random())' > number
tar --sort=name --mtime=@0 --owner=0 --group=0 -c number | gzip -n > number.tar.gz
ln -s number link && chmod 600 number && touch -d 2020-01-01 number
"""


@pytest.fixture(scope="module")
def place(namespace_backend):
    return Workplace(namespace_backend, jobs=1)


def compared(place, setup):
    world = World(files=[], setup=setup, state=["/app", "/srv/store"], hidden=["x"])
    return differences(place, environment_of(world))


@pytest.mark.parametrize("setup", [GIT, SAME, "mkdir -p /srv/store"])
def test_the_same_world(place, setup):
    assert compared(place, setup) == ""


@pytest.mark.parametrize(
    ("setup", "path"),
    [
        ("echo $RANDOM$RANDOM$RANDOM > noise", "/app/noise"),
        ("mkdir -p /srv/store; date +%s.%N > '/srv/store/a b'", "/srv/store/a b"),
        ("echo x > f; date +%N > t; gzip t", "/app/t.gz"),
        ("ln -s $RANDOM$RANDOM link", "/app/link"),
        ('touch "f-$RANDOM$RANDOM"', "/app/f-"),
    ],
)
def test_another_world(place, setup, path):
    told = compared(place, setup)
    assert told.startswith(f"built twice, the machine differs in {path}")
    assert "fixed seeds" in told
