"""A call interface that changes, with all its callers in a code base."""

from __future__ import annotations

import hashlib
from random import Random

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    {company} is about to drop `{old}` from the module `{lib}`, and `{where}/src` still calls it all
    over the place. {boss} wrote down in `{where}/MIGRATION.md` what a call has to look like
    afterwards. Please move every caller under `{where}/src` to `{new}`.
    """,
    """
    The old entry point `{lib}.{old}` has been deprecated for a year; with the next release it goes.
    `{where}/MIGRATION.md` (by {boss}) says how its calls become calls of `{new}`. The
    callers are the Python files below `{where}/src`, and they are all to be migrated.
    """,
    """
    Before {boss} can remove `{old}` from `{lib}`, our code under `{where}/src` must call `{new}`
    instead, as described in `{where}/MIGRATION.md`.
    """,
)
_WANTED = (
    """
    This is a change of calls only: comments, docstrings, strings and everything else in the files
    stay, and so do things that merely happen to be called `{old}`. Do not run a
    formatter over the code. Write `{where}/{report}` as well, a JSON object that gives for each team (a
    folder directly below `src`) the number of calls that were migrated, 0 where there was
    none, so that {boss} knows whom to ask for a review.
    """,
    """
    Nothing but calls (and what they need to be imported) may differ afterwards: comments, strings and docstrings keep what they say, other things of
    the name `{old}` are none of our business, and nobody wants to review reformatted files. So that
    {boss} can plan the reviews, `{where}/{report}` has to say how many calls were migrated in each team's code: a JSON
    object with the teams (the folders directly below `src`) as keys and the counts as values, teams with none included.
    """,
)
_GUIDE = """\
# From `{old}` to `{new}`

Old: `{old}(table, {first}=100, {second}=None, strict=True)`
New: `{new}(table, *, {first_new}=100, {second_new}=None, on_error="raise")`

- Only `{old}` from the module `{lib}` is meant: imported from it by name (under its own name or
  another one, `from {lib} import {old} as x`), or called through the module (`{lib}.{old}`, also
  where the module was imported under another name). An imported name is imported from then on
  under the same local name, if it had one of its own (`from {lib} import {new} as x`).
- Only the table is given by position. What was given by position as second and third
  becomes `{first_new}=` and `{second_new}=`; the keywords `{first}` and `{second}` get their new names.
- `strict=True` goes away; `strict=False` becomes `on_error="skip"`, at the same place. (`strict` was
  never given by position, and never as anything but these two constants.)
- Values, their order and the tables stay as they are. A value may hold further calls to be migrated.
- Mentions in comments, docstrings and strings stay.
"""
_SCRIPT = """
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
        if isinstance(node, ast.ImportFrom) and node.module == "@lib@":
            for name in node.names:
                if name.name == "@old@":
                    direct.add(name.asname or name.name)
                    place = source.index(b"@old@", source.index(b"import", at(node)))
                    edits.append((place, place + len("@old@"), "@new@"))
        elif isinstance(node, ast.Import):
            modules |= {n.asname or n.name for n in node.names if n.name == "@lib@"}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        f = node.func
        if isinstance(f, ast.Name) and f.id in direct:
            if f.id == "@old@":
                edits.append((at(f), end(f), "@new@"))
        elif isinstance(f, ast.Attribute) and f.attr == "@old@" and isinstance(f.value, ast.Name) and f.value.id in modules:
            edits.append((end(f) - len("@old@"), end(f), "@new@"))
        else:
            continue
        counts[path.parts[1]] += 1
        for value, name in zip(node.args[1:], ("@first_new@", "@second_new@")):
            edits.append((at(value), at(value), name + "="))
        before = node.args[-1]
        for keyword in node.keywords:
            if keyword.arg != "strict":
                name = {"@first@": "@first_new@", "@second@": "@second_new@"}[keyword.arg]
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
"""
_TABLES = "customers orders stock invoices parcels returns vouchers tariffs visits sessions".split()
_COLUMNS = "created name amount region status weight".split()


class _Names:
    """What old and new interface are called in this instance."""

    def __init__(self, rng: Random) -> None:
        self.lib = rng.choice(("storage", "warehouse", "records", "datastore"))
        self.old, self.new = rng.choice(
            (("fetch", "query"), ("load", "select"), ("rows", "scan"), ("get_all", "find"))
        )
        self.first, self.first_new = rng.choice(
            (("limit", "rows"), ("count", "at_most"), ("size", "page_size"))
        )
        self.second, self.second_new = rng.choice(
            (("order", "sort_by"), ("key", "ordering"), ("by", "column"))
        )

    def call(self, rng: Random, callee: str, depth: int = 0) -> tuple[str, str, int]:
        """A call in old and in new form, and how many calls it holds.

        `callee` has `@` where the function's name stands, if it stands there at all.
        """
        table = f'"{rng.choice(_TABLES)}"'
        old, new, count = [table], [table], 1
        value = str(rng.randint(2, 500))
        value_new = value
        if depth < 2 and rng.random() < 0.2:
            inner, inner_new, more = self.call(rng, callee, depth + 1)
            value, value_new, count = f"len({inner})", f"len({inner_new})", count + more
        column = f'"{rng.choice(_COLUMNS)}"'
        shape = rng.randint(0, 5)
        if shape in (1, 2):
            old, new = [*old, value], [*new, f"{self.first_new}={value_new}"]
        elif shape in (3, 4):
            old, new = [*old, f"{self.first}={value}"], [*new, f"{self.first_new}={value_new}"]
        else:
            count = 1
        if shape == 2:
            old, new = [*old, column], [*new, f"{self.second_new}={column}"]
        elif shape in (4, 5):
            old, new = [*old, f"{self.second}={column}"], [*new, f"{self.second_new}={column}"]
        strict = rng.random()
        if strict < 0.2:
            old.append("strict=True")
        elif strict < 0.45:
            old, new = [*old, "strict=False"], [*new, 'on_error="skip"']
        if rng.random() < 0.1:  # over several lines
            return (
                f"{callee.replace('@', self.old)}(\n        "
                + ",\n        ".join(old)
                + ",\n    )",
                f"{callee.replace('@', self.new)}(\n        "
                + ",\n        ".join(new)
                + ",\n    )",
                count,
            )
        return (
            f"{callee.replace('@', self.old)}({', '.join(old)})",
            f"{callee.replace('@', self.new)}({', '.join(new)})",
            count,
        )

    def module(self, rng: Random, title: str, functions: int) -> tuple[str, str, int]:
        """A module before and after, and its number of calls."""
        head, callee = rng.choice((
            (f"from {self.lib} import @", "@"),
            (f"from {self.lib} import connect, @", "@"),
            (f"from {self.lib} import @ as pull", "pull"),
            (f"import {self.lib}", f"{self.lib}.@"),
            (f"import {self.lib} as db", "db.@"),
            ("from cache import @", ""),
            ("import cache", ""),
        ))  # fmt: skip
        old = [
            f'"""{title}. Uses {self.old}() of {self.lib}."""',
            "",
            head.replace("@", self.old),
            "",
        ]
        new = [old[0], "", head.replace("@", self.old if not callee else self.new), ""]
        total = 0
        for number in range(functions):
            lead = [f"\ndef step_{number}(session):"]
            if rng.random() < 0.4:
                lead.append(
                    f'    # {self.old}("{rng.choice(_TABLES)}", {rng.randint(2, 99)}) was too slow here'
                )
            noise = rng.choice((
                f'    session.log("{self.old}(table, {rng.randint(2, 50)}, strict=True)")',
                f"    session.{self.old}({rng.randint(2, 90)}, strict=False)",
                f"    cached = session.cache.{self.old}(\"{rng.choice(_TABLES)}\", {rng.randint(2, 90)})",
                f"    {self.first} = {rng.randint(2, 90)}",
            ))  # fmt: skip
            if callee:
                before, after, count = self.call(rng, callee)
            else:
                name = self.old if head.startswith("from") else f"cache.{self.old}"
                before, after, count = (
                    f'{name}("{rng.choice(_TABLES)}", {rng.randint(2, 90)})',
                    "",
                    0,
                )
                after = before
            total += count
            form = rng.choice(
                (
                    "    return {}",
                    "    found = {}\n    return found[0]",
                    "    for row in {}:\n        session.add(row)",
                )
            )
            old += [*lead, noise, form.format(before), ""]
            new += [*lead, noise, form.format(after), ""]
        return "\n".join(old), "\n".join(new), total


class ApiCodemod(Family):
    """Migrate every call of a function to its successor, without touching anything else.

    Hard because names are imported under other names, calls nest, and other things share the name.
    """

    name = "api-codemod"
    domain = "coding"
    skills = ("refactoring", "static-code-analysis")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        api = _Names(rng)
        teams = [
            f"{names.service()}-{names.site()}".replace("-", "_")
            for _ in range(context.scale(3, 7))
        ]
        expected: dict[str, str] = {}
        counts = dict.fromkeys(sorted(teams), 0)
        top = rng.choice(teams)
        for team in counts:
            for module in rng.sample(
                ("loader", "report", "nightly", "views", "clean", "export", "audit"),
                context.scale(2, 5) + (team == top),
            ):
                title = f"{module.capitalize()} of {team}"
                old, new, count = api.module(rng, title, rng.randint(2, 3 + context.difficulty))
                expected[part.file(f"src/{team}/{module}.py", old.encode())] = new
                counts[team] += count
        ranked = sorted(counts, key=lambda team: (-counts[team], team))
        if counts[ranked[0]] == counts[ranked[1]]:
            old, new, count = _more(api, rng, f"Retries of {ranked[0]}")
            expected[part.file(f"src/{ranked[0]}/retries.py", old.encode())] = new
            counts[ranked[0]] += count
        part.file("MIGRATION.md", _GUIDE.format(**vars(api)).encode())
        report = rng.choice(("migrated.json", "calls.json", "review.json"))
        words = {
            **vars(api),
            "where": part.where,
            "boss": names.person().name,
            "company": names.company,
            "report": report,
        }
        part.title = "migrate the callers of a function"
        part.ask(context.pick(_ASKS).format(**words), context.pick(_WANTED).format(**words))
        self._solve(part, api, report, context.difficulty)
        self._verify(part, expected, counts, report)
        part.hide(ranked[0])
        phrase = "the team with the most migrated calls"
        part.reveals("team", ranked[0], ranked[1:4], phrase, "busy_team")
        part.mutate(
            "echo '# migrated' >> $(ls src/*/*.py | LC_ALL=C sort | head -1)",
            f"f=$(grep -rl '{api.new}(' src | sort | head -1); sed -i '0,/{api.new}(/s//{api.old}(/' $f",
        )
        return part

    @staticmethod
    def _solve(part: Part, api: _Names, report: str, difficulty: int) -> None:
        script = _SCRIPT
        for key, value in vars(api).items():
            script = script.replace(f"@{key}@", value)
        part.do(
            "cat MIGRATION.md",
            "find src -name '*.py' | sort | xargs wc -l",
            f"grep -rn '{api.lib}' src | grep import | sort",
            f"grep -rnE '\\b{api.old}\\(' src | head -40",
            f"grep -rnE 'strict=' src | head -{10 * difficulty}",
            "cp -r src /tmp/before",
            script,
            f"python3 /tmp/migrate.py /tmp/{report} && cat /tmp/{report}",
            "diff -r -U0 /tmp/before src | grep '^[-+]' | grep -v '^[-+][-+]' | head -60",
            "python3 - <<'EOF'\nimport ast, pathlib\nfor path in pathlib.Path('src').rglob('*.py'):\n    ast.parse(path.read_text())\nprint('all parse')\nEOF",
            f"cp /tmp/{report} {report}; busy_team=$(jq -r 'to_entries | max_by(.value) | .key' {report})",
        )

    @staticmethod
    def _verify(part: Part, expected: dict[str, str], counts: dict[str, int], report: str) -> None:
        part.helper("""
            import ast
            import io
            import tokenize


            def comments(source):
                tokens = tokenize.generate_tokens(io.StringIO(source).readline)
                return [token.string for token in tokens if token.type == tokenize.COMMENT]
            """)
        teams: dict[str, dict[str, str]] = {}
        for path, source in expected.items():
            teams.setdefault(path.split("/")[-2], {})[path] = source
        for team, files in sorted(teams.items()):
            part.check(
                f"the code of {team} is migrated",
                f"""
                for path, source in {files!r}.items():
                    found = text(path)
                    assert ast.dump(ast.parse(found)) == ast.dump(ast.parse(source)), path
                    assert comments(found) == comments(source), path
                    assert abs(len(found.splitlines()) - len(source.splitlines())) <= 6, path
                """,
            )
        part.check(
            "the report counts the calls",
            f"assert json_file({part.path(report)!r}) == {counts!r}",
        )
        guide = part.path("MIGRATION.md")
        part.check(
            "no file came or went",
            f"""
            there = {{str(path) for path in Path({part.path("src")!r}).rglob("*.py")}}
            assert there == set({sorted(expected)!r})
            assert sha256({guide!r}) == {hashlib.sha256(part.files[guide].data).hexdigest()!r}
            """,
        )
        part.output(report)


def _more(api: _Names, rng: Random, title: str) -> tuple[str, str, int]:
    """A module with at least one call."""
    while True:
        old, new, count = api.module(rng, title, 2)
        if count:
            return old, new, count
