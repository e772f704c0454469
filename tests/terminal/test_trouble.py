"""What an agent can do to its shell: each has a defined outcome, none hangs us."""

import time

import pytest

from terminal_gym.errors import SandboxFault, TerminalFault
from terminal_gym.terminal import Terminal


def assert_in_step(terminal: Terminal) -> None:
    for code in (3, 0):
        result = terminal.run(f"echo step{code}; (exit {code})", 10)
        assert result.state == "done"
        assert result.exit_code == code
        assert f"step{code}\n" in result.output


@pytest.mark.parametrize(
    "text",
    [
        "set -u; echo $undefined",
        "set -x; echo traced",
        "set -v",
        "set -o vi",
        "set +o emacs +o vi",
        "set -f; set -C; set -P; set -m; set -b",
        "set -o posix",
        "set -k; set -T; set -E",
        "shopt -s extdebug; trap : DEBUG",
        "shopt -s nullglob failglob dotglob globstar",
        "stty -echo",
        "stty raw",
        "stty sane",
        "stty -icrnl -opost",
        "stty rows 2 cols 5",
        "reset",
        "tput clear; tput smcup; tput civis",
        "printf '\\e[?1049h\\e[?2004l\\ec'",
        "PS1='$ '",
        "PS1='\\u $(false) > '",
        "PS1=${PS1%%\\\\a*}",
        "PS1=\"mine $PS1\"; PS1+='yours '",
        'PS1="\\n${PS1//[/x}"',
        "unset PS0 PS1 PS2 PS4",
        "shopt -u promptvars",
        "set -u; unset PWD",
        "export PS1=x PS2=y",
        "PROMPT_COMMAND=",
        "PROMPT_COMMAND+='; echo mine'",
        "unset PROMPT_COMMAND",
        "declare -a PROMPT_COMMAND",
        "trap 'echo debug' DEBUG",
        "trap 'echo err' ERR",
        "trap 'echo exit' EXIT",
        "trap '' INT QUIT TSTP HUP TERM",
        "trap 'echo int' INT",
        "alias echo='command echo'; shopt -s expand_aliases",
        "unset PWD OLDPWD; unset -f cd; unset IFS",
        "IFS=0123456789abcdefP",
        "export TERM=dumb",
        "export TERM=nonsense; unset TERM",
        "export LC_ALL=C LANG=C",
        "export PATH=",
        "bind 'set enable-bracketed-paste off'",
        "bind 'set editing-mode vi'; bind '\"x\": \"yy\"'",
        "mkdir gone; cd gone; rmdir ../gone",
        "ulimit -n 20; exec 9<&0",
        "exec > out.txt",
        "exec > out.txt 2>&1",
        "exec >/dev/null 2>&1; exec >/dev/tty 2>&1",
        "exec 2>/dev/null",
        "exec >&-",
        "exec bash --norc",
        "printf '\\e]697;'",
        "printf '\\e]697;0000000000000000;P;77;/wrong\\a'",
        "enable -n printf; enable printf",
        "hash -r; set -h; set +h",
        "(exit 3) | true | (exit 4); set -o pipefail",
        "kill -STOP $BASHPID & sleep 0.05; kill -CONT $!",
        "kill -WINCH $$; kill -URG $$; kill -USR1 0 & sleep 0.05",
    ],
)
def test_the_shell_stays_in_step(local, text):
    terminal = Terminal(local)
    before = time.monotonic()
    terminal.run(text, 5)
    terminal.run("exec >/dev/tty 2>&1", 5)
    assert_in_step(terminal)
    assert time.monotonic() - before < 8
    terminal.close()


@pytest.mark.parametrize(
    "text",
    [
        "exit",
        "exit 3",
        "C-d",
        "exec true",
        "exec no-such-program; exit",
        "kill -9 $$",
        "set -e; false",
        "set -e\nfalse\necho not reached",
        "logout 2>/dev/null; exit",
        "exec <&-",
        "(setsid sleep 5 &); exit",
        "trap '' HUP; sleep 5 & disown; exit",
        "echo a; exit; echo b",
        "sleep 0.1; exit",
    ],
)
def test_the_end_of_the_shell(local, text):
    terminal = Terminal(local)
    result = terminal.run(text, 5)
    if result.state == "done":  # `exec <&-` is noticed by bash when it next reads
        result = terminal.run("", 5)
    assert (result.state, result.exit_code) == ("exited", None)
    assert result.elapsed_s < 2
    assert terminal.exited
    assert terminal.run("echo still", 5).state == "exited"
    assert terminal.send_keys("Enter", 0.1).state == "exited"
    terminal.close()


def test_the_end_is_seen_in_a_namespace_where_a_job_holds_the_terminal(terminal):
    assert terminal.run("(setsid sleep 5 &); exit", 5).state == "exited"


def test_output_goes_where_the_agent_sends_it_and_no_marker_with_it(terminal):
    terminal.run("exec > out.txt", 5)
    assert terminal.run("echo kept; (exit 2)", 5).exit_code == 2
    terminal.run("exec >/dev/tty", 5)
    assert terminal.run("grep -c kept out.txt; grep -c 697 out.txt", 5).output == "1\n0\n"


def test_lost_prompts_are_running_not_a_hang(local):
    terminal = Terminal(local)
    terminal.run("shopt -s extdebug; unset PS1; trap false DEBUG", 0.5)
    before = time.monotonic()
    assert terminal.run("echo lost", 1.0).state == "running"
    assert time.monotonic() - before < 2
    terminal.close()


def test_forged_markers_cost_only_the_agents_own_observation(terminal):
    forge = r"""printf '%s' "${PROMPT_COMMAND@E}" >/dev/null
n=${PROMPT_COMMAND#*697;}; n=${n%%;*}
printf '\e]697;%s;P;0;/forged\a' $n; sleep 0.3; printf '\e]697;%s;S\a' $n; sleep 0.2; (exit 5)"""
    terminal.run(forge, 5)
    time.sleep(1)
    terminal.run("", 5)
    assert_in_step(terminal)
    assert terminal.cwd != "/forged"


def test_forged_markers_of_every_kind_never_raise(local):
    terminal = Terminal(local)
    terminal.run("n=${PROMPT_COMMAND#*697;}; n=${n%%;*}", 5)
    for body in ("P;999999;$'\\\\xzz", "P;;", "P;0;$'\\\\", "M", "R;5", "S", "Q", "P;0;'"):
        terminal.run(f"printf '\\e]697;%s;{body}\\a' $n", 0.5)
        terminal.run("", 0.2)
    terminal.run("C-c", 1)
    assert_in_step(terminal)
    terminal.close()


@pytest.mark.parametrize(
    "before", ["", "PS1='$ '", "unset PS1", "shopt -u promptvars", "unset PWD"]
)
def test_xtrace_does_not_show_our_prompt_command(terminal, before):
    terminal.run(before, 5)
    terminal.run("set -x", 5)
    assert terminal.run("[[ -t 2 ]]", 5).output == "+ [[ -t 2 ]]\n"
    assert terminal.run("echo hi", 5).output == "+ echo hi\nhi\n"


@pytest.mark.parametrize("before", ["true", "PS1='$ '"])
def test_what_bash_remembers_of_a_command_outlives_our_prompt(terminal, before):
    terminal.run(before, 5)
    terminal.run("true the last", 5)
    assert terminal.run('echo "$_"', 5).output == "last\n"
    terminal.run("(exit 7)", 5)
    assert terminal.run('echo "$?"', 5).output == "7\n"


@pytest.mark.parametrize("kind", ["dumb", "xterm"])  # without, and with, a sign of its end
@pytest.mark.parametrize("text", ["", "   ", "# comment", "echo"])
def test_what_the_terminal_echoes_is_no_output(terminal, kind, text):
    terminal.run(f"export TERM={kind}", 5)
    terminal.run("stty sane", 5)
    for _ in range(2):
        assert terminal.run(text, 5).raw == (b"\r\n" if text == "echo" else b"")


def test_a_dead_sandbox_is_a_fault(local):
    terminal = Terminal(local)
    local.close()
    with pytest.raises(SandboxFault):
        terminal.run("echo", 5)


def test_a_lost_terminal_is_a_fault(local):
    terminal = Terminal(local)

    def lost(*_args):
        raise ConnectionResetError(104, "connection reset by peer")

    local.ptys[0].spawn.read_nonblocking = lost
    with pytest.raises(TerminalFault):
        terminal.run("echo", 5)
    terminal.close()


def test_without_bash_there_is_a_fault_at_the_start(local):
    start = local.open_pty
    local.open_pty = lambda argv, **options: start(["sh", "-c", "echo no bash; exit 1"], **options)
    with pytest.raises(TerminalFault, match="no bash"):
        Terminal(local)


def test_close_is_idempotent(terminal):
    terminal.close()
    terminal.close()
    assert terminal.run("echo", 1).state == "exited"


@pytest.mark.parametrize("paste", ["on", "off"])
def test_echo_is_no_output(local, paste):
    terminal = Terminal(local, cols=80)
    terminal.run(f"stty sane; bind 'set enable-bracketed-paste {paste}'; PS2=\"> $PS2\"", 5)
    for size in (10, 79, 80, 81, 2_000):
        for body in ("x" * size, "é\t" * (size // 2), "line\n" * (size // 5)):
            count = len(body.encode()) + 1
            whole = terminal.run(f"echo '{body}' | wc -c; (exit 4)", 5)
            assert (whole.output, whole.exit_code) == (f"{count}\n", 4)
            assert terminal.run("echo 'a", 5).state == "incomplete"
            rest = terminal.run(f"{body}' | wc -c; (exit 5)", 5)
            assert (rest.output, rest.exit_code) == (f"{count + 2}\n", 5)
    terminal.close()


def test_a_job_is_heard_while_the_shell_waits_for_the_rest_of_an_input(local):
    terminal = Terminal(local)
    terminal.run("( (sleep 0.1; echo late) & )", 5)
    assert terminal.run("echo 'a", 5).state == "incomplete"
    time.sleep(0.3)
    assert terminal.run("b'", 5).output == "late\na\nb\n"
    terminal.close()
