import time

import pytest

from terminal_gym.errors import SandboxFault


def test_output_and_exit_code(box):
    done = box.run(["sh", "-c", "echo out; echo err >&2; exit 7"])
    assert (done.exit_code, done.timed_out, done.omitted_bytes) == (7, False, 0)
    assert sorted(done.output.split()) == [b"err", b"out"]


def test_a_missing_program_is_127(box):
    assert box.run(["no-such-program"]).exit_code == 127


def test_death_by_a_signal_is_128_and_its_number(box):
    assert box.run(["sh", "-c", "kill -9 $$"]).exit_code == 137


def test_arguments_are_not_seen_by_a_shell(box):
    assert box.run(["printf", "%s|", "a b", "$HOME", "*", "", "'"]).output == b"a b|$HOME|*||'|"


def test_standard_input_is_given_whole_and_ends(box):
    data = bytes(range(256)) * 4096
    done = box.run(["sh", "-c", "wc -c; cat"], stdin=data)
    assert done.output.strip() == str(len(data)).encode()
    assert box.run(["cat"], stdin=data, max_output=len(data)).output == data
    assert box.run(["cat"]).output == b""


def test_a_program_need_not_read_its_input(box):
    assert box.run(["true"], stdin=b"x" * (1 << 20)).exit_code == 0


def test_output_beyond_the_limit_is_counted(box):
    done = box.run(["head", "-c", "300000", "/dev/zero"], max_output=1000)
    assert done.output == bytes(1000)
    assert done.omitted_bytes == 299_000


def test_the_environment_is_the_images_the_specs_and_the_calls(start, sh):
    box = start(env={"FROM_SPEC": "1", "COLOUR": "red"})
    seen = sh(box, "env", env={"FROM_CALL": "2"})
    variables = dict(line.split("=", 1) for line in seen.splitlines())
    assert variables["GREETING"] == "hello world"
    assert variables["COLOUR"] == "red"
    assert (variables["FROM_SPEC"], variables["FROM_CALL"]) == ("1", "2")
    assert (variables["HOME"], variables["USER"], variables["HOSTNAME"]) == (
        "/root",
        "root",
        "sandbox",
    )
    assert variables["PATH"].split(":")[-1] == "/bin"


def test_nothing_of_the_hosts_environment_comes_in(box, sh, monkeypatch):
    monkeypatch.setenv("TERMINAL_GYM_SECRET", "s3cret")
    assert "s3cret" not in sh(box, "env")


def test_a_clean_environment_has_four_variables(start, sh):
    box = start(env={"FROM_SPEC": "1"})
    seen = sh(box, "env", clean_env=True, env={"ONE": "x y"}).splitlines()
    names = {line.split("=", 1)[0] for line in seen}
    assert names - {"PWD", "SHLVL", "_", "OLDPWD"} == {"PATH", "HOME", "USER", "LOGNAME", "ONE"}
    assert "ONE=x y" in seen


def test_folder_and_user(box, sh):
    assert sh(box, "pwd; id -u") == "/app\n0\n"
    assert sh(box, "pwd; id -un; echo $HOME", cwd="/tmp", user="tester") == (
        "/tmp\ntester\n/home/tester\n"
    )
    assert sh(box, "id -u; id -g", user="4321:99") == "4321\n99\n"


def test_time_up_kills_the_whole_group(box, sh):
    began = time.monotonic()
    done = box.run(["sh", "-c", "echo begun; sleep 4711 & sleep 4711"], timeout_s=1)
    assert (done.exit_code, done.timed_out, done.output) == (None, True, b"begun\n")
    assert time.monotonic() - began < 15
    assert "4711" not in sh(box, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '; true")


def test_a_daemon_that_holds_the_output_does_not_hold_us(box, sh):
    began = time.monotonic()
    done = box.run(["sh", "-c", "(sleep 1; touch /tmp/later; sleep 600) & echo here"], timeout_s=60)
    assert (done.output, done.exit_code) == (b"here\n", 0)
    assert time.monotonic() - began < 30
    done = box.run(["sh", "-c", "while :; do echo flood; done & sleep 0.1; exit 7"], timeout_s=60)
    assert (done.output[:6], done.exit_code) == (b"flood\n", 7)
    assert time.monotonic() - began < 60


def test_after_the_end_it_is_a_fault(box):
    box.close()
    with pytest.raises(SandboxFault):
        box.run(["true"])
