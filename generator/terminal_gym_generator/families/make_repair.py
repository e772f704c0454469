"""A C project whose makefile builds stale and wrong things, to be repaired."""

from __future__ import annotations

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    The build of `{tool}` in `{where}/{project}` cannot be trusted: after a change of a header one often has to
    delete everything by hand, and on a fresh checkout it does not even link. {boss} wants the makefile
    repaired; the C sources and the headers are fine.
    """,
    """
    {boss} took over `{where}/{project}` and found that its `Makefile` is broken in several ways: a clean build fails, and once it
    works, changed headers and settings do not find their way into `{tool}`. Please mend the
    makefile. Nothing is wrong with the code itself.
    """,
)
_WANTED = """
What must hold, using GNU make and gcc:

- `make` in a fresh checkout builds `{tool}`, also with `make -j4`, and a second `make` right after it compiles and links nothing.
- When a file that a source includes, directly or not, changes, `make` recompiles the objects of just those sources that see it, and links again.
- `limits.h` in the folder `gen` is made from `limits.conf` by `gen/mklimits.sh` during the build; a change of either of the two leads to a new `limits.h` and whatever follows from it.
- `make clean` removes all that the build made, and nothing else.
- `make install DESTDIR=DIR PREFIX=/opt/x` puts `{tool}` into `DIR/opt/x/bin` (mode 755) and `{manual}` into `DIR/opt/x/share/doc/{tool}` (mode 644), building first if needed, and creates the folders; the default of `PREFIX` is `/usr/local`.
- Files called `clean`, `install` or `all` in the folder do not get in the way.

Change `Makefile` only. Then build `{tool}`, run it on `{where}/input.txt`, and put what it prints into `{where}/{out}`. Leave
the project folder as after `make clean`.
"""
_OPERATIONS = (
    "    return value * {a} + {b};",
    "    return value ^ ({a} << 7) ^ {b};",
    "    return (value << 5) - value + {a} * {b};",
    "    return value + (value >> 3) * {a} + {b};",
)


class MakeRepair(Family):
    """Repair a makefile so that every build is complete, minimal and installable.

    Hard because a build that succeeds is not enough: what is rebuilt after each change counts, through
    generated headers too.
    """

    name = "make-repair"
    domain = "build_tools"
    skills = ("makefile-repair", "header-dependencies", "code-generation", "install-layout")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        tool, project = names.service(), names.project()
        modules = sorted(names.services(context.scale(3, 8)))
        folder = project
        users = rng.sample(modules, max(1, len(modules) // 2))  # that see limits.h through common.h
        values = rng.sample(range(1, 10**9), context.scale(8, 40))
        results: list[str] = []
        while len({result.split()[0] for result in results}) < len(values):  # they may collapse
            numbers = {m: (rng.randint(3, 99), rng.randint(3, 999)) for m in modules}
            limits = {"ROUNDS": rng.randint(2, 9), "SALT": rng.randint(1000, 9999)}
            bodies = {m: rng.choice(_OPERATIONS) for m in modules}
            results = [_compute(v, modules, numbers, bodies, users, limits) for v in values]
        for m in modules:
            a, b = numbers[m]
            uses = '#include "common.h"\n' if m in users else ""
            extra = "    value += SALT;\n" if m in users else ""
            part.file(
                f"{folder}/src/{m}.h",
                f"unsigned long {m}(unsigned long value);\n#define {m.upper()}_A {a}UL\n".encode(),
            )
            body = bodies[m].format(a=f"{m.upper()}_A", b=b)
            part.file(
                f"{folder}/src/{m}.c",
                f'#include "{m}.h"\n{uses}\nunsigned long {m}(unsigned long value) {{\n{extra}{body}\n}}\n'.encode(),
            )
        includes = "".join(f'#include "{m}.h"\n' for m in modules)
        calls = "".join(f"            value = {m}(value);\n" for m in modules)
        part.file(f"{folder}/src/common.h", b'#include "limits.h"\n#define SCALE 3\n')
        part.file(f"{folder}/src/main.c", (
            f'#include <stdio.h>\n#include <math.h>\n#include "common.h"\n{includes}\nint main(void) {{\n    unsigned long value;\n'
            '    while (scanf("%lu", &value) == 1) {\n'
            f"        for (int i = 0; i < ROUNDS; i++) {{\n{calls}        }}\n"
            '        printf("%lu %.3f\\n", value % 1000003UL, sqrt((double)(value % 10007UL)) * SCALE);\n    }\n    return 0;\n}\n').encode())  # fmt: skip
        part.file(
            f"{folder}/gen/limits.conf", "".join(f"{k} {v}\n" for k, v in limits.items()).encode()
        )
        part.file(
            f"{folder}/gen/mklimits.sh",
            b"#!/bin/sh\n# Makes a header from limits.conf (standard input to standard output).\nsed -n 's/^\\([A-Z]*\\) \\([0-9]*\\)$/#define \\1 \\2UL/p'\n",
            executable=True,
        )
        manual = rng.choice(("MANUAL.txt", "USAGE.txt", "NOTES.txt"))
        part.file(f"{folder}/{manual}", f"{tool}: reads numbers, prints results.\n".encode())
        part.file(f"{folder}/Makefile", self._broken(context, tool, manual, modules).encode())
        part.file("input.txt", "".join(f"{v}\n" for v in values).encode())
        out = rng.choice(("results.txt", "output.txt", "numbers.txt"))
        words = {
            "where": part.where,
            "tool": tool,
            "project": project,
            "boss": names.person().name,
            "manual": manual,
            "out": out,
        }
        part.title = "repair a makefile"
        opening, middle, closing = _WANTED.strip("\n").split("\n\n")
        part.ask(
            *(text.format(**words) for text in (context.pick(_ASKS), opening, middle, closing))
        )
        good = (
            f"PREFIX ?= /usr/local\nCC = gcc\nCFLAGS = -O1 -Wall -Isrc -Igen -MMD -MP\nSOURCES = $(wildcard src/*.c)\nOBJECTS = $(SOURCES:.c=.o)\n\n.PHONY: all clean install\n\nall: {tool}\n\n"
            f"{tool}: $(OBJECTS)\n\t$(CC) -o $@ $(OBJECTS) -lm\n\n$(OBJECTS): %.o: %.c | gen/limits.h\n\t$(CC) $(CFLAGS) -c -o $@ $<\n\n"
            "gen/limits.h: gen/limits.conf gen/mklimits.sh\n\tsh gen/mklimits.sh < gen/limits.conf > $@\n\n"
            f"clean:\n\trm -f {tool} src/*.o src/*.d gen/limits.h\n\n"
            f"install: {tool}\n\tinstall -D -m 755 {tool} $(DESTDIR)$(PREFIX)/bin/{tool}\n\tinstall -D -m 644 {manual} $(DESTDIR)$(PREFIX)/share/doc/{tool}/{manual}\n\n-include $(OBJECTS:.o=.d)\n"
        )
        part.do(
            f"cd {folder}; ls -R . | head -40",
            "cat Makefile",
            "cat gen/limits.conf gen/mklimits.sh src/common.h src/main.c",
            "grep -n '#include \"' src/* | sort | head -30",
            "make 2>&1 | tail -15",
            "make -n clean 2>&1 | tail -3; make -n install | tail; ls . src gen",
            "cat > Makefile <<'EOF'\n" + good + "EOF",
            "make -j4 2>&1 | tail -20; make",
            "touch src/common.h; make; touch gen/limits.conf; make | head -3",
            "make install DESTDIR=/tmp/stage PREFIX=/opt/x && find /tmp/stage -type f -printf '%m %P\\n'",
            f"./{tool} < ../input.txt > ../{out}; head -3 ../{out}",
            f"make clean; ls . src gen; cd ..; heavy=$(grep -n . {out} | sort -t: -k2,2n | tail -1 | cut -d: -f1); heavy=$(sed -n ${{heavy}}p input.txt); echo $heavy",
        )
        self._verify(part, folder, tool, manual, modules, users, results, values, out)
        part.output(out)
        part.mutate(
            f"sed -i 's/-MMD//; s/-MP//' {folder}/Makefile",
            f"sed -i 's/-lm//' {folder}/Makefile",
            f"sed -i '/^.PHONY/d' {folder}/Makefile",
            f"touch {folder}/src/{modules[0]}.o",
        )
        part.hide(*(line.split()[0] for line in results if len(line.split()[0]) > 4))
        top = max(range(len(values)), key=lambda i: int(results[i].split()[0]))
        part.reveals(
            "input",
            str(values[top]),
            [str(v) for i, v in enumerate(values) if i != top][:3],
            "the input number with the largest first result",
            "heavy",
        )
        return part

    @staticmethod
    def _broken(context: Context, tool: str, manual: str, modules: list[str]) -> str:
        """What somebody made of it; which faults there are depends on the instance."""
        rng = context.rng
        objects = " ".join(f"src/{m}.o" for m in [*modules, "main"][rng.randint(0, 1) :])
        flags = rng.choice(("-O1 -Wall -Isrc", "-O1 -Wall -Igen", "-O1 -Isrc -Igen"))
        link = rng.choice((f"$(CC) -lm -o {tool} $(OBJECTS)", f"$(CC) -o {tool} $(OBJECTS)"))
        headers = rng.choice(("src/common.h", "$(wildcard src/*.h)", f"src/{modules[0]}.h"))
        limits = rng.choice(
            (
                "gen/limits.h:\n\tsh gen/mklimits.sh < gen/limits.conf > gen/limits.h",
                "gen/limits.h: gen/limits.conf\n\tgen/mklimits.sh gen/limits.conf > gen/limits.h",
            )
        )
        clean = rng.choice((f"clean:\n\trm -f {tool} src/*.o", "clean:\n\trm -f src/*.o"))
        target = rng.choice(("$(PREFIX)/bin", "$(DESTDIR)/bin"))
        return (
            f"PREFIX = {rng.choice(('/usr', '/usr/local', '/opt'))}\nCC = gcc\nCFLAGS = {flags}\nOBJECTS = {objects}\n\n{tool}: $(OBJECTS)\n\t{link}\n\n"
            f"%.o: %.c {headers}\n\t$(CC) $(CFLAGS) -c -o $@ $<\n\n{limits}\n\n{clean}\n\ninstall:\n\tcp {tool} {target}\n\tcp {manual} $(PREFIX)/share/doc\n"
        )

    @staticmethod
    def _verify(
        part: Part,
        folder: str,
        tool: str,
        manual: str,
        modules: list[str],
        users: list[str],
        results: list[str],
        values: list[int],
        out: str,
    ) -> None:
        home = part.path(folder)
        part.check("the results are right", f"assert lines({part.path(out)!r}) == {results!r}")
        given = {p: f.data.decode() for p, f in part.files.items() if not p.endswith("Makefile")}
        inside = sorted(p for p in part.files if p.startswith(home + "/"))
        part.check(
            "nothing but the makefile has changed, and nothing of a build is left",
            f"""
            for path, content in {given!r}.items():
                assert text(path) == content, path
            there = sorted(str(path) for path in Path({home!r}).rglob("*") if not path.is_dir())
            assert there == {inside!r}, there
            """,
        )
        part.helper(r"""
            def in_copy(folder, script):
                # In a copy that the unprivileged user owns; gives what the script printed.
                head = 'set -e; umask 022; d=$(mktemp -d); trap "rm -rf $d" EXIT; cp -r "$0" $d/p; cd $d/p; '
                done = sh(["bash", "-c", head + script, folder], timeout=50)
                assert done.returncode == 0, done.stderr[-300:]
                return done.stdout
            """)
        # By name alone: where the objects lie is the makefile's own business.
        seen = " ".join(sorted(f"{m}.o" for m in [*users, "main"]))
        own = " ".join(sorted(f"{m}.o" for m in (modules[0], "main")))
        fresh = 'find . -name "*.o" -newer stamp -printf "%f\\n" | LC_ALL=C sort | paste -sd" "'
        part.check(
            "a fresh build works, in parallel too, and a second one does nothing",
            f"""
            out = in_copy({home!r}, "make -j4 >&2; make > second; grep -c gcc second || true; printf '%s\\n' {" ".join(map(str, values[:3]))} | ./{tool}")
            assert out.splitlines() == ["0", *{results[:3]!r}], out
            """,
            slow=True,
        )
        changes = {
            "a header that others include": ("touch -d 2024-01-03 src/common.h", seen),
            "a module's header": (f"touch -d 2024-01-03 src/{modules[0]}.h", own),
            "the settings": (
                "sed -i 's/^SALT.*/SALT 77/' gen/limits.conf; touch -d 2024-01-03 gen/limits.conf",
                seen,
            ),
            "the generator": ("touch -d 2024-01-03 gen/mklimits.sh", seen),
        }
        # All in one copy, each after everything has become as old as everything else again.
        reset = "find . -exec touch -d 2024-01-01 {} +; touch -d 2024-01-02 stamp"
        script = "make >&2; " + "; ".join(
            f'echo "= {title}"; {reset}; {change}; make >&2; {fresh}; find {tool} -newer stamp'
            for title, (change, _) in changes.items()
        )
        part.helper(f"""
            rebuilds = {{}}

            def rebuilt(change):
                # What `make` makes anew after a change: the objects, and the program if it links.
                if not rebuilds:
                    for one in in_copy({home!r}, {script!r}).split("= ")[1:]:
                        title, *made = one.splitlines()
                        rebuilds[title] = made
                return rebuilds[change]
            """)
        for title, (_, wanted) in changes.items():
            part.check(
                f"after a change of {title}, what sees it is compiled again and nothing else",
                f"assert rebuilt({title!r}) == [{wanted!r}, {tool!r}], rebuilt({title!r})",
                slow=True,
            )
        part.check(
            "clean removes what was built and nothing else, whatever files are called",
            f"""
            script = "find . -type f | LC_ALL=C sort > /dev/null; touch clean install all; find . | LC_ALL=C sort > ../before; make >&2; make clean >&2; find . | LC_ALL=C sort | diff ../before - && test -f clean && make all >&2 && test -x {tool} && echo fine"
            assert in_copy({home!r}, script).strip() == "fine"
            """,
            slow=True,
        )
        part.check(
            "install puts both files in their places, with their modes",
            f"""
            script = "touch install; make install DESTDIR=$d/stage PREFIX=/opt/x >&2; make install DESTDIR=$d/other >&2; cd $d; find stage other -type f -printf '%m %p\\\\n' | LC_ALL=C sort"
            wanted = [f"{{mode}} {{top}}{{name}}" for top in ("other/usr/local", "stage/opt/x") for mode, name in ((644, "/share/doc/{tool}/{manual}"), (755, "/bin/{tool}"))]
            assert in_copy({home!r}, script).splitlines() == sorted(wanted)
            """,
            slow=True,
        )


def _compute(
    value: int,
    modules: list[str],
    numbers: dict[str, tuple[int, int]],
    bodies: dict[str, str],
    users: list[str],
    limits: dict[str, int],
) -> str:
    """What the program prints for a number, in 64-bit unsigned arithmetic."""
    word = (1 << 64) - 1
    for _ in range(limits["ROUNDS"]):
        for m in modules:
            a, b = numbers[m]
            value = (value + (limits["SALT"] if m in users else 0)) & word
            place = _OPERATIONS.index(bodies[m])
            value = (
                value * a + b,
                value ^ (a << 7) ^ b,
                (value << 5) - value + a * b,
                value + (value >> 3) * a + b,
            )[place] & word
    return f"{value % 1000003} {(value % 10007) ** 0.5 * 3:.3f}"
