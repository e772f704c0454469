"""A manual of a small stack machine, and programs to be run on an interpreter of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    The controllers on our line run programs for a small stack machine. The vendor is gone, and
    with them the only emulator. {boss} still has the manual (`{where}/MANUAL.md`) and
    {count} programs (`{where}/programs`), and has to know what each of them does before the
    controllers are replaced.
    """,
    """
    {boss} wants to run {count} old controller programs (`{where}/programs`) once more without the
    hardware. All that is left of the machine is its manual, `{where}/MANUAL.md`.
    """,
    """
    We need an interpreter for the stack machine described in `{where}/MANUAL.md`. The programs
    that {boss} cares about are the {count} files in `{where}/programs`.
    """,
)
_WANTED = (
    """
    Write `{where}/run.py` (Python, standard library): `python3 run.py FILE` prints what the program
    in FILE prints, one number per line, and then ends with the exit status that the manual gives.
    Other programs will be tried on it as well. Then write `{where}/{report}`: a JSON object with
    an entry for each program, its name without `.asm` as key, and as value an object with
    `output` (the printed numbers, a list), `steps` (instructions executed, a number) and
    `end` (`halt`, or the name of the fault). Leave manual and programs as they are.
    """,
    """
    The interpreter is to be `{where}/run.py`, used as `python3 run.py FILE`: it writes the numbers
    that the program prints, one per line, and exits with the status from the manual. We will run
    programs of our own on it. Record what the given programs do in `{where}/{report}`, one JSON
    object: program name (without `.asm`) to an object of `output` (list of the printed numbers),
    `steps` (count of instructions executed) and `end` (`halt` or the fault's name). The manual
    and the programs must not change.
    """,
)
_MANUAL = """\
# The machine

A program is text. `{comment}` starts a comment that goes to the end of the line; empty lines do not
count. `name:` alone on a line is a label for the instruction that follows. Every other line is one
instruction, with at most one operand after a space: a decimal number, or a label for {jumps}.

The machine has a stack of words, {cells} cells of memory (0 to {last}, all 0 at first) and a stack
of return places. A word is a signed {bits}-bit number. Every result is reduced to that
range by wrapping around (two's complement); so are operands of `{push}`.

| instruction | effect; the top of the stack is on the right |
|---|---|
| `{push} n` | ( → n) |
| `{add}`, `{sub}`, `{mul}` | (a b → a+b), (a b → a-b), (a b → a*b) |
| `{div}`, `{mod}` | (a b → quotient), (a b → remainder). {division} |
| `{dup}`, `{drop}`, `{swap}` | (a → a a), (a → ), (a b → b a) |
| `{over}` | (a b → a b a) |
| `{load} k` | ( → value of cell k) |
| `{store} k` | (a → ), cell k becomes a |
| `{jmp} L` | go to L |
| `{jz} L` | (a → ), go to L if a is 0 |
| `{jn} L` | (a → ), go to L if a is negative |
| `{call} L`, `{ret}` | go to L and remember the next instruction; go back to the one remembered last |
| `{out}` | (a → ), prints a in decimal |
| `{halt}` | ends the program, exit status 0 |

Behind the last instruction stands an implicit `{halt}` (it counts as a step when it is reached).

Faults end the program; what was printed before remains. A faulting instruction counts as a step.

| fault | when | exit status |
|---|---|---|
| `underflow` | an instruction needs more words than the stack holds, or `{ret}` has nowhere to go | {underflow} |
| `overflow` | the stack would hold more than {depth} words, or more than {depth} return places | {overflow} |
| `zero` | division by zero | {zero} |
| `cell` | a memory cell that does not exist | {cell} |
| `limit` | {limit} instructions have been executed and the program would go on | {limit_status} |

`underflow` is looked for before every other fault.
"""
_WORDS = {
    "push": ("push", "lit", "const"), "add": ("add", "plus", "sum"), "sub": ("sub", "minus", "diff"),
    "mul": ("mul", "times", "prod"), "div": ("div", "quot", "over_by"), "mod": ("mod", "rem", "rest"),
    "dup": ("dup", "copy", "twice"), "drop": ("drop", "pop", "toss"), "swap": ("swap", "exch", "flip"),
    "over": ("over", "peek", "under"), "load": ("load", "get", "fetch"), "store": ("store", "put", "keep"),
    "jmp": ("jmp", "goto", "jump"), "jz": ("jz", "ifzero", "brz"), "jn": ("jn", "ifneg", "brn"),
    "call": ("call", "gosub", "do"), "ret": ("ret", "return", "back"), "out": ("out", "print", "emit"),
    "halt": ("halt", "stop", "end"),
}  # fmt: skip
_DIVISION = {
    "floor": "The quotient is rounded down; the remainder has the sign of b.",
    "trunc": "The quotient is rounded towards zero; the remainder has the sign of a.",
}
# `N`, `M` and `K` are replaced by numbers.
_PROGRAMS = {
    "gcd": "push N; push M; again:; dup; jz done; swap; over; mod; jmp again; done:; drop; dup; out; push K; sub; out",
    "fibonacci": "push 0; push 1; push N; store 0; next:; load 0; jz done; over; over; add; swap; store 1; swap; drop; load 1; swap; load 0; push 1; sub; store 0; jmp next; done:; out; out",
    "collatz": "push N; store 0; push 0; store 1; turn:; load 0; push 1; sub; jz done; load 1; push 1; add; store 1; load 0; push 2; mod; jz even; load 0; push 3; mul; push 1; add; store 0; jmp turn; even:; load 0; push 2; div; store 0; jmp turn; done:; load 1; out",
    "digits": "push N; store 0; push 0; store 1; more:; load 0; jz done; load 0; push K; mod; load 1; add; store 1; load 0; push K; div; store 0; jmp more; done:; load 1; out",
    "signs": "push -N; push K; div; out; push -N; push K; mod; out; push N; push -K; div; out; push N; push -K; mod; out",
    "factorial": "push 1; push K; call fact; out; halt; fact:; dup; jz leave; dup; store 0; mul; load 0; push 1; sub; call fact; ret; leave:; drop; ret",
    "random": "push N; store 0; push M; store 1; round:; load 1; jz done; load 0; push 1103; mul; push K; add; store 0; load 1; push 1; sub; store 1; load 0; jn neg; jmp round; neg:; load 0; out; jmp round; done:; load 0; out; halt",
    "starved": "push N; out; push M; add; out",
    "nothing": "push M; out; push N; push K; push K; sub; div; out",
    "endless": "push N; spin:; push K; add; dup; jz spin; jmp spin",
    "deep": "push N; out; down:; call down",
    "lost": "push K; store 2; load 2; out; load 400; out",
}


@dataclass
class _Run:
    """What a program does."""

    output: list[int]
    steps: int
    end: str


@dataclass
class _Machine:
    """One variant of the machine."""

    words: dict[str, str]
    bits: int
    division: str
    cells: int
    depth: int
    limit: int
    comment: str
    statuses: dict[str, int]

    def text(self, template: str, rng: Random) -> str:
        """A template as a program of this machine, with comments."""
        numbers = {"N": rng.randint(300, 9000), "M": rng.randint(20, 90), "K": rng.randint(3, 9)}
        for key, value in numbers.items():
            template = template.replace(f"-{key}", f"-{value}").replace(f" {key}", f" {value}")
        rows = [f"{self.comment} unit {rng.randint(10, 99)}, revision {rng.randint(1, 9)}"]
        for piece in template.split("; "):
            word, _, operand = piece.partition(" ")
            row = word if word.endswith(":") else f"    {self.words[word]} {operand}".rstrip()
            rows.append(
                row
                + (
                    f"  {self.comment} {rng.choice(('ok', 'see log', 'tbd'))}"
                    if rng.random() < 0.1
                    else ""
                )
            )
        return "\n".join(rows) + "\n"

    def run(self, text: str) -> _Run:
        """Execute a program."""
        code: list[tuple[str, str]] = []
        labels: dict[str, int] = {}
        names = {word: name for name, word in self.words.items()}
        for row in text.splitlines():
            row = row.split(self.comment)[0].strip()
            if row.endswith(":"):
                labels[row[:-1]] = len(code)
            elif row:
                word, _, operand = row.partition(" ")
                code.append((names[word], operand))
        stack: list[int] = []
        back: list[int] = []
        memory, place, run = [0] * self.cells, 0, _Run([], 0, "halt")
        needs = dict.fromkeys(("add", "sub", "mul", "div", "mod", "swap", "over"), 2)
        needs |= dict.fromkeys(("dup", "drop", "store", "jz", "jn", "out"), 1)
        half = 1 << (self.bits - 1)
        while True:
            if run.steps == self.limit:
                run.end = "limit"
                return run
            run.steps += 1
            name, operand = code[place] if place < len(code) else ("halt", "")
            place += 1
            if len(stack) < needs.get(name, 0) or (name == "ret" and not back):
                run.end = "underflow"
                return run
            taken = [stack.pop() for _ in range(needs.get(name, 0))][::-1]
            a, b = [*taken, 0, 0][:2]
            made: list[int] = []
            if name == "halt":
                return run
            if name in ("load", "store") and not 0 <= int(operand) < self.cells:
                run.end = "cell"
                return run
            if name in ("div", "mod") and b == 0:
                run.end = "zero"
                return run
            if name in ("div", "mod"):
                quotient = (
                    a // b
                    if self.division == "floor"
                    else (abs(a) // abs(b)) * (1 if (a < 0) == (b < 0) else -1)
                )
                made = [quotient if name == "div" else a - b * quotient]
            elif name == "store":
                memory[int(operand)] = a
            elif name == "out":
                run.output.append(a)
            elif name in ("jmp", "call") or (name == "jz" and a == 0) or (name == "jn" and a < 0):
                if name == "call":
                    back.append(place)
                place = labels[operand]
            elif name == "ret":
                place = back.pop()
            elif name == "load":
                made = [memory[int(operand)]]
            elif name == "push":
                made = [int(operand)]
            else:
                made = {
                    "add": [a + b],
                    "sub": [a - b],
                    "mul": [a * b],
                    "dup": [a, a],
                    "swap": [b, a],
                    "over": [a, b, a],
                }.get(name, [])
            stack += [(value + half) % (2 * half) - half for value in made]
            if max(len(stack), len(back)) > self.depth:
                run.end = "overflow"
                return run


_INTERPRETER = '''
cat > run.py <<'EOF'
"""Runs programs of the stack machine; see MANUAL.md. With -j: the run as JSON."""
import json
import sys

STATUS = @STATUS@
NEEDS = {**dict.fromkeys("@add@ @sub@ @mul@ @div@ @mod@ @swap@ @over@".split(), 2), **dict.fromkeys("@dup@ @drop@ @store@ @jz@ @jn@ @out@".split(), 1)}


def wrap(value):
    return (value + (1 << @BITS@ - 1)) % (1 << @BITS@) - (1 << @BITS@ - 1)


def quotient(a, b):
    @QUOTIENT@


def run(path):
    code, labels = [], {}
    for line in open(path):
        line = line.split("@COMMENT@")[0].strip()
        if line.endswith(":"):
            labels[line[:-1]] = len(code)
        elif line:
            code.append((line.split() + [""])[:2])
    stack, back, cells, output, steps, at = [], [], [0] * @CELLS@, [], 0, 0
    while steps < @LIMIT@:
        steps += 1
        word, operand = code[at] if at < len(code) else ("@halt@", "")
        at += 1
        need = NEEDS.get(word, 0)
        if len(stack) < need or word == "@ret@" and not back:
            return output, steps, "underflow"
        args = stack[len(stack) - need:]
        del stack[len(stack) - need:]
        if word == "@halt@":
            return output, steps, "halt"
        if word in ("@load@", "@store@") and not 0 <= int(operand) < @CELLS@:
            return output, steps, "cell"
        if word in ("@div@", "@mod@"):
            a, b = args
            if b == 0:
                return output, steps, "zero"
            q = quotient(a, b)
            stack.append(wrap(q if word == "@div@" else a - b * q))
        elif word == "@push@": stack.append(wrap(int(operand)))
        elif word == "@add@": stack.append(wrap(args[0] + args[1]))
        elif word == "@sub@": stack.append(wrap(args[0] - args[1]))
        elif word == "@mul@": stack.append(wrap(args[0] * args[1]))
        elif word == "@dup@": stack += args * 2
        elif word == "@swap@": stack += args[::-1]
        elif word == "@over@": stack += [*args, args[0]]
        elif word == "@load@": stack.append(cells[int(operand)])
        elif word == "@store@": cells[int(operand)] = args[0]
        elif word == "@out@": output.append(args[0])
        elif word == "@ret@": at = back.pop()
        elif word == "@jmp@" or word == "@jz@" and args[0] == 0 or word == "@jn@" and args[0] < 0: at = labels[operand]
        elif word == "@call@":
            back.append(at)
            at = labels[operand]
        if len(stack) > @DEPTH@ or len(back) > @DEPTH@:
            return output, steps, "overflow"
    return output, steps, "limit"


output, steps, end = run(sys.argv[-1])
if sys.argv[1] == "-j":
    print(json.dumps({"output": output, "steps": steps, "end": end}))
else:
    print("".join(f"{number}\\n" for number in output), end="")
    sys.exit(STATUS.get(end, 0))
EOF
'''


class StackMachine(Family):
    """Write an interpreter for a documented stack machine and record what its programs do.

    Hard because word width, rounding and faults interact, and because other programs are tried.
    """

    name = "stack-machine"
    domain = "coding"
    skills = ("interpreters", "specification-reading", "exact-arithmetic")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        words = {name: rng.choice(options) for name, options in _WORDS.items()}
        faults = ("underflow", "overflow", "zero", "cell", "limit")
        statuses = dict(zip(faults, rng.sample(range(2, 60), 5), strict=True))
        machine = _Machine(words, rng.choice((12, 16, 20)), rng.choice(list(_DIVISION)), rng.choice((8, 16, 32)),
                           rng.randint(20, 60), rng.randint(3, 9) * 1000, rng.choice("#;"), statuses)  # fmt: skip
        kinds = rng.sample(sorted(_PROGRAMS), context.scale(5, 12))
        programs = {names.project(): machine.text(_PROGRAMS[kind], rng) for kind in kinds}
        for program, source in programs.items():
            part.file(f"programs/{program}.asm", source.encode())
        extra = {**words, "underflow": statuses["underflow"], **statuses, "limit": machine.limit}
        manual = _MANUAL.format(
            **extra, limit_status=statuses["limit"], bits=machine.bits, division=_DIVISION[machine.division],
            cells=machine.cells, last=machine.cells - 1, depth=machine.depth, comment=machine.comment,
            jumps=", ".join(f"`{words[w]}`" for w in ("jmp", "jz", "jn", "call")),
        )  # fmt: skip
        part.file("MANUAL.md", manual.encode())
        report = rng.choice(("runs.json", "programs.json", "results.json"))
        fields = {
            "where": part.where,
            "boss": names.person().name,
            "count": len(programs),
            "report": report,
        }
        part.title = "write an interpreter for a stack machine"
        part.ask(context.pick(_ASKS).format(**fields), context.pick(_WANTED).format(**fields))
        runs = {program: machine.run(source) for program, source in programs.items()}
        self._solve(part, machine, report)
        trials = [machine.text(template, rng) for template in _PROGRAMS.values()]
        self._verify(part, machine, runs, report, trials)
        longest = max(runs, key=lambda program: (sum(runs[program].output), program))
        part.hide(longest, *(str(n) for run in runs.values() for n in run.output if abs(n) > 999))
        others = sorted(set(programs) - {longest})
        phrase = "the program whose printed numbers add up to the most"
        part.reveals("program", longest, others[:3], phrase, "loud_program")
        return part

    @staticmethod
    def _solve(part: Part, machine: _Machine, report: str) -> None:
        source = _INTERPRETER
        quotient = (
            "return a // b"
            if machine.division == "floor"
            else "return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)"
        )
        values = {**machine.words, "STATUS": machine.statuses, "BITS": machine.bits, "QUOTIENT": quotient, "COMMENT": machine.comment,
                  "CELLS": machine.cells, "LIMIT": machine.limit, "DEPTH": machine.depth}  # fmt: skip
        for key, value in values.items():
            source = source.replace(f"@{key}@", str(value))
        part.do(
            "ls -l programs",
            "cat MANUAL.md",
            "head -15 programs/*.asm",
            "cat programs/*.asm | awk '{print $1}' | sort | uniq -c | sort -rn",
            source,
            'for f in programs/*.asm; do echo "== $f"; python3 run.py "$f" | tail -3; echo "status ${PIPESTATUS[0]}"; done',
            "printf '    %s 7\\n    %s 0\\n    %s\\n' "
            f"{machine.words['push']} {machine.words['push']} {machine.words['div']} > /tmp/zero.asm; python3 run.py /tmp/zero.asm; echo $?",
            'rm -f /tmp/runs; for f in programs/*.asm; do printf \'{"key": "%s", "value": %s}\\n\' $(basename $f .asm) "$(python3 run.py -j $f)" >> /tmp/runs; done; cut -c1-120 /tmp/runs',
            "loud_program=$(jq -rs 'sort_by([(.value.output | add // 0), .key]) | last.key' /tmp/runs); echo $loud_program",
            f"jq -s from_entries /tmp/runs > {report}; rm -rf __pycache__; jq -c 'map_values(.end)' {report}",
        )

    @staticmethod
    def _verify(
        part: Part, machine: _Machine, runs: dict[str, _Run], report: str, trials: list[str]
    ) -> None:
        path = part.path(report)
        for keys in (("output",), ("steps", "end")):
            wanted = {name: {key: vars(run)[key] for key in keys} for name, run in runs.items()}
            part.check(
                f"the report is right about {' and '.join(keys)}",
                f"""
                report = json_file({path!r})
                assert set(report) == set({sorted(runs)!r}), sorted(report)
                for entry in report.values():
                    assert set(entry) == {{"output", "steps", "end"}}, sorted(entry)
                for name, wanted in {wanted!r}.items():
                    assert {{key: report[name][key] for key in wanted}} == wanted, name
                """,
            )
        cases = [
            (text, run.output, machine.statuses.get(run.end, 0))
            for text, run in ((t, machine.run(t)) for t in trials)
        ]
        for title, some in (("computations", cases[:7]), ("faults", cases[7:])):
            part.check(
                f"the interpreter is right on other programs: {title}",
                f"""
                import tempfile
                for program, output, status in {some!r}:
                    with tempfile.NamedTemporaryFile("w", suffix=".asm") as file:
                        file.write(program)
                        file.flush()
                        os.chmod(file.name, 0o644)
                        argv = ["python3", "-B", {part.path("run.py")!r}, file.name]
                        code, out, err = run_agent_program(argv, cwd={part.root!r})
                    assert code == status, program[:200] + str(code)
                    assert out.split() == [str(number) for number in output], program[:200]
                """,
                slow=True,
            )
        given = {p: f.data.decode() for p, f in part.files.items()}
        part.check(
            "manual and programs are as they were",
            f"""
            for path, content in {given!r}.items():
                assert text(path) == content, path
            """,
        )
        part.output(report)
        part.mutate(
            "sed -i 's/1 << @B@/1 << 1 + @B@/g' run.py".replace("@B@", str(machine.bits)),
            "rm run.py",
        )
