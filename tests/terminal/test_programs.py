"""Programs that have the terminal: dialogue, keys, jobs, time limits."""

import time

import pytest

from terminal_gym.terminal import Terminal


def test_a_command_that_outlives_its_time_goes_on(terminal):
    first = terminal.run("sleep 0.4; echo slept; (exit 4)", 0.1)
    assert (first.state, first.exit_code, first.output) == ("running", None, "")
    assert terminal.running
    second = terminal.run("", 5)
    assert (second.state, second.exit_code, second.output) == ("done", 4, "slept\n")


def test_what_was_printed_between_two_steps_is_kept(terminal):
    terminal.run("sleep 0.2; echo one; sleep 9", 0.05)
    time.sleep(0.4)
    assert terminal.run("", 0.05).output == "one\n"
    assert terminal.run("C-c", 5).exit_code == 130


def test_a_key_pressed_too_late_is_not_pressed(terminal):
    terminal.run("sleep 0.2; (exit 6)", 0.05)
    time.sleep(0.4)
    late = terminal.run("C-d", 5)
    assert (late.state, late.exit_code) == ("done", 6)


def test_a_late_prompt_is_not_taken_for_the_next_commands(terminal):
    terminal.run("sleep 0.2; echo first; (exit 3)", 0.05)
    time.sleep(0.4)
    result = terminal.run("echo second; (exit 4)", 5)
    assert (result.output, result.exit_code) == ("first\nsecond\n", 4)


def test_what_a_program_leaves_unread_is_run_within_the_same_step(terminal):
    terminal.run("sleep 0.3; echo slept", 0.05)
    result = terminal.run("echo typed ahead; (exit 8)", 5)
    assert result.output.endswith("typed ahead\n")
    assert result.exit_code == 8
    assert terminal.run("echo next", 5).output == "next\n"


def test_a_dialogue_does_not_cost_the_whole_timeout(terminal):
    terminal.run("while read -p '> ' x; do echo \"<$x>\"; done; (exit 2)", 0.2)
    answer = terminal.run("hello", 30)
    assert (answer.state, answer.output) == ("running", "<hello>\n> ")
    assert answer.elapsed_s < 5
    assert terminal.run("C-d", 30).exit_code == 1 or terminal.run("true", 5).exit_code == 0


def test_control_keys(terminal):
    assert terminal.run("sleep 100", 0.1).state == "running"
    assert terminal.run("C-c", 5).exit_code == 130
    assert terminal.run("sleep 100", 0.1).state == "running"
    assert terminal.run("C-\\", 5).exit_code == 131
    terminal.run("sleep 100", 0.1)
    stopped = terminal.run("C-z", 5)
    assert stopped.exit_code == 148
    assert "Stopped" in stopped.output
    assert terminal.run("fg", 0.2).state == "running"
    terminal.run("C-c", 5)
    assert terminal.run("jobs", 5).output == ""


def test_keys_names_at_the_prompt_are_words(terminal):
    assert terminal.run("Up() { echo up; }", 5).exit_code == 0
    assert terminal.run("Up", 5).output == "up\n"
    assert terminal.run("C-c", 5).exit_code == 130


def test_nested_bash_is_a_prompt_too(terminal):
    assert terminal.run("bash --norc", 5).state == "done"
    assert terminal.run("echo $SHLVL; (exit 3)", 5).exit_code == 3
    assert terminal.run('echo "no history!here"', 5).output == "no history!here\n"
    assert terminal.run("echo 'x", 5).state == "incomplete"
    assert terminal.run("y'", 5).output == "x\ny\n"
    assert terminal.run("exit 9", 5).exit_code == 9


def test_another_shell_is_a_running_program(terminal):
    assert terminal.run("sh", 0.3).state == "running"
    answer = terminal.run("echo $0", 5)
    assert (answer.state, answer.output.splitlines()[0]) == ("running", "sh")
    assert terminal.run("exit 3", 5).exit_code == 3


def test_background_jobs_are_heard_with_the_next_step(terminal):
    assert terminal.run("( (sleep 0.1; echo late) & )", 5).output == ""
    time.sleep(0.3)
    assert terminal.run("echo now", 5).output == "late\nnow\n"


def test_wait_for_a_job(terminal):
    terminal.run("(exit 5) & job=$!", 5)
    assert terminal.run("wait $job", 5).exit_code == 5


def test_a_flood_in_the_background_holds_nothing_up(terminal):
    terminal.run("yes & sleep 0.1", 5)
    result = terminal.run("echo in step; (exit 3)", 10)
    assert result.exit_code == 3
    assert "in step" in result.output
    assert terminal.run("kill %1; wait", 10).state == "done"
    terminal.run("", 5)
    assert terminal.run("echo quiet", 5).output.endswith("quiet\n")


@pytest.mark.parametrize(
    "program", ["sleep 100", "while :; do sleep 1; done", "while :; do :; done"]
)
def test_kill_on_timeout(sandbox, program):
    terminal = Terminal(sandbox, kill_on_timeout=True)
    result = terminal.run(program, 0.2)
    assert result.state == "done"
    assert result.exit_code in (130, 137)
    assert terminal.run("echo ok", 5).output == "ok\n"
    terminal.close()


def test_a_program_that_reads_nothing_does_not_block_the_writer(terminal):
    terminal.run("stty raw; sleep 100", 0.2)
    before = time.monotonic()
    terminal.run("x" * 1_000_000, 0.5)
    assert time.monotonic() - before < 5


def test_input_for_a_program_larger_than_any_buffer(terminal):
    terminal.run("cat | wc -c", 0.2)
    terminal.run("\n".join(["y" * 99] * 5_000), 20)
    assert terminal.run("C-d", 10).output.strip() == "500000"


def test_send_keys(terminal):
    terminal.send_keys("echo al", 0.05)
    terminal.send_keys("ive; (exit 3)", 0.05)
    entered = terminal.send_keys("Enter", 5)
    assert (entered.output, entered.exit_code, entered.state) == ("alive\n", 3, "done")
    assert entered.elapsed_s < 2
    assert terminal.send_keys("cat\n", 0.2).state == "running"
    assert terminal.send_keys("C-c", 5).exit_code == 130
    up = terminal.send_keys("Up", 0.05)
    assert up.state == "done"
    assert terminal.send_keys("Enter", 0.3).state == "running"
    assert terminal.send_keys("C-c", 5).exit_code == 130
