"""`terminal-gym generate`, as a user types it."""

import sys

import pytest
from terminal_gym_generator.gates import run as gates

from terminal_gym.cli.main import run_cli
from tests.generator.test_pipeline import DOMAIN


@pytest.fixture
def domain(tmp_path):
    path = tmp_path / "freight.toml"
    path.write_text(DOMAIN)
    return path


def generate(*arguments):
    return run_cli(["generate", "--backend", "namespace", "-j", "2", *map(str, arguments)])


def test_a_domain_of_the_users_own(domain, tmp_path, capsys, monkeypatch, namespace_backend):
    monkeypatch.setattr(gates, "GATES", {"builds": gates.GATES["builds"]})
    out = tmp_path / "out"
    assert generate("--domain", domain, "--count", 3, "--out", out) == 0
    shown = capsys.readouterr().out
    (row,) = [line for line in shown.splitlines() if line.startswith("freight")]
    assert row.split()[-4:] == ["3", "0", "8", "(8-8)"]  # admitted, refused, reference
    assert "3/3" in shown
    page = (out / "report.html").read_text()
    bundles = {path.parent.name for path in out.glob("*/task.toml")}
    assert len(bundles) == 3
    assert all(name in page for name in bundles)
    before = {path: path.stat().st_mtime_ns for path in out.glob("*/task.toml")}
    assert generate("--domain", domain, "--count", 3, "--out", out) == 0  # nothing left to do
    assert {path: path.stat().st_mtime_ns for path in out.glob("*/task.toml")} == before


def test_what_is_wrong_is_told(domain, tmp_path, capsys):
    assert generate("--domains", "cookery", "--out", tmp_path / "out") == 2
    assert "no domain 'cookery'" in capsys.readouterr().err
    domain.write_text(DOMAIN.replace('name = "freight"', 'name = "Freight!"'))
    assert generate("--domain", domain, "--out", tmp_path / "out") == 2
    assert "freight.toml: name:" in capsys.readouterr().err
    assert generate("--public", tmp_path, "--out", tmp_path / "out") == 2
    assert "no instruction.md" in capsys.readouterr().err


def test_a_missing_extra_is_named(domain, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    for name in ("report", "runs"):
        monkeypatch.delitem(sys.modules, f"terminal_gym_generator.{name}", raising=False)
    assert generate("--domain", domain, "--out", tmp_path / "out") == 2
    shown = capsys.readouterr().err
    assert "needs the package jinja2" in shown
    assert "terminal-gym[generate]" in shown
