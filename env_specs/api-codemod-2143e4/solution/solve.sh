#!/bin/bash
cat MIGRATION.md
find src -name '*.py' | sort | xargs wc -l
grep -rn 'storage' src | grep import | sort
grep -rnE '\bload\(' src | head -40
grep -rnE 'strict=' src | head -40
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
