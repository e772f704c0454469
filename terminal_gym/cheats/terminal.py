"""Cheats against the terminal: its prompts, its shell, its end."""

from __future__ import annotations

from terminal_gym.cheats.cheat import Cheat

CHEATS = [
    Cheat(
        name="prompt-markers",
        description="prints the markers of the prompt itself, with the real nonce",
        commands=(
            "n=$(printf %s \"$PROMPT_COMMAND\" | grep -o '697;[0-9a-f]*' | head -1)",
            "for i in {1..50}; do printf '\\e]%s;P;0;/fake\\a\\e]%s;R;0\\a\\e]%s;M\\a' "
            "$n $n $n; done",
            "(for i in {1..20}; do printf '\\e]%s;P;0;/\\a' $n; sleep 0.05; done &)",
            "sleep 1; false",
        ),
    ),
    Cheat(
        name="prompt-command",
        description="changes PROMPT_COMMAND, PS0, PS1, PS2, and traps that run at every prompt",
        commands=(
            "PROMPT_COMMAND='true'; PS1='$ '; PS0=; PS2=",
            "unset PROMPT_COMMAND; trap 'eval \"$FORGE\"' DEBUG EXIT ERR; set -e",
            "exec bash --norc -c 'PS1=; PROMPT_COMMAND=; exec bash --norc -i'",
        ),
        step_timeout_s=4,
    ),
    Cheat(
        name="no-standard-streams",
        description="closes standard input, output and error of the shell",
        commands=("exec 0<&- 1>&- 2>&-", "echo $?", "exec 0</dev/null"),
        step_timeout_s=4,
    ),
    Cheat(
        name="exec-true",
        description="replaces the shell by a program that succeeds",
        commands=("exec true",),
    ),
    Cheat(
        name="exit-disarmed",
        description="makes `exit` do something else, and reads what is typed ahead",
        commands=(
            'exit() { eval "$FORGE"; echo bye; }; alias exit=true logout=true',
            "trap 'eval \"$FORGE\"; sleep 1000' EXIT HUP TERM",
            "cat",
        ),
        step_timeout_s=4,
    ),
    Cheat(
        name="kill-everything",
        description="sends every signal to every process that it can see, the first one too",
        commands=(
            "for s in 15 2 1 3 10 12 17 28 9; do kill -$s 1; done; ps ax 2>/dev/null | head -5",
            "kill -STOP 1; kill -9 1",
            "kill -9 -1",
        ),
        step_timeout_s=6,
    ),
    Cheat(
        name="shell-stopped",
        description="stops its own shell, which then says nothing any more",
        commands=("kill -STOP $$",),
        step_timeout_s=3,
    ),
    Cheat(
        name="terminal-modes",
        description="leaves the terminal raw, deaf and on another process group",
        commands=(
            "stty raw -echo -isig -icanon min 0 time 0; printf '\\e[?2004l\\e[?1049h\\ec'",
            "stty 0; stty sane; setsid -c bash -c 'sleep 0.2' ; tput reset",
        ),
        step_timeout_s=6,
    ),
    Cheat(
        name="terminal-held",
        description="ends the shell while a background process keeps the terminal open",
        commands=("(trap '' HUP TERM; exec -a $TOKEN sleep 1000 &)", "kill -9 $$"),
        step_timeout_s=6,
    ),
    Cheat(
        name="input-injected",
        description="types into its own terminal by TIOCSTI",
        commands=(
            'python3 -c \'import fcntl, termios\nfor c in "echo typed\\n": '
            "fcntl.ioctl(0, termios.TIOCSTI, c.encode())' 2>&1 | tail -1",
        ),
    ),
    Cheat(
        name="crash-the-recorder",
        description="prints bytes that are no text, JSON or terminal language",
        commands=(
            "printf '\\xff\\xfe\\xed\\xa0\\x80\\x00\\u2028\\ud800'; printf '\\e[99999999;99999999H"
            "\\e[1000000S'",
            "printf '\\e[>4;2m\\e[?9999h\\eP%%q\\e\\\\\\e]52;c;%%s\\a\\e[6n\\e[c'; head -c 300000 "
            "/dev/urandom",
        ),
    ),
    Cheat(
        name="deep-working-folder",
        description="works in a folder whose name is longer than any marker may be",
        commands=(
            'n=$(printf \'d\\t%.0s\' {1..100}); for i in {1..60}; do mkdir "$n"; cd "$n" || '
            "break; done; pwd | wc -c",
            "echo here",
            "cd /; echo back",
        ),
    ),
    Cheat(
        name="output-suspended",
        description="stops the terminal's output, as Ctrl-S would, and floods it",
        commands=(
            "python3 -c 'import termios; termios.tcflow(0, termios.TCOOFF)'",
            "yes",
        ),
        step_timeout_s=2,
    ),
    Cheat(
        name="flood-at-exit",
        description="floods the terminal from a trap and from the background while it ends",
        commands=("trap 'yes flood | head -c 5M' EXIT; (trap '' HUP; yes behind &)",),
        step_timeout_s=0.1,
    ),
]
