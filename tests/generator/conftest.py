import pytest
from terminal_gym_generator import families as package
from terminal_gym_generator import family
from terminal_gym_generator.families_engine import _parts

from tests.generator import example


@pytest.fixture(scope="session")
def families_folder(tmp_path_factory):
    """A user's folder with the documentation's family in it."""
    folder = tmp_path_factory.mktemp("families")
    (folder / "lost_parcels.py").write_text(example.family_source())
    return folder


@pytest.fixture(autouse=True)
def example_family(families_folder, monkeypatch):
    """The example is the only family here; child processes find it beside the package's own."""
    monkeypatch.setenv(family.FAMILIES_VARIABLE, str(families_folder))
    monkeypatch.setattr(package, "__path__", [str(families_folder)])
    family.families.cache_clear()
    yield
    family.families.cache_clear()
    _parts.cache_clear()
