import pytest

from tests.generator.test_pipeline import DOMAIN


@pytest.fixture
def domain(tmp_path):
    """A user's domain specification."""
    path = tmp_path / "freight.toml"
    path.write_text(DOMAIN)
    return path
