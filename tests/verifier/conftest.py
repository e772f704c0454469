import pytest
from make_bundle import write_bundle

from terminal_gym.env import TerminalEnv


@pytest.fixture
def grade(backend, tmp_path):
    """Runs commands in an environment with the given verifier and gives the last step's info."""
    made = []

    def go(*commands, **bundle):
        folder = write_bundle(tmp_path / f"bundle{len(made)}", **bundle)
        env = TerminalEnv(folder, backend=backend.name)
        made.append(env)
        env.reset()
        for command in commands:
            env.step(command)
        return env.step("exit")[4]

    yield go
    for env in made:
        env.close()
