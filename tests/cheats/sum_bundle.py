"""A small bundle: a verifier that runs the agent's program, and a disk of 64 MiB."""

from pathlib import Path

from terminal_gym.verifier import checks

TASK = """\
schema_version = "1.4"
[task]
name = "test/cheated"
[metadata.terminal_gym]
{state}
[environment]
workdir = "/app"
memory_mb = 512
storage_mb = 64
"""
# The graded program must print the sum of its input; what the agent finds prints nothing.
WORLD = """
WORKDIR /app
RUN mkdir data && echo 0 > data/known.txt && printf 'print()\\n' > sum.py && chmod +x sum.py
"""
CAREFUL = """\
import sys
sys.path.insert(0, "/tests")
from checks import check, main, run_agent_program, text

@check("it adds")
def _():
    code, out, _ = run_agent_program(["python3", "sum.py"], stdin="20\\n22\\n")
    assert out.strip() == "42"

@check("the data stayed")
def _():
    assert text("/app/data/known.txt") == "0\\n"

main()
"""
PYTHON = "#!/bin/bash\nexec python3 -I -S /tests/verify.py\n"
CARELESS = """\
#!/bin/bash
echo 0 > /logs/verifier/reward.txt
[ "$(seq 20 22 | python3 /app/sum.py)" = 63 ] && echo 1 > /logs/verifier/reward.txt
true
"""


def dockerfile():
    """The tools that our bundles have, too, so that engines build them once."""
    ours = Path(__file__).parents[2] / "env_specs" / "git-rebase" / "environment" / "Dockerfile"
    return ours.read_text().partition("\nWORKDIR")[0] + WORLD


def write_bundle(folder, *, careful=True, state='state = ["/app"]'):
    for name, text in {
        "task.toml": TASK.format(state=state),
        "instruction.md": "Make /app/sum.py print the sum of the numbers that it reads.\n",
        "environment/Dockerfile": dockerfile(),
        "solution/solve.sh": "echo 'import sys; print(sum(map(int, sys.stdin)))' > sum.py\n",
        "tests/test.sh": PYTHON if careful else CARELESS,
        "tests/verify.py": CAREFUL,
        "tests/checks.py": Path(checks.__file__).read_text(),
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
