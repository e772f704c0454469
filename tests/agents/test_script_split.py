import subprocess

import pytest

from terminal_gym.agents.script_split import split_script


def texts(script: str) -> list[str]:
    commands = split_script(script)
    assert commands is not None
    return [command.text for command in commands]


def test_one_command_per_line_without_shebang_and_blank_lines():
    assert texts("#!/bin/bash\n\ncd /app\n\nls -la\n") == ["cd /app", "ls -la"]


@pytest.mark.parametrize(
    "options",
    [
        "set -e",
        "set -euo pipefail",
        "set -eu -o pipefail",
        "set -o errexit",
        "set +x",
        "  set -ex  # stop early",
    ],
)
def test_set_options_are_left_out(options):
    assert texts(f"#!/bin/sh\n{options}\nls\n") == ["ls"]


@pytest.mark.parametrize("command", ["set -- a b", "setfacl -m u:a:r f", "set", "set -e-not"])
def test_other_uses_of_set_are_kept(command):
    assert texts(f"{command}\nls") == [command, "ls"]


WHOLE = [
    "cat > f <<'EOF'\nset -e\n# not a comment\n\n$(unclosed\nEOF",
    "cat <<A > a; cat <<B > b\nin a\nA\nin b\nB",
    "cat <<-EOF\n\tindented\n\tEOF",
    "f() {\n  echo one\n\n  echo two\n}",
    "function g\n{\n  ls\n}",
    "for i in 1 2; do\n  echo $i\ndone",
    'while read -r line; do\n  echo "$line"\ndone < input',
    "if [ -f a ]; then\n  ls\nelif true; then\n  pwd\nelse\n  exit 1\nfi",
    "case $x in\n  a) ls ;;\n  *) pwd ;;\nesac",
    "ls |\n  sort |\n  uniq",
    "make &&\n  make install",
    "git commit \\\n  -m 'a message' \\\n  --quiet",
    "echo 'a quote\nover lines'",
    'echo "a quote\n\nover lines"',
    "x=$(cat <<EOF\nin a substitution\nEOF\n)",
    "(\n  cd /tmp\n  ls\n)",
    "{\n  ls\n}",
    "a=(\n  1 # one\n  2\n)",
    "[[ a == b ||\n  c == d ]]",
    "python3 - <<PY\nprint('''\n''')\nPY",
    "echo $((1 +\n  2))",
    "ls # a comment with 'one quote",
    "rm -f !(keep)",
    "echo done; echo again",
]


@pytest.mark.parametrize("command", WHOLE)
def test_a_command_over_several_lines_stays_whole(command):
    assert texts(f"cd /app\n{command}\npwd\n") == ["cd /app", command, "pwd"]


def test_a_comment_goes_with_the_command_below_it():
    first, second = split_script("# Look first.\n#\n# Then act.\nls\n\nrm x # why not\n")
    assert (first.text, first.comment) == ("ls", "Look first.\nThen act.")
    assert (second.text, second.comment) == ("rm x # why not", "")


def test_a_comment_at_the_end_belongs_to_nothing():
    assert texts("ls\n# the end") == ["ls"]


def test_windows_line_ends():
    assert texts("#!/bin/bash\r\nls\r\npwd\r\n") == ["ls", "pwd"]


@pytest.mark.parametrize(
    "script",
    [
        'cd "$(dirname "$0")"\nls',
        'here=$(realpath "${BASH_SOURCE[0]}")\nls',
        "set -e; cd /app\nls",
        "ls\nif true; then\n",
        "cat <<EOF\nnever ended\n",
        "ls\n)\n",
        "echo 'unclosed\n",
    ],
)
def test_a_script_that_is_one_piece_only(script):
    assert split_script(script) is None


def test_awks_dollar_zero_is_no_file_name():
    assert texts("awk '{print $0}' f\nls") == ["awk '{print $0}' f", "ls"]


def test_an_empty_script_has_no_commands():
    assert split_script("#!/bin/bash\nset -e\n") == []


def test_running_the_pieces_does_what_the_script_does(tmp_path):
    script = "#!/bin/bash\nset -eu\n" + "\n".join(
        [
            "x=1",
            "add() {\n  echo $(($1 + x))\n}",
            "add 4 > five",
            "for n in a b; do\n  cat > $n <<EOF\n$n is here\n\nEOF\ndone",
            "sort five \\\n  a b > all",
            "cat all",
        ]
    )
    whole = subprocess.run(["bash"], input=script, text=True, capture_output=True, cwd=tmp_path)
    pieces = "\n".join(texts(script))
    split = subprocess.run(["bash"], input=pieces, text=True, capture_output=True, cwd=tmp_path)
    assert whole.stdout == split.stdout != ""
