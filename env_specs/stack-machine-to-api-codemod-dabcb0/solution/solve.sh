#!/bin/bash
cd /app/intake
ls -l programs
cat MANUAL.md
head -15 programs/*.asm
cat programs/*.asm | awk '{print $1}' | sort | uniq -c | sort -rn
cat > run.py <<'EOF'
"""Runs programs of the stack machine; see MANUAL.md. With -j: the run as JSON."""
import json
import sys

STATUS = {'underflow': 21, 'overflow': 48, 'zero': 47, 'cell': 54, 'limit': 40}
NEEDS = {**dict.fromkeys("sum minus prod div rem exch over".split(), 2), **dict.fromkeys("twice drop store brz brn emit".split(), 1)}


def wrap(value):
    return (value + (1 << 16 - 1)) % (1 << 16) - (1 << 16 - 1)


def quotient(a, b):
    return a // b


def run(path):
    code, labels = [], {}
    for line in open(path):
        line = line.split(";")[0].strip()
        if line.endswith(":"):
            labels[line[:-1]] = len(code)
        elif line:
            code.append((line.split() + [""])[:2])
    stack, back, cells, output, steps, at = [], [], [0] * 32, [], 0, 0
    while steps < 3000:
        steps += 1
        word, operand = code[at] if at < len(code) else ("halt", "")
        at += 1
        need = NEEDS.get(word, 0)
        if len(stack) < need or word == "return" and not back:
            return output, steps, "underflow"
        args = stack[len(stack) - need:]
        del stack[len(stack) - need:]
        if word == "halt":
            return output, steps, "halt"
        if word in ("get", "store") and not 0 <= int(operand) < 32:
            return output, steps, "cell"
        if word in ("div", "rem"):
            a, b = args
            if b == 0:
                return output, steps, "zero"
            q = quotient(a, b)
            stack.append(wrap(q if word == "div" else a - b * q))
        elif word == "lit": stack.append(wrap(int(operand)))
        elif word == "sum": stack.append(wrap(args[0] + args[1]))
        elif word == "minus": stack.append(wrap(args[0] - args[1]))
        elif word == "prod": stack.append(wrap(args[0] * args[1]))
        elif word == "twice": stack += args * 2
        elif word == "exch": stack += args[::-1]
        elif word == "over": stack += [*args, args[0]]
        elif word == "get": stack.append(cells[int(operand)])
        elif word == "store": cells[int(operand)] = args[0]
        elif word == "emit": output.append(args[0])
        elif word == "return": at = back.pop()
        elif word == "goto" or word == "brz" and args[0] == 0 or word == "brn" and args[0] < 0: at = labels[operand]
        elif word == "call":
            back.append(at)
            at = labels[operand]
        if len(stack) > 39 or len(back) > 39:
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
printf '    %s 7\n    %s 0\n    %s\n' lit lit div > /tmp/zero.asm; python3 run.py /tmp/zero.asm; echo $?
rm -f /tmp/runs; for f in programs/*.asm; do printf '{"key": "%s", "value": %s}\n' $(basename $f .asm) "$(python3 run.py -j $f)" >> /tmp/runs; done; cut -c1-120 /tmp/runs
loud_program=$(jq -rs 'sort_by([(.value.output | add // 0), .key]) | last.key' /tmp/runs); echo $loud_program
jq -s from_entries /tmp/runs > programs.json; rm -rf __pycache__; jq -c 'map_values(.end)' programs.json
cd /app/workspace/"$loud_program"
cat MIGRATION.md
find src -name '*.py' | sort | xargs wc -l
grep -rn 'storage' src | grep import | sort
grep -rnE '\bload\(' src | head -40
grep -rnE 'strict=' src | head -50
cp -r src /tmp/before
cat > /tmp/migrate.py <<'EOF'
import ast, collections, json, pathlib, sys

counts = collections.Counter({p.name: 0 for p in pathlib.Path("src").iterdir() if p.is_dir()})
for path in sorted(pathlib.Path("src").rglob("*.py")):
    source = path.read_bytes()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    at = lambda node: starts[node.lineno - 1] + node.col_offset
    end = lambda node: starts[node.end_lineno - 1] + node.end_col_offset
    tree, edits = ast.parse(source), []
    direct, modules = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "storage":
            for name in node.names:
                if name.name == "load":
                    direct.add(name.asname or name.name)
                    place = source.index(b"load", source.index(b"import", at(node)))
                    edits.append((place, place + len("load"), "select"))
        elif isinstance(node, ast.Import):
            modules |= {n.asname or n.name for n in node.names if n.name == "storage"}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        f = node.func
        if isinstance(f, ast.Name) and f.id in direct:
            if f.id == "load":
                edits.append((at(f), end(f), "select"))
        elif isinstance(f, ast.Attribute) and f.attr == "load" and isinstance(f.value, ast.Name) and f.value.id in modules:
            edits.append((end(f) - len("load"), end(f), "select"))
        else:
            continue
        counts[path.parts[1]] += 1
        for value, name in zip(node.args[1:], ("page_size", "column")):
            edits.append((at(value), at(value), name + "="))
        before = node.args[-1]
        for keyword in node.keywords:
            if keyword.arg != "strict":
                name = {"size": "page_size", "by": "column"}[keyword.arg]
                edits.append((at(keyword), at(keyword) + len(keyword.arg), name))
            elif keyword.value.value:
                edits.append((end(before), end(keyword), ""))
            else:
                edits.append((at(keyword), end(keyword), 'on_error="skip"'))
            before = keyword
    for begin, stop, text in sorted(edits, reverse=True):
        source = source[:begin] + text.encode() + source[stop:]
    path.write_bytes(source)
json.dump(counts, open(sys.argv[1], "w"), indent=2, sort_keys=True)
EOF
python3 /tmp/migrate.py /tmp/calls.json && cat /tmp/calls.json
diff -r -U0 /tmp/before src | grep '^[-+]' | grep -v '^[-+][-+]' | head -60
python3 - <<'EOF'
import ast, pathlib
for path in pathlib.Path('src').rglob('*.py'):
    ast.parse(path.read_text())
print('all parse')
EOF
cp /tmp/calls.json calls.json; busy_team=$(jq -r 'to_entries | max_by(.value) | .key' calls.json)
cd /app
sha256sum intake/programs.json workspace/"$loud_program"/calls.json | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg program "$loud_program" --argjson files "$digests" '{program: $program, files: $files}' > handover.json
