"""Makes the C project with its broken Makefile and what an old build left."""

import os
import subprocess
from pathlib import Path

PROJECT = Path("/app/project")
FILES = {}

FILES["VERSION"] = "2.4.1\n"
FILES["units.tsv"] = """# name\tkind\tfactor\toffset
m\tlength\t1\t0
km\tlength\t1000\t0
mile\tlength\t1609.344\t0
foot\tlength\t0.3048\t0
furlong\tlength\t201.168\t0
kg\tmass\t1\t0
pound\tmass\t0.45359237\t0
stone\tmass\t6.35029318\t0
tonne\tmass\t1000\t0
kelvin\ttemperature\t1\t0
celsius\ttemperature\t1\t273.15
fahrenheit\ttemperature\t0.5555555555555556\t255.3722222222222
"""
FILES["include/units.h"] = """#ifndef UNITS_H
#define UNITS_H

enum kind { LENGTH, MASS, TEMPERATURE };

struct unit {
    enum kind kind;
    double factor;
    double offset;
};

extern const char *const unit_names[];

int unit_count(void);
int unit_find(const char *name);
const struct unit *unit_at(int index);

#endif
"""
FILES["include/convert.h"] = """#ifndef CONVERT_H
#define CONVERT_H

#include "units.h"

double convert(double value, const struct unit *from, const struct unit *to);
double length_base(double value, const struct unit *unit);
double mass_base(double value, const struct unit *unit);
double temperature_base(double value, const struct unit *unit);

#endif
"""
FILES["include/version.h"] = """#ifndef VERSION_H
#define VERSION_H

const char *version(void);

#endif
"""
FILES["lib/scale.h"] = """#ifndef SCALE_H
#define SCALE_H

static inline double scaled(double value, double factor)
{
    return value * factor;
}

#endif
"""
FILES["lib/length.c"] = """#include "convert.h"
#include "scale.h"

double length_base(double value, const struct unit *unit)
{
    return scaled(value, unit->factor);
}
"""
FILES["lib/mass.c"] = """#include "convert.h"
#include "scale.h"

double mass_base(double value, const struct unit *unit)
{
    return scaled(value, unit->factor);
}
"""
FILES["lib/temperature.c"] = """#include "convert.h"

double temperature_base(double value, const struct unit *unit)
{
    return value * unit->factor + unit->offset;
}
"""
FILES["lib/convert.c"] = """#include "convert.h"

double convert(double value, const struct unit *from, const struct unit *to)
{
    double base = from->kind == LENGTH ? length_base(value, from)
                : from->kind == MASS   ? mass_base(value, from)
                                       : temperature_base(value, from);
    return (base - to->offset) / to->factor;
}
"""
FILES["lib/registry.c"] = """#include <string.h>

#include "units.h"
#include "tables.h"

int unit_count(void)
{
    return UNIT_COUNT;
}

int unit_find(const char *name)
{
    for (int i = 0; i < UNIT_COUNT; i++)
        if (strcmp(unit_names[i], name) == 0)
            return i;
    return -1;
}

const struct unit *unit_at(int index)
{
    return &table[index];
}
"""
FILES["src/version.c"] = """#include "version.h"

#ifndef VERSION
#error "VERSION is to be given as a string"
#endif

const char *version(void)
{
    return VERSION;
}
"""
FILES["src/main.c"] = """#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert.h"
#include "version.h"

static int print_table(void)
{
    for (int i = 0; i < unit_count(); i++)
        for (int j = 0; j < unit_count(); j++)
            if (i != j && unit_at(i)->kind == unit_at(j)->kind)
                printf("%s %s %.9f\\n", unit_names[i], unit_names[j],
                       log10(convert(1, unit_at(i), unit_at(j)) + 1000));
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return puts(version()) < 0;
    if (argc == 2 && strcmp(argv[1], "--table") == 0)
        return print_table();
    if (argc != 4) {
        fprintf(stderr, "usage: conv VALUE FROM TO | --table | --version\\n");
        return 2;
    }
    int from = unit_find(argv[2]), to = unit_find(argv[3]);
    if (from < 0 || to < 0 || unit_at(from)->kind != unit_at(to)->kind) {
        fprintf(stderr, "conv: %s cannot be given in %s\\n", argv[2], argv[3]);
        return 1;
    }
    printf("%.6g\\n", convert(atof(argv[1]), unit_at(from), unit_at(to)));
    return 0;
}
"""
FILES["tools/gentable.c"] = """/* gentable --header|--names UNITS.tsv: C from the table of units, on standard output.

   GENTABLE_DELAY_MS slows every line down, to see what a build does while a file is half made. */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    const char *delay = getenv("GENTABLE_DELAY_MS");
    char line[256], name[32], kind[32];
    double factor, offset;
    int count = 0;
    FILE *file = argc == 3 ? fopen(argv[2], "r") : NULL;

    if (!file)
        return fprintf(stderr, "gentable: no units\\n"), 1;
    int header = strcmp(argv[1], "--header") == 0;
    puts(header ? "static const struct unit table[] = {" : "const char *const unit_names[] = {");
    while (fgets(line, sizeof line, file)) {
        if (line[0] == '#')
            continue;
        if (sscanf(line, "%31s %31s %lf %lf", name, kind, &factor, &offset) != 4)
            return fprintf(stderr, "gentable: bad line: %s", line), 1;
        for (char *c = kind; *c; c++)
            *c -= 'a' - 'A';
        if (header)
            printf("    {%s, %.17g, %.17g},\\n", kind, factor, offset);
        else
            printf("    \\"%s\\",\\n", name);
        fflush(stdout);
        usleep(delay ? 1000 * atoi(delay) : 0);
        count++;
    }
    puts("};");
    if (header)
        printf("#define UNIT_COUNT %d\\n", count);
    return 0;
}
"""
FILES["test/cases.txt"] = """1 mile km 1.60934
12 stone kg 76.2035
100 celsius fahrenheit 212
-40 fahrenheit celsius -40
3 furlong foot 1980
"""
FILES["test/run.sh"] = """#!/bin/sh
# test/run.sh PROGRAM: every line of cases.txt is VALUE FROM TO RESULT.
status=0
while read -r value from to result; do
    got=$("$1" "$value" "$from" "$to")
    [ "$got" = "$result" ] || { echo "$value $from is $got $to, not $result"; status=1; }
done < "$(dirname "$0")/cases.txt"
exit $status
"""
FILES["docs/building.md"] = """# The build

GNU make, a C compiler, binutils and a POSIX shell are all that it needs. This is what it has to do;
where the Makefile does otherwise, the Makefile is wrong.

1. `make` without a goal makes `conv`, from a fresh checkout as well as from any half-built state,
   one job at a time as well as with any `-j`. All else that is made lies in `build/`; the object of
   `DIR/NAME.c` is `build/NAME.o`, the library is `build/libunits.a`.
2. A product is made anew when something that it is made of has changed: sources, headers, the
   generator, `units.tsv`, `VERSION`; never else. A new `VERSION` is a matter of one object only, a
   new `units.tsv` of those two that hold something of it. With nothing changed, `make -q` says so.
3. `CC`, `CFLAGS`, `LDFLAGS` and `LDLIBS` may be given on the command line, and in any of them what
   the project cannot do without is not lost by it (`make CFLAGS=-O0` works, and so does `LDLIBS=`).
   With another `CC` or `CFLAGS` than the last time, every object is compiled again.
4. `libunits.a` holds the objects of all `lib/*.c` and of the generated `build/names.c`, and no
   others. A file that joins or leaves `lib/` does so with the next `make`, without `make clean`.
5. A step that fails ends the build with an error, and leaves nothing that a later `make` takes for
   done.
6. `make test` builds, runs `test/run.sh` on the program, and fails if that fails.
7. `make install` puts `conv` into `bin` (mode 755) and `include/units.h` into `include` (mode 644)
   below `$(DESTDIR)$(PREFIX)`, and makes these folders. `PREFIX` is `/usr/local` by default.
8. `make clean` takes away all that was made and nothing else, as often as it is called.
9. Goals that are no files work whatever lies in the folder.
10. `conv --version` prints what `VERSION` holds. The compiler finds nothing to warn of at `-Wall`,
    and `-O2 -Wall` are the `CFLAGS` when none are given.
"""
FILES["Makefile"] = """CC = gcc
CFLAGS = -O2 -Wall -Iinclude -Ibuild -DVERSION=\\"2.3.0\\"
LDFLAGS = -lm
PREFIX = /usr/local
LIB_OBJECTS = build/length.o build/mass.o build/convert.o build/registry.o build/names.o

build/libunits.a: $(LIB_OBJECTS)
\tar r $@ $?

conv: build/libunits.a build/main.o
\t$(CC) $(LDFLAGS) -o $@ build/main.o build/libunits.a

build/gentable: tools/gentable.c
\t$(CC) $(CFLAGS) -o $@ $<

build/tables.h: units.tsv
\tbuild/gentable --header units.tsv > build/out; mv build/out $@

build/names.c: units.tsv
\tbuild/gentable --names units.tsv > build/out; mv build/out $@

build/names.o: build/names.c
\t$(CC) $(CFLAGS) -c -o $@ $<

build/%.o: lib/%.c include/units.h
\tmkdir build
\t$(CC) $(CFLAGS) -c -o $@ $<

build/%.o: src/%.c
\t$(CC) $(CFLAGS) -c -o $@ $<

test: conv
\t-sh test/run.sh ./conv

install: conv
\tcp conv $(PREFIX)/bin
\tcp include/units.h $(PREFIX)/include

clean:
\trm -r build conv
"""


def run(*argv):
    subprocess.run(argv, check=True, cwd=PROJECT, env={"PATH": os.environ["PATH"], "LC_ALL": "C"})


for name, text in FILES.items():
    path = PROJECT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
(PROJECT / "test/run.sh").chmod(0o755)

# What was built long ago, from sources of which some are gone.
build = PROJECT / "build"
build.mkdir()
for name in ("length", "mass", "convert", "angle", "parsec", "volume"):
    source = build / f"{name}.c"
    source.write_text(f"int old_{name} = 1;\n")
    run("gcc", "-c", "-o", f"build/{name}.o", f"build/{name}.c")
    source.unlink()
run("ar", "rcD", "build/libunits.a", *(f"build/{n}.o" for n in ("length", "angle", "mass", "convert", "volume", "parsec")))
for name in ("angle", "volume", "parsec"):
    (build / f"{name}.o").unlink()
(build / "tables.h").write_text("static const struct unit table[] = {\n    {LENGTH, 1, 0},\n};\n#define UNIT_COUNT 1\n")
(build / "names.c").write_text('const char *const unit_names[] = {\n    "m",\n};\n')

# Sources are older than all that was built, as after a checkout of an old state.
for path in sorted(PROJECT.rglob("*")):
    if path.is_file():
        when = 1_720_000_000 + (500_000 if build in path.parents else 0)
        os.utime(path, (when, when))
