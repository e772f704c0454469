"""Makes the registry of small C packages, its index, and the project that needs some of them."""

import hashlib
import json
import random
from pathlib import Path

APP = Path("/app")
rng = random.Random(500)
# What a package links with, and with what chance a version of it does; what it needs to be built.
LINKS = {
    "arena": {"events": 0.7},
    "bytes": {},
    "codec": {"bytes": 0.9, "digest": 0.5},
    "codegen": {"lexer": 0.8, "bytes": 0.4},
    "digest": {"bytes": 0.8},
    "events": {"arena": 0.8, "fiber": 0.4},
    "fiber": {"arena": 0.6, "queue": 0.5},
    "graph": {"arena": 0.9, "index": 0.6},
    "httpd": {"codec": 0.9, "events": 0.9, "mux": 0.4},
    "index": {"kvstore": 0.7, "bytes": 0.7},
    "journal": {"kvstore": 0.9, "digest": 0.6},
    "kvstore": {"journal": 0.6, "index": 0.7, "arena": 0.6},
    "lexer": {"bytes": 0.6, "queue": 0.4},
    "mux": {"fiber": 0.7, "queue": 0.7},
    "queue": {"arena": 0.3},
}
TOOLS = {"codec": 0.7, "journal": 0.6, "lexer": 0.45, "graph": 0.8}
# Two more that need the generator: one may, the other is needed by the generator itself.
ALSO_GENERATED = {("arena", "1.11.2"), ("bytes", "1.10.0")}
NEEDED = {"graph": "^1.11.0", "httpd": "^2.0", "journal": ">=2.2.0,<3", "mux": "<=1.10.0"}


def versions():
    """Some releases in order: numbers that sort otherwise as text, now and then a candidate."""
    found = [f"0.{rng.randint(8, 9)}.{rng.randint(0, 3)}", "1.0.0", f"1.{rng.randint(2, 4)}.0"]
    found += [f"1.{rng.randint(9, 11)}.{rng.randint(0, 2)}", f"2.0.{rng.randint(0, 2)}"]
    if rng.random() < 0.5:
        found.append(f"2.{rng.randint(1, 3)}.{rng.choice([0, 9, 10])}")
    if rng.random() < 0.4:
        found.append("2.10.0" if rng.random() < 0.5 else f"3.0.0-rc{rng.randint(1, 2)}")
    return found


def constraint(names, age):
    """A constraint on one of `names`, about as old as the version that has it (0 to 1)."""
    place = min(len(names) - 1, max(0, round(age * (len(names) - 1) + rng.choice([-2, -1, -1, 0, 0]))))
    version = names[place]
    numbers = version.split("-")[0].split(".")
    if "-" in version:
        return rng.choice([f">={version}", "*", f"^{int(numbers[0]) - 1}.1"])
    major, minor = int(numbers[0]), int(numbers[1])
    return rng.choices(
        [f"^{version}", f"^{major}.{minor}", f">={version}", f">={version},<{major + 1}", f"~{major}.{minor}",
         f"<={version}", f">={major}.{minor},!={version}", "*", f"<{major + 1}"],
        [4, 4, 2, 3, 0.8, 0.6, 1, 1, 2],
    )[0]


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def package(name, version, meta):
    folder = APP / "registry" / name / version
    write(folder / "package.json", json.dumps(meta, indent=2) + "\n")
    write(folder / f"include/{name}.h", f"#ifndef {name.upper()}_H\n#define {name.upper()}_H\n\n"
          f"const char *{name}_version(void);\nlong {name}_value(int depth);\n\n#endif\n")
    includes = "".join(f'#include "{other}.h"\n' for other in sorted(meta["requires"]))
    extra = ""
    if "generate" in meta:
        includes += f'#include "{name}_fields.h"\n'
        extra = f" + {name.upper()}_FIELDS"
        some = random.Random(f"{name} {version}") if (name, version) in ALSO_GENERATED else rng
        rows = [f"{some.choice(['id', 'key', 'size', 'time', 'next'])} {some.randint(1, 64)}\n" for _ in range(some.randint(3, 7))]
        write(folder / "fields.txt", "".join(rows))
    terms = "".join(f"    sum += {rng.randint(2, 9)} * {other}_value(depth - 1);\n" for other in sorted(meta["requires"]))
    write(folder / f"src/{name}.c", f'#include "{name}.h"\n{includes}\nconst char *{name}_version(void)\n{{\n    return "{version}";\n}}\n\n'
          f"long {name}_value(int depth)\n{{\n    long sum = {rng.randint(100, 9999)}{extra};\n\n    if (depth <= 0)\n        return sum;\n{terms}    return sum % 1000003;\n}}\n")
    if name == "codegen":
        used = "".join(f" + {other}_value(1)" for other in sorted(meta["requires"]))
        write(folder / "tool.c", "/* codegen NAME FIELDS.txt: a header, on standard output. */\n#include <ctype.h>\n#include <stdio.h>\n\n#include \"codegen.h\"\n"
              + includes + f"""
int main(int argc, char **argv)
{{
    char field[32];
    long bits, sum = codegen_value(0){used};
    FILE *file = argc == 3 ? fopen(argv[2], "r") : NULL;

    if (!file)
        return 1;
    while (fscanf(file, "%31s %ld", field, &bits) == 2)
        sum = (sum * {rng.choice([3, 5, 7, 11])} + bits) % 65521;
    printf("#define ");
    for (char *c = argv[1]; *c; c++)
        putchar(toupper((unsigned char)*c));
    printf("_FIELDS %ld\\n", sum);
    return 0;
}}
""")


def digest(folder):
    lines = ""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        lines += f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n"
    return hashlib.sha256(lines.encode()).hexdigest()


releases = {name: versions() for name in LINKS}
index = {}
for name, names in releases.items():
    index[name] = {}
    for place, version in enumerate(names):
        age = place / (len(names) - 1)
        meta = {"name": name, "version": version, "requires": {}, "build_requires": {}}
        for other, chance in LINKS[name].items():
            if rng.random() < chance:
                meta["requires"][other] = constraint(releases[other], age)
        wants = rng.random() < TOOLS.get(name, 0)
        if wants:
            meta["build_requires"]["codegen"] = constraint(releases["codegen"], age)
        if (name, version) in ALSO_GENERATED:
            meta["build_requires"]["codegen"] = ">=1"
        if meta["build_requires"]:
            meta["generate"] = {"with": "codegen", "from": "fields.txt", "to": f"{name}_fields.h"}
        if name == "codegen":
            meta["tool"] = "tool.c"
        if rng.random() < 0.15:
            other = rng.choice(sorted(set(LINKS) - {name} - set(meta["requires"]) - {"codegen"}))
            meta["conflicts"] = {other: constraint(releases[other], age)}
        package(name, version, meta)
        index[name][version] = {"sha256": digest(APP / "registry" / name / version)}
        if rng.random() < 0.1:
            index[name][version]["yanked"] = True

# Some packages are not any more what the index says.
everything = [(name, version) for name in index for version in index[name]]
for name, version in [*rng.sample(everything, 8), ("httpd", "2.10.0")]:
    file = APP / "registry" / name / version / f"src/{name}.c"
    text = file.read_text()
    place = text.index("long sum = ") + len("long sum = ")
    file.write_text(text[:place] + str((int(text[place]) % 9) + 1) + text[place + 1 :])
write(APP / "registry/index.json", json.dumps(index, indent=1) + "\n")

project = {"name": "station", "requires": NEEDED}
write(APP / "project/forge.json", json.dumps(project, indent=2) + "\n")
write(APP / "project/src/main.c", "#include <stdio.h>\n\n" + "".join(f'#include "{name}.h"\n' for name in NEEDED)
      + "\nint main(void)\n{\n" + "".join(f'    printf("{name} %s %ld\\n", {name}_version(), {name}_value(4));\n' for name in NEEDED) + "    return 0;\n}\n")
write(APP / "project/forge.md", """# forge

There was a program `forge` once that did what is written here. The registry is `/app/registry`:
`NAME/VERSION/` holds a package, `index.json` says which versions there are.

## Versions
`MAJOR.MINOR.PATCH`, compared number by number; `-rcN` behind it makes a candidate, which comes
before the version itself. In a constraint, numbers that are left out are 0.

| constraint | admits |
|---|---|
| `*` | all |
| `=V` `!=V` `<V` `<=V` `>V` `>=V` | by comparison |
| `^V` | from V on, up to but without the next major; with major 0: the next minor |
| `~V` | from V on, up to but without the next minor |
| `A,B` | what both admit |

A candidate is admitted only by a constraint one of whose parts names a candidate of the same three
numbers (and admits it by the rules above).

## Which selection is locked
A selection has at most one version of each package. It is allowed if

1. it holds what `forge.json` requires, and for each package in it what its `requires` and
   `build_requires` name, in versions that the constraints admit, and nothing else;
2. no package in it has a `conflicts` that admits another package of it;
3. none of its versions is `yanked` in the index, and the files of each are what the index says: the
   SHA-256 of the list that `sha256sum` prints for all files of the folder, by their paths in the
   folder (no `./`), sorted by path as bytes;
4. no package is needed, by whatever way through `requires` and `build_requires`, for what it
   `build_requires` itself. `requires` alone may run in circles.

Of two allowed selections the better one is found by going through the names of all packages in
alphabetical order: at the first name for which they differ, having no version of it is better than
having one, and a higher version is better than a lower one. The best one is locked.

## forge.lock
A JSON object with `packages`, an object from each name to `version` and `sha256` (of the index), and
`order`, the list of groups in which the packages are built. A group is a sorted list of names: packages
that need each other, directly or not, by `requires` or `build_requires`, share one, all others stand alone. A group comes after all
groups that it needs; of those that could be next, the one whose first name comes first in the alphabet
is next.

## How a package is built
- With `generate`: the tool of the package named by `with` is run with two arguments, the name of the
  package that is built and the file `from`; what it prints is the header `to`.
- `src/*.c` are compiled. They see their own `include`, the header that was made, and the `include` of
  every package in `requires`. The same holds for `tool.c`.
- `tool` is linked from `tool.c`, its package's objects, and those of all that its package requires,
  and they require, and so on.
- The project's `src/*.c` see the `include` of what `forge.json` requires; the program is linked from
  them and from all that is required, and that requires, and so on.
""")
