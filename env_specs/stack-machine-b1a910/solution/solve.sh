#!/bin/bash
ls -l programs
cat MANUAL.md
head -15 programs/*.asm
cat programs/*.asm | awk '{print $1}' | sort | uniq -c | sort -rn
cat > run.py <<'EOF'
"""Runs programs of the stack machine; see MANUAL.md. With -j: the run as JSON."""
import json
import sys

STATUS = {'underflow': 24, 'overflow': 35, 'zero': 51, 'cell': 43, 'limit': 33}
NEEDS = {**dict.fromkeys("plus minus times over_by rem exch peek".split(), 2), **dict.fromkeys("twice toss put brz brn out".split(), 1)}


def wrap(value):
    return (value + (1 << 20 - 1)) % (1 << 20) - (1 << 20 - 1)


def quotient(a, b):
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def run(path):
    code, labels = [], {}
    for line in open(path):
        line = line.split(";")[0].strip()
        if line.endswith(":"):
            labels[line[:-1]] = len(code)
        elif line:
            code.append((line.split() + [""])[:2])
    stack, back, cells, output, steps, at = [], [], [0] * 8, [], 0, 0
    while steps < 5000:
        steps += 1
        word, operand = code[at] if at < len(code) else ("stop", "")
        at += 1
        need = NEEDS.get(word, 0)
        if len(stack) < need or word == "back" and not back:
            return output, steps, "underflow"
        args = stack[len(stack) - need:]
        del stack[len(stack) - need:]
        if word == "stop":
            return output, steps, "halt"
        if word in ("load", "put") and not 0 <= int(operand) < 8:
            return output, steps, "cell"
        if word in ("over_by", "rem"):
            a, b = args
            if b == 0:
                return output, steps, "zero"
            q = quotient(a, b)
            stack.append(wrap(q if word == "over_by" else a - b * q))
        elif word == "push": stack.append(wrap(int(operand)))
        elif word == "plus": stack.append(wrap(args[0] + args[1]))
        elif word == "minus": stack.append(wrap(args[0] - args[1]))
        elif word == "times": stack.append(wrap(args[0] * args[1]))
        elif word == "twice": stack += args * 2
        elif word == "exch": stack += args[::-1]
        elif word == "peek": stack += [*args, args[0]]
        elif word == "load": stack.append(cells[int(operand)])
        elif word == "put": cells[int(operand)] = args[0]
        elif word == "out": output.append(args[0])
        elif word == "back": at = back.pop()
        elif word == "jump" or word == "brz" and args[0] == 0 or word == "brn" and args[0] < 0: at = labels[operand]
        elif word == "call":
            back.append(at)
            at = labels[operand]
        if len(stack) > 40 or len(back) > 40:
            return output, steps, "overflow"
    return output, steps, "limit"


output, steps, end = run(sys.argv[-1])
if sys.argv[1] == "-j":
    print(json.dumps({"output": output, "steps": steps, "end": end}))
else:
    print("".join(f"{number}\n" for number in output), end="")
    sys.exit(STATUS.get(end, 0))
EOF
for f in programs/*.asm; do echo "== $f"; python3 run.py "$f" | tail -3; echo "status ${PIPESTATUS[0]}"; done
printf '    %s 7\n    %s 0\n    %s\n' push push over_by > /tmp/zero.asm; python3 run.py /tmp/zero.asm; echo $?
rm -f /tmp/runs; for f in programs/*.asm; do printf '{"key": "%s", "value": %s}\n' $(basename $f .asm) "$(python3 run.py -j $f)" >> /tmp/runs; done; cut -c1-120 /tmp/runs
loud_program=$(jq -rs 'sort_by([(.value.output | add // 0), .key]) | last.key' /tmp/runs); echo $loud_program
jq -s from_entries /tmp/runs > results.json; rm -rf __pycache__; jq -c 'map_values(.end)' results.json
