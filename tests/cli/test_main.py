import os
import resource
import signal
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import pytest

from terminal_gym.cli import main as cli_main
from terminal_gym.errors import BundleError, SandboxFault

COMMAND = [sys.executable, "-m", "terminal_gym.cli.main"]


@pytest.mark.alone
def test_help_is_there_at_once():
    times = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, timeout=30)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        # processor time, so that a busy machine makes no difference
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert done.returncode == 0
    for name in cli_main.COMMANDS:
        assert f"  {name} " in done.stdout
    assert min(times) < 0.5


@pytest.mark.parametrize("name", sorted(cli_main.COMMANDS))
def test_every_command_explains_itself(cli, name):
    done = cli(name, "--help")
    assert done.code == 0
    assert "Usage:" in done.out and len(done.out.splitlines()) > 5


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BundleError("task.toml: bad", remedy="mend it"), 2),
        (SandboxFault("it died", remedy="try again"), 3),
        (KeyboardInterrupt(), 130),
    ],
)
def test_errors_become_a_message_and_an_exit_code(cli, monkeypatch, error, code):
    def fail():
        raise error

    monkeypatch.setattr("terminal_gym.cli.doctor.doctor", fail)
    done = cli("doctor")
    assert done.code == code
    assert "Traceback" not in done.err
    if code != 130:
        assert done.err == f"error: {error.message}\nremedy: {error.remedy}\n"


@pytest.mark.parametrize("out", ["file/below/it.jsonl", "."])
def test_a_place_that_cannot_be_written_is_an_error_of_one_line(cli, sandboxes, tmp_path, out):
    (tmp_path / "file").touch()
    done = cli("run", "tiny-good", "--agent", "nop", "--out", tmp_path / out)
    assert done.code in (2, 3) and "Traceback" not in done.err
    assert done.err.startswith(f"error: {tmp_path}") and "\nremedy: name " in done.err


def test_a_warning_is_one_line_once(capfd):
    for _ in range(2):
        cli_main._note(UserWarning("task.toml: unknown keys"), UserWarning, "file.py", 1)
    assert capfd.readouterr().err == "note: task.toml: unknown keys\n"


def test_help_tells_each_command_in_a_line(cli):
    commands = cli("--help").out.partition("Commands:")[2]
    assert "..." not in commands


def test_an_error_cannot_drive_the_terminal(capfd):
    cli_main.show_error(BundleError("bad \x1b]0;owned\x07name"))
    assert "\x1b" not in capfd.readouterr().err


def test_a_wrong_option_is_a_usage_error(cli):
    done = cli("list", "--nonsense")
    assert done.code == 2 and "--nonsense" in done.err


def test_version(cli):
    done = cli("--version")
    assert done.code == 0 and done.out.strip()


def test_a_further_folder_of_bundles(cli, tmp_path):
    from make_bundle import write_bundle

    write_bundle(tmp_path / "more" / "tiny-more")
    assert "tiny-more" in cli("--specs", tmp_path / "more", "list").out
    missing = cli("--specs", tmp_path / "nowhere", "list")
    assert missing.code == 2 and "nowhere" in missing.err


def test_commands_of_installed_packages_join_and_broken_ones_do_not_spoil(cli, monkeypatch):
    group = "terminal_gym.commands"
    entries = [
        metadata.EntryPoint("hello", f"{__name__}:hello", group),
        metadata.EntryPoint("broken", "no_such_module:app", group),
    ]
    monkeypatch.setattr(cli_main.metadata, "entry_points", lambda group: entries)
    done = cli("hello")
    assert (done.code, done.out) == (0, "hello from elsewhere\n")
    assert "'broken' is left out" in done.err


def hello() -> None:
    """Say hello."""
    print("hello from elsewhere")


def test_ctrl_c_ends_a_run_cleanly(specs, sandboxes):
    from make_bundle import write_bundle

    command = f"sleep 60.{os.getpid()}"
    write_bundle(specs / "tiny-slow", solution=command)
    run = subprocess.Popen(
        [*COMMAND, "--specs", str(specs), "run", "tiny-slow", "--backend", "namespace"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    end = time.monotonic() + 60
    while subprocess.run(["pgrep", "-fx", command], stdout=subprocess.DEVNULL).returncode:
        assert time.monotonic() < end and run.poll() is None
        time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=20)
    assert run.returncode == 130
    assert "Traceback" not in err
