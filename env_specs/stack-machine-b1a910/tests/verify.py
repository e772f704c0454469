"""Verifier of stack-machine-b1a910. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('the report is right about output')
def _():
    report = json_file('/app/results.json')
    assert set(report) == set(['basalt', 'juniper', 'lagoon', 'onyx', 'plover', 'sextant', 'slate', 'tern']), sorted(report)
    for entry in report.values():
        assert set(entry) == {"output", "steps", "end"}, sorted(entry)
    for name, wanted in {'slate': {'output': [-1411, -2, -1411, 2]}, 'plover': {'output': [2568]}, 'basalt': {'output': [71]}, 'juniper': {'output': []}, 'tern': {'output': []}, 'lagoon': {'output': [4]}, 'onyx': {'output': [-342998, -131571, -419318, -85731, -189446, -292307, -501782, -348595, -399430, -169363, -160854, -212611, -368790, -137894, -53555, -350902, -120355, -77014, -11779, -409318, -519651, -439507, -334102, -464323, -443174, -184499, -78646, -91478, -236931, -239462, -503670, -507270, -397718, -378179, -340422, -95251, -204246, -167910, -378870, -460294, -193491, -193491]}, 'sextant': {'output': [57]}}.items():
        assert {key: report[name][key] for key in wanted} == wanted, name


@check('the report is right about steps and end')
def _():
    report = json_file('/app/results.json')
    assert set(report) == set(['basalt', 'juniper', 'lagoon', 'onyx', 'plover', 'sextant', 'slate', 'tern']), sorted(report)
    for entry in report.values():
        assert set(entry) == {"output", "steps", "end"}, sorted(entry)
    for name, wanted in {'slate': {'steps': 17, 'end': 'halt'}, 'plover': {'steps': 43, 'end': 'overflow'}, 'basalt': {'steps': 7, 'end': 'zero'}, 'juniper': {'steps': 5000, 'end': 'limit'}, 'tern': {'steps': 5000, 'end': 'limit'}, 'lagoon': {'steps': 5, 'end': 'cell'}, 'onyx': {'steps': 1171, 'end': 'halt'}, 'sextant': {'steps': 1014, 'end': 'halt'}}.items():
        assert {key: report[name][key] for key in wanted} == wanted, name


@check('manual and programs are as they were')
def _():
    for path, content in {'/app/programs/slate.asm': '; unit 22, revision 1\n    push -8468\n    push 6\n    over_by\n    out\n    push -8468\n    push 6\n    rem\n    out\n    push 8468\n    push -6\n    over_by\n    out\n    push 8468  ; tbd\n    push -6\n    rem  ; tbd\n    out\n', '/app/programs/plover.asm': '; unit 83, revision 8\n    push 2568  ; ok\n    out\ndown:\n    call down\n', '/app/programs/basalt.asm': '; unit 45, revision 1\n    push 71\n    out\n    push 4404\n    push 5\n    push 5\n    minus\n    over_by\n    out\n', '/app/programs/juniper.asm': '; unit 19, revision 6\n    push 4130\nspin:\n    push 5\n    plus\n    twice\n    brz spin\n    jump spin\n', '/app/programs/tern.asm': '; unit 74, revision 5\n    push 0\n    push 1\n    push 2358\n    put 0\nnext:  ; tbd\n    load 0\n    brz done\n    peek\n    peek\n    plus\n    exch\n    put 1\n    exch\n    toss\n    load 1\n    exch\n    load 0  ; tbd\n    push 1  ; see log\n    minus\n    put 0\n    jump next\ndone:\n    out\n    out\n', '/app/programs/lagoon.asm': '; unit 87, revision 6\n    push 4\n    put 2\n    load 2\n    out\n    load 400\n    out\n', '/app/programs/onyx.asm': '; unit 77, revision 2\n    push 2541\n    put 0\n    push 72\n    put 1\nround:\n    load 1\n    brz done\n    load 0\n    push 1103\n    times\n    push 7\n    plus  ; tbd\n    put 0\n    load 1\n    push 1\n    minus\n    put 1\n    load 0\n    brn neg  ; tbd\n    jump round\nneg:\n    load 0\n    out  ; ok\n    jump round\ndone:\n    load 0\n    out\n    stop\n', '/app/programs/sextant.asm': '; unit 31, revision 4\n    push 7200\n    put 0\n    push 0\n    put 1\nturn:\n    load 0\n    push 1\n    minus\n    brz done\n    load 1\n    push 1  ; see log\n    plus\n    put 1\n    load 0\n    push 2  ; ok\n    rem\n    brz even\n    load 0\n    push 3\n    times\n    push 1\n    plus\n    put 0\n    jump turn\neven:\n    load 0  ; ok\n    push 2\n    over_by\n    put 0\n    jump turn\ndone:\n    load 1\n    out\n', '/app/MANUAL.md': "# The machine\n\nA program is text. `;` starts a comment that goes to the end of the line; empty lines do not\ncount. `name:` alone on a line is a label for the instruction that follows. Every other line is one\ninstruction, with at most one operand after a space: a decimal number, or a label for `jump`, `brz`, `brn`, `call`.\n\nThe machine has a stack of words, 8 cells of memory (0 to 7, all 0 at first) and a stack\nof return places. A word is a signed 20-bit number. Every result is reduced to that\nrange by wrapping around (two's complement); so are operands of `push`.\n\n| instruction | effect; the top of the stack is on the right |\n|---|---|\n| `push n` | ( → n) |\n| `plus`, `minus`, `times` | (a b → a+b), (a b → a-b), (a b → a*b) |\n| `over_by`, `rem` | (a b → quotient), (a b → remainder). The quotient is rounded towards zero; the remainder has the sign of a. |\n| `twice`, `toss`, `exch` | (a → a a), (a → ), (a b → b a) |\n| `peek` | (a b → a b a) |\n| `load k` | ( → value of cell k) |\n| `put k` | (a → ), cell k becomes a |\n| `jump L` | go to L |\n| `brz L` | (a → ), go to L if a is 0 |\n| `brn L` | (a → ), go to L if a is negative |\n| `call L`, `back` | go to L and remember the next instruction; go back to the one remembered last |\n| `out` | (a → ), prints a in decimal |\n| `stop` | ends the program, exit status 0 |\n\nBehind the last instruction stands an implicit `stop` (it counts as a step when it is reached).\n\nFaults end the program; what was printed before remains. A faulting instruction counts as a step.\n\n| fault | when | exit status |\n|---|---|---|\n| `underflow` | an instruction needs more words than the stack holds, or `back` has nowhere to go | 24 |\n| `overflow` | the stack would hold more than 40 words, or more than 40 return places | 35 |\n| `zero` | division by zero | 51 |\n| `cell` | a memory cell that does not exist | 43 |\n| `limit` | 5000 instructions have been executed and the program would go on | 33 |\n\n`underflow` is looked for before every other fault.\n"}.items():
        assert text(path) == content, path


@check('the interpreter is right on other programs: computations')
def _():
    import tempfile
    for program, output, status in [('; unit 34, revision 8\n    push 8021\n    push 80\nagain:\n    twice\n    brz done  ; ok\n    exch\n    peek\n    rem\n    jump again\ndone:\n    toss\n    twice\n    out  ; tbd\n    push 8\n    minus\n    out\n', [1, -7], 0), ('; unit 30, revision 6\n    push 0\n    push 1\n    push 5651  ; tbd\n    put 0\nnext:\n    load 0\n    brz done\n    peek\n    peek\n    plus\n    exch\n    put 1\n    exch\n    toss\n    load 1\n    exch  ; tbd\n    load 0\n    push 1\n    minus  ; ok\n    put 0  ; tbd\n    jump next\ndone:\n    out\n    out\n', [], 33), ('; unit 44, revision 3\n    push 4649  ; ok\n    put 0\n    push 0\n    put 1\nturn:\n    load 0\n    push 1\n    minus  ; see log\n    brz done\n    load 1\n    push 1\n    plus\n    put 1\n    load 0\n    push 2\n    rem\n    brz even  ; tbd\n    load 0\n    push 3\n    times\n    push 1\n    plus\n    put 0  ; ok\n    jump turn\neven:\n    load 0\n    push 2\n    over_by\n    put 0\n    jump turn\ndone:  ; see log\n    load 1\n    out\n', [134], 0), ('; unit 66, revision 8\n    push 8824\n    put 0  ; see log\n    push 0\n    put 1\nmore:\n    load 0\n    brz done\n    load 0\n    push 6\n    rem\n    load 1\n    plus  ; tbd\n    put 1\n    load 0  ; see log\n    push 6  ; ok\n    over_by\n    put 0\n    jump more  ; ok\ndone:  ; tbd\n    load 1\n    out  ; tbd\n', [14], 0), ('; unit 29, revision 2\n    push -1854\n    push 9\n    over_by\n    out\n    push -1854\n    push 9\n    rem\n    out  ; tbd\n    push 1854\n    push -9\n    over_by\n    out  ; tbd\n    push 1854\n    push -9\n    rem\n    out\n', [-206, 0, -206, 0], 0), ('; unit 54, revision 5\n    push 1\n    push 7\n    call fact\n    out\n    stop\nfact:\n    twice\n    brz leave\n    twice\n    put 0\n    times  ; ok\n    load 0\n    push 1\n    minus\n    call fact  ; ok\n    back\nleave:\n    toss\n    back\n', [5040], 0), ('; unit 82, revision 8\n    push 7507\n    put 0\n    push 65  ; see log\n    put 1\nround:\n    load 1\n    brz done\n    load 0\n    push 1103\n    times\n    push 8\n    plus\n    put 0\n    load 1  ; ok\n    push 1\n    minus\n    put 1  ; tbd\n    load 0\n    brn neg\n    jump round\nneg:\n    load 0\n    out\n    jump round  ; see log\ndone:\n    load 0\n    out\n    stop\n', [-108379, -4365, -500589, -207419, -193581, -111245, -19835, -319675, -279981, -320507, -149101, -253133, -284475, -251693, -505229, -473723, -325613, -73293, -101819, -108717, -377179, -479483, -387437, -303053, -337883, -440461, -337787, -334573, -342715, -498189, -48635, -167021, -40237, -341211, -304205, -487085, -383835, -383835], 0)]:
        with tempfile.NamedTemporaryFile("w", suffix=".asm") as file:
            file.write(program)
            file.flush()
            os.chmod(file.name, 0o644)
            argv = ["python3", "-B", '/app/run.py', file.name]
            code, out, err = run_agent_program(argv, cwd='/app')
        assert code == status, program[:200] + str(code)
        assert out.split() == [str(number) for number in output], program[:200]


@check('the interpreter is right on other programs: faults')
def _():
    import tempfile
    for program, output, status in [('; unit 92, revision 9\n    push 580\n    out\n    push 58\n    plus  ; tbd\n    out\n', [580], 24), ('; unit 15, revision 7\n    push 44\n    out\n    push 6166  ; ok\n    push 6\n    push 6\n    minus\n    over_by\n    out\n', [44], 51), ('; unit 51, revision 2\n    push 4506\nspin:\n    push 8\n    plus\n    twice\n    brz spin\n    jump spin\n', [], 33), ('; unit 47, revision 1\n    push 3681\n    out\ndown:\n    call down  ; tbd\n', [3681], 35), ('; unit 57, revision 4\n    push 8\n    put 2  ; see log\n    load 2  ; ok\n    out\n    load 400  ; tbd\n    out\n', [8], 43)]:
        with tempfile.NamedTemporaryFile("w", suffix=".asm") as file:
            file.write(program)
            file.flush()
            os.chmod(file.name, 0o644)
            argv = ["python3", "-B", '/app/run.py', file.name]
            code, out, err = run_agent_program(argv, cwd='/app')
        assert code == status, program[:200] + str(code)
        assert out.split() == [str(number) for number in output], program[:200]

main()
