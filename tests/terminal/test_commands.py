"""One shell input at the prompt: its output, status and folder."""

import shlex

import pytest

from terminal_gym.terminal import Terminal


def test_output_status_and_folder(terminal):
    result = terminal.run("mkdir d; cd d; echo hello; (exit 7)", 5)
    assert (result.output, result.exit_code, result.state) == ("hello\n", 7, "done")
    assert result.cwd == terminal.cwd
    assert result.cwd.endswith("/d")
    assert result.raw == b"hello\r\n"


@pytest.mark.parametrize(
    ("text", "output", "code"),
    [
        ("", "", 0),
        ("   # only a comment", "", 0),
        ("echo a # b", "a\n", 0),
        ("printf 'no newline'", "no newline", 0),
        ("echo", "\n", 0),
        ("echo a\nfalse", "a\n", 1),
        ("echo a\n\n\necho b\n\n", "a\nb\n", 0),
        ("for i in 1 2; do\n  echo $i\ndone", "1\n2\n", 0),
        ("cat <<'EOF'\na\tb !x $HOME\n  `c`\nEOF\necho end", "a\tb !x $HOME\n  `c`\nend\n", 0),
        ("echo 'two\nlines'", "two\nlines\n", 0),
        ("echo one \\\n two", "one two\n", 0),
        ("echo wow! !! '!x' \"!y\"", "wow! !! !x !y\n", 0),
        ("printf 'é€😀\\n'", "é€😀\n", 0),
        ("echo $'\\x1b[1mbold\\x1b[0m'", "bold\n", 0),
        ("printf 'a\\0b\\n'", "ab\n", 0),
        ("kill -9 $BASHPID", None, None),
        ("(kill -9 $BASHPID)", "Killed\n", 137),
        ("no-such-command", "bash: no-such-command: command not found\n", 127),
        ("f() { return 42; }; f", "", 42),
        ('read x; echo "<$x>"\nnot-eaten', None, None),
    ],
)
def test_inputs(local, text, output, code):
    terminal = Terminal(local)
    if output is None:
        assert terminal.run(text, 0.3).state in ("exited", "running")
    else:
        result = terminal.run(text, 5)
        assert (result.output, result.exit_code, result.state) == (output, code, "done")
        assert terminal.run("echo in step", 5).output == "in step\n"
    terminal.close()


def test_a_command_that_reads_does_not_eat_the_next_lines(terminal):
    assert terminal.run("cat\necho after", 0.3).state == "running"
    assert terminal.run("for cat", 5).output == "for cat\n"
    assert terminal.run("C-d", 5).output == "after\n"


def test_the_status_stays_for_the_next_command(terminal):
    terminal.run("(exit 3)", 5)
    assert terminal.run("echo $? $_", 5).output.startswith("3 ")
    assert terminal.run("", 5).exit_code == 0
    terminal.run("false", 5)
    assert terminal.run("# nothing", 5).exit_code == 1


def test_a_syntax_error_is_seen_and_the_rest_still_runs(terminal):
    result = terminal.run("echo )\necho second", 5)
    assert "syntax error near unexpected token" in result.output
    assert result.output.endswith("second\n")
    assert terminal.run("if then", 5).exit_code == 2


@pytest.mark.parametrize(
    "name", ["a b", "x;y", "é😀", "line\nbreak", "tab\t", "\x01\x1b[1m\x07", "'\"\\$(x)"]
)
def test_folders_of_any_name(local, name):
    terminal = Terminal(local)
    result = terminal.run(f"mkdir {shlex.quote(name)} && cd {shlex.quote(name)}", 5)
    assert result.exit_code == 0
    assert result.cwd == f"{local.folder}/{name}"
    terminal.close()


@pytest.mark.parametrize(
    "begun", ["echo 'a", 'echo "a', "cat <<E", "if true; then", "echo \\", "(("]
)
def test_unfinished_input_is_seen_at_once_and_can_be_left(terminal, begun):
    result = terminal.run(begun, 5)
    assert (result.state, result.output, result.exit_code) == ("incomplete", "", None)
    assert result.elapsed_s < 4  # long before its time is up
    assert terminal.run("C-c", 5).exit_code == 130
    assert terminal.run("echo ok", 5).output == "ok\n"


def test_unfinished_input_goes_on(terminal):
    assert terminal.run("cat <<'E'; (exit 5)", 5).state == "incomplete"
    assert terminal.run("one\n two'", 5).state == "incomplete"
    result = terminal.run("E", 5)
    assert (result.output, result.exit_code) == ("one\n two'\n", 5)


def test_lines_beyond_the_kernels_limit(terminal):
    line = "x" * 20_000
    assert terminal.run(f"echo {line} | wc -c", 10).output == "20001\n"


def test_a_large_heredoc_arrives_whole(terminal):
    body = "".join(f"{n:06d} é\t'\"$x\\{'y' * 80}\n" for n in range(3_000))
    result = terminal.run(f"cat > f <<'EOF'\n{body}EOF\nwc -c < f; head -1 f; tail -1 f", 30)
    lines = body.splitlines()
    assert result.output.splitlines() == [str(len(body.encode())), lines[0], lines[-1]]


def test_control_bytes_reach_the_shell_but_for_the_terminals_own(terminal):
    result = terminal.run("printf %s '\x01\x02\x1b\x07\x7f\x03\x1a\x00' | od -An -tx1", 5)
    assert result.output.split() == ["01", "02", "1b", "07", "7f"]


def test_variables_of_the_caller(sandbox):
    terminal = Terminal(sandbox, env={"GREETING": "a b;c", "LANG": "C"})
    assert terminal.run('echo "$GREETING $LANG $LINES $COLUMNS"', 5).output == "a b;c C 24 80\n"
    terminal.close()


def test_the_rest_of_a_session_leaves_no_trace_in_history_or_home(terminal):
    terminal.run("echo first", 5)
    assert terminal.run("history", 5).output.split() == ["1", "echo", "first", "2", "history"]
    assert terminal.run("echo ${HISTFILE-unset}; ls -A ~ | grep hist", 5).output == "unset\n"


@pytest.mark.parametrize("megabytes", [1, 20])
def test_large_output_is_bounded(terminal, megabytes):
    size = megabytes << 20
    terminal._cap = 1 << 16
    result = terminal.run(f"head -c {size} /dev/zero | tr '\\0' x; echo END; (exit 9)", 60)
    assert result.exit_code == 9
    assert len(result.raw) == 1 << 16
    assert result.omitted_bytes == size + len("END\r\n") - (1 << 16)
    assert result.output.endswith("xEND\n")
    assert f"[… {result.omitted_bytes} bytes omitted …]" in result.output
    assert terminal.run("echo ok", 5).output == "ok\n"


def test_binary_output(terminal):
    result = terminal.run("head -c 300000 /dev/urandom; echo; echo END", 20)
    assert result.state == "done"
    assert result.output.endswith("END\n")


def test_what_is_given_is_typed_however_little_time_there_is(terminal):
    """On a busy machine a short timeout may be over before the first byte is written."""
    first = terminal.run("echo given", 0.0)
    rest = terminal.run("", 20)
    assert (first.output + rest.output, rest.state) == ("given\n", "done")
