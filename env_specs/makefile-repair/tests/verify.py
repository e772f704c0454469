"""Verifier of makefile-repair."""

import contextlib
import hashlib
import os
import shutil
import stat
import sys
import tempfile
import time

sys.path.insert(0, "/tests")

from checks import NOBODY, check, data, exists, fail, json_file, main, sh  # noqa: E402

PROJECT = "/app/project"
SOURCES = "d91048cf3989df33230e81fdc27233fa3b446570ddd112114f4a4da7840638ca"
TABLE = "328c8ff226f5675b4c346a04973d1f60a092045b8706b3a0c96d179f7fd40a86"
OBJECTS = ["convert.o", "length.o", "main.o", "mass.o", "names.o", "registry.o", "temperature.o", "version.o"]
MEMBERS = [name for name in OBJECTS if name not in ("main.o", "version.o")]
# A compiler that writes down which objects it makes, and warns aloud of nothing by itself.
COMPILER = """#!/bin/sh
compiles=; product=
for word; do
    [ "$word" = -c ] && compiles=1
    [ "$previous" = -o ] && product=$word
    previous=$word
done
[ "$compiles" ] && echo "${product##*/}" >> "${0%/*}/compiled"
echo "$*" >> "${0%/*}/calls"
exec gcc "$@"
"""


def source_names():
    """All that is in the project but what is made, below it."""
    names = []
    for folder, folders, files in os.walk(PROJECT):
        here = os.path.relpath(folder, PROJECT)
        if here == ".":
            folders[:] = [name for name in folders if name != "build"]
            files = [name for name in files if name not in ("conv", "Makefile")]
        names += [os.path.normpath(f"{here}/{name}") for name in files]
        names += [f"{os.path.normpath(f'{here}/{name}')}/" for name in folders]
    return sorted(names)


def digest():
    total = hashlib.sha256()
    for name in source_names():
        content = b"" if name.endswith("/") else data(f"{PROJECT}/{name}")
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


class Tree:
    """A fresh checkout with the agent's Makefile, its own compiler beside it."""

    def __init__(self, top):
        assert digest() == SOURCES, "a source has changed, or there are files that do not belong"
        self.top, self.path, self.cc = top, f"{top}/project", f"{top}/cc"
        for name in [*source_names(), "Makefile"]:
            place = f"{self.path}/{name}"
            os.makedirs(os.path.dirname(place), exist_ok=True)
            if not name.endswith("/"):
                with open(place, "wb") as file:
                    file.write(data(f"{PROJECT}/{name}"))
                os.utime(place, (1_730_000_000, 1_730_000_000))
        with open(self.cc, "w") as file:
            file.write(COMPILER)
        os.chmod(self.cc, 0o755)
        for folder, folders, files in os.walk(top):
            for name in [".", *folders, *files]:
                os.chown(f"{folder}/{name}", NOBODY, NOBODY)

    def make(self, *words, delay="0", cc=True, code=0):
        """Run make; the objects that it compiled, sorted."""
        log = f"{self.top}/compiled"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(log)
        argv = ["make", *words, *([f"CC={self.cc}"] if cc else [])]
        done = sh(argv, cwd=self.path, env={"GENTABLE_DELAY_MS": delay}, timeout=60)
        if code is not None and done.returncode != code:
            fail(f"{' '.join(argv)} ended with {done.returncode}: {done.stderr.strip()[-200:]}")
        if code is None and not done.returncode:
            fail(f"{' '.join(argv)} should have failed")
        assert "warning:" not in done.stderr, done.stderr[-300:]
        return sorted(data(log).decode().split()) if exists(log) else []

    def conv(self, *words):
        done = sh([f"{self.path}/conv", *words])
        return done.stdout if done.returncode == 0 else f"exit {done.returncode}"

    def good(self):
        return hashlib.sha256(self.conv("--table").encode()).hexdigest() == TABLE

    def members(self):
        return sorted(sh(["ar", "t", f"{self.path}/build/libunits.a"]).stdout.split())

    def touch(self, name, text=None):
        time.sleep(0.05)  # later than all that was made, by any clock's grain
        place = f"{self.path}/{name}"
        if text is not None:
            with open(place, "w") as file:
                file.write(text)
            os.chown(place, NOBODY, NOBODY)
        os.utime(place)

    def read(self, name):
        with open(f"{self.path}/{name}") as file:
            return file.read()


@contextlib.contextmanager
def tree():
    with tempfile.TemporaryDirectory() as top:
        os.chmod(top, 0o755)
        yield Tree(top)


@check("the report is right")
def _():
    assert json_file("/app/report.json") == {
        "stale": ["angle.o", "parsec.o", "volume.o"],
        "version": "2.4.1",
        "table_sha256": TABLE,
        "objects": ["length.o", "mass.o"],
    }


@check("a fresh checkout builds with one job and with many, and then all is up to date", seconds=150)
def _():
    with tree() as one, tree() as many:
        assert one.make("-j1") == OBJECTS
        assert many.make("-j8", delay="30") == OBJECTS
        for built in (one, many):
            assert built.good() and built.members() == MEMBERS
            assert built.conv("--version") == "2.4.1\n"
            assert built.make("-q") == [] == built.make()
        left = [n for n in os.listdir(many.path) if n not in os.listdir(PROJECT) and n not in ("build", "conv")]
        assert not left, left
        calls = data(f"{many.top}/calls").decode().splitlines()
        compiled = [call.split() for call in calls if " -c " in f" {call} "]
        assert all({"-O2", "-Wall"} <= set(call) for call in compiled)


@check("what an old state left in build/ is not taken for done", seconds=100)
def _():
    with tree() as old:
        old.make("-j8", "build/registry.o", delay="10")
        for name, text in {
            "tables.h": "static const struct unit table[] = {{LENGTH, 1, 0}};\n#define UNIT_COUNT 1\n",
            "names.c": 'const char *const unit_names[] = {"m"};\n',
        }.items():
            if exists(f"{old.path}/build/{name}"):
                old.touch(f"build/{name}", text)
        old.touch("units.tsv")
        old.make("-j8")
        assert old.good()


@check("a change makes again what it concerns, and no more", seconds=200)
def _():
    with tree() as built:
        built.make("-j4")
        for change, wanted in {
            "lib/scale.h": ["length.o", "mass.o"],
            "include/convert.h": ["convert.o", "length.o", "main.o", "mass.o", "temperature.o"],
            "include/version.h": ["main.o", "version.o"],
            "src/main.c": ["main.o"],
            "units.tsv": ["names.o", "registry.o"],
            "VERSION": ["version.o"],
        }.items():
            built.touch(change)
            assert built.make("-j4") == wanted, change
            built.make("-q")
        before = os.stat(f"{built.path}/build/names.o").st_mtime_ns
        built.touch("tools/gentable.c", built.read("tools/gentable.c").replace("    {%s,", "    { %s,"))
        made = built.make()
        assert "registry.o" in made and set(made) <= {"registry.o", "names.o"}, made
        assert "names.o" in made or os.stat(f"{built.path}/build/names.o").st_mtime_ns == before
        built.touch("VERSION", "7.0-rc1\n")
        assert built.make() == ["version.o"] and built.conv("--version") == "7.0-rc1\n"
        built.touch("units.tsv", built.read("units.tsv") + "inch\tlength\t0.0254\t0\n")
        built.make("-j8", delay="10")
        assert built.conv("2", "foot", "inch") == "24\n"


@check("flags of the command line are taken, remembered, and cost nothing that is needed", seconds=150)
def _():
    with tree() as built:
        built.make("-j4", "CFLAGS=-O0 -Wall")
        assert built.good() and built.conv("--version") == "2.4.1\n"
        assert built.make("-j4", "CFLAGS=-O0 -Wall") == []
        assert built.make("-j4", "CFLAGS=-O1") == OBJECTS
        built.touch("src/main.c")
        built.make("CFLAGS=-O1", "LDFLAGS=-s", "LDLIBS=")
        assert built.good()
        assert b"-s" in data(f"{built.top}/calls").split(b"\n")[-2].split()
        shutil.copy2(built.cc, f"{built.cc}2")
        os.chown(f"{built.cc}2", NOBODY, NOBODY)
        assert built.make("-j4", f"CC={built.cc}2", "CFLAGS=-O1", cc=False) == OBJECTS


@check("the library follows files that join or leave", seconds=100)
def _():
    with tree() as built:
        built.make("-j4")
        built.touch("lib/angle.c", "int angle_unit = 3;\n")
        assert built.make() == ["angle.o"]
        assert built.members() == sorted([*MEMBERS, "angle.o"])
        built.make("-q")
        os.unlink(f"{built.path}/lib/angle.c")
        built.make("-q", code=1)
        built.make()
        assert built.members() == MEMBERS and built.good()
        built.make("-q")


@check("a step that fails ends the build and leaves nothing half done", seconds=100)
def _():
    with tree() as built:
        units = built.read("units.tsv")
        built.touch("units.tsv", units + "league\tlength\n")
        built.make(code=None)
        built.make("-k", "-j4", code=None)
        built.touch("units.tsv", units)
        os.utime(f"{built.path}/units.tsv", (1_730_000_000, 1_730_000_000))
        built.make()
        assert built.good()
        built.make("test")
        built.touch("test/cases.txt", built.read("test/cases.txt") + "1 km m 999\n")
        built.make("test", code=2)


@check("install and clean do what they have to, whatever lies in the folder", seconds=100)
def _():
    with tree() as built:
        for name in ("install", "clean", "all"):
            built.touch(name, "")
        os.makedirs(f"{built.path}/build")
        os.chown(f"{built.path}/build", NOBODY, NOBODY)
        before = sorted(os.listdir(built.path))
        stage = f"{built.path}/stage"
        built.make("-j4", "install", f"DESTDIR={stage}")
        built.make("install", f"DESTDIR={stage}", "PREFIX=/opt/conv")
        for prefix in ("usr/local", "opt/conv"):
            for name, mode in (("bin/conv", 0o755), ("include/units.h", 0o644)):
                info = os.lstat(f"{stage}/{prefix}/{name}")
                assert stat.S_ISREG(info.st_mode) and stat.S_IMODE(info.st_mode) == mode, name
            assert data(f"{stage}/{prefix}/include/units.h") == data(f"{PROJECT}/include/units.h")
            assert data(f"{stage}/{prefix}/bin/conv") == data(f"{built.path}/conv")
        shutil.rmtree(stage)
        built.make("test")
        for _ in range(2):
            built.make("clean")
            assert sorted(os.listdir(built.path)) == [name for name in before if name != "build"]
        assert digest() == SOURCES
        for name in source_names():
            if not name.endswith("/"):
                assert data(f"{built.path}/{name}") == data(f"{PROJECT}/{name}"), name


@check("the sources are untouched, and the project stands there built")
def _():
    assert digest() == SOURCES
    for folder, folders, files in os.walk(PROJECT):
        for name in [".", *folders, *files]:
            os.chown(f"{folder}/{name}", NOBODY, NOBODY, follow_symlinks=False)
    done = sh(["make", "-q"], cwd=PROJECT)
    assert done.returncode == 0, f"make -q: {done.returncode}"
    table = sh([f"{PROJECT}/conv", "--table"]).stdout
    assert hashlib.sha256(table.encode()).hexdigest() == TABLE
    assert sorted(sh(["ar", "t", f"{PROJECT}/build/libunits.a"]).stdout.split()) == MEMBERS


main()
