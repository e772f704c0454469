"""The layers import one way, and importing the package stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = [
    "bundle",
    "sandbox",
    "terminal",
    "verifier",
    "env",
    "episodes",
    "agents",
    "evaluation",
    "cheats",
    "importers",
    "cli",
]
"""Each may import what stands before it. `sandbox.base` holds the models of bundles' limits, so the
bundle may read that one module.
"""
HEAVY = {"torch", "openai", "docker", "transformers", "trl", "pydantic", "rich", "pexpect"}


def imports_of(file: Path) -> set[str]:
    """Modules that a file names in its imports, at any depth."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            found.add(node.module or "")
    return found


def sources(package: str) -> list[Path]:
    files = sorted((ROOT / package).rglob("*.py"))
    return [file for file in files if "_env_specs" not in file.parts]


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_import_only_what_stands_below(layer):
    allowed = set(LAYERS[: LAYERS.index(layer) + 1])
    for file in sources(f"terminal_gym/{layer}"):
        for module in imports_of(file):
            parts = module.split(".")
            if parts[0] != "terminal_gym" or len(parts) < 2 or parts[1] == "errors":
                continue
            if (layer, module) == ("bundle", "terminal_gym.sandbox.base"):
                continue
            assert parts[1] in allowed, f"{file.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        ("terminal_gym", {"terminal_gym_generator", "terminal_gym_trainers"}),
        ("generator/terminal_gym_generator", {"terminal_gym_trainers"}),
        ("trainers/terminal_gym_trainers", {"terminal_gym_generator"}),
    ],
)
def test_packages_do_not_import_each_other(package, forbidden):
    files = sources(package)
    assert files
    for file in files:
        roots = {module.split(".")[0] for module in imports_of(file)}
        assert not roots & forbidden, file


def test_trainers_read_episodes_and_nothing_else_of_the_core():
    for file in sources("trainers/terminal_gym_trainers"):
        ours = {m for m in imports_of(file) if m.startswith("terminal_gym.")}
        allowed = ("terminal_gym.episodes", "terminal_gym.errors", "terminal_gym.evaluation")
        assert all(module.startswith(allowed) for module in ours), (file, ours)


def test_importing_the_package_pulls_in_nothing_heavy():
    code = "import sys, terminal_gym; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert not HEAVY & set(done.stdout.split())


def test_public_names_can_all_be_imported():
    import terminal_gym

    for name in [*terminal_gym.__all__, "__version__"]:
        assert getattr(terminal_gym, name) is not None, name
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = terminal_gym.nothing_like_it
