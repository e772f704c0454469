"""Verifier of make-repair-deed4d. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

def in_copy(folder, script):
    # In a copy that the unprivileged user owns; gives what the script printed.
    head = 'set -e; umask 022; d=$(mktemp -d); trap "rm -rf $d" EXIT; cp -r "$0" $d/p; cd $d/p; '
    done = sh(["bash", "-c", head + script, folder], timeout=50)
    assert done.returncode == 0, done.stderr[-300:]
    return done.stdout

rebuilds = {}

def rebuilt(change):
    # What `make` makes anew after a change: the objects, and the program if it links.
    if not rebuilds:
        for one in in_copy('/app/heron', 'make >&2; echo "= a header that others include"; find . -exec touch -d 2024-01-01 {} +; touch -d 2024-01-02 stamp; touch -d 2024-01-03 src/common.h; make >&2; find . -name "*.o" -newer stamp -printf "%f\\n" | LC_ALL=C sort | paste -sd" "; find pricing -newer stamp; echo "= a module\'s header"; find . -exec touch -d 2024-01-01 {} +; touch -d 2024-01-02 stamp; touch -d 2024-01-03 src/checkout.h; make >&2; find . -name "*.o" -newer stamp -printf "%f\\n" | LC_ALL=C sort | paste -sd" "; find pricing -newer stamp; echo "= the settings"; find . -exec touch -d 2024-01-01 {} +; touch -d 2024-01-02 stamp; sed -i \'s/^SALT.*/SALT 77/\' gen/limits.conf; touch -d 2024-01-03 gen/limits.conf; make >&2; find . -name "*.o" -newer stamp -printf "%f\\n" | LC_ALL=C sort | paste -sd" "; find pricing -newer stamp; echo "= the generator"; find . -exec touch -d 2024-01-01 {} +; touch -d 2024-01-02 stamp; touch -d 2024-01-03 gen/mklimits.sh; make >&2; find . -name "*.o" -newer stamp -printf "%f\\n" | LC_ALL=C sort | paste -sd" "; find pricing -newer stamp').split("= ")[1:]:
            title, *made = one.splitlines()
            rebuilds[title] = made
    return rebuilds[change]

@check('the results are right')
def _():
    assert lines('/app/numbers.txt') == ['278025 197.568', '468574 251.929', '198120 121.713', '887536 295.496', '968355 265.174', '806705 180.997', '10536 169.414', '443287 234.403']


@check('nothing but the makefile has changed, and nothing of a build is left')
def _():
    for path, content in {'/app/heron/src/checkout.h': 'unsigned long checkout(unsigned long value);\n#define CHECKOUT_A 32UL\n', '/app/heron/src/checkout.c': '#include "checkout.h"\n#include "common.h"\n\nunsigned long checkout(unsigned long value) {\n    value += SALT;\n    return (value << 5) - value + CHECKOUT_A * 42;\n}\n', '/app/heron/src/stock.h': 'unsigned long stock(unsigned long value);\n#define STOCK_A 24UL\n', '/app/heron/src/stock.c': '#include "stock.h"\n\nunsigned long stock(unsigned long value) {\n    return value * STOCK_A + 282;\n}\n', '/app/heron/src/vault.h': 'unsigned long vault(unsigned long value);\n#define VAULT_A 53UL\n', '/app/heron/src/vault.c': '#include "vault.h"\n\nunsigned long vault(unsigned long value) {\n    return value ^ (VAULT_A << 7) ^ 618;\n}\n', '/app/heron/src/common.h': '#include "limits.h"\n#define SCALE 3\n', '/app/heron/src/main.c': '#include <stdio.h>\n#include <math.h>\n#include "common.h"\n#include "checkout.h"\n#include "stock.h"\n#include "vault.h"\n\nint main(void) {\n    unsigned long value;\n    while (scanf("%lu", &value) == 1) {\n        for (int i = 0; i < ROUNDS; i++) {\n            value = checkout(value);\n            value = stock(value);\n            value = vault(value);\n        }\n        printf("%lu %.3f\\n", value % 1000003UL, sqrt((double)(value % 10007UL)) * SCALE);\n    }\n    return 0;\n}\n', '/app/heron/gen/limits.conf': 'ROUNDS 5\nSALT 1292\n', '/app/heron/gen/mklimits.sh': "#!/bin/sh\n# Makes a header from limits.conf (standard input to standard output).\nsed -n 's/^\\([A-Z]*\\) \\([0-9]*\\)$/#define \\1 \\2UL/p'\n", '/app/heron/MANUAL.txt': 'pricing: reads numbers, prints results.\n', '/app/input.txt': '64158086\n414897647\n561891888\n426124708\n175482818\n449973893\n983940831\n505549581\n'}.items():
        assert text(path) == content, path
    there = sorted(str(path) for path in Path('/app/heron').rglob("*") if not path.is_dir())
    assert there == ['/app/heron/MANUAL.txt', '/app/heron/Makefile', '/app/heron/gen/limits.conf', '/app/heron/gen/mklimits.sh', '/app/heron/src/checkout.c', '/app/heron/src/checkout.h', '/app/heron/src/common.h', '/app/heron/src/main.c', '/app/heron/src/stock.c', '/app/heron/src/stock.h', '/app/heron/src/vault.c', '/app/heron/src/vault.h'], there


@check('a fresh build works, in parallel too, and a second one does nothing')
def _():
    out = in_copy('/app/heron', "make -j4 >&2; make > second; grep -c gcc second || true; printf '%s\n' 64158086 414897647 561891888 | ./pricing")
    assert out.splitlines() == ["0", *['278025 197.568', '468574 251.929', '198120 121.713']], out


@check('after a change of a header that others include, what sees it is compiled again and nothing else')
def _():
    assert rebuilt('a header that others include') == ['checkout.o main.o', 'pricing'], rebuilt('a header that others include')


@check("after a change of a module's header, what sees it is compiled again and nothing else")
def _():
    assert rebuilt("a module's header") == ['checkout.o main.o', 'pricing'], rebuilt("a module's header")


@check('after a change of the settings, what sees it is compiled again and nothing else')
def _():
    assert rebuilt('the settings') == ['checkout.o main.o', 'pricing'], rebuilt('the settings')


@check('after a change of the generator, what sees it is compiled again and nothing else')
def _():
    assert rebuilt('the generator') == ['checkout.o main.o', 'pricing'], rebuilt('the generator')


@check('clean removes what was built and nothing else, whatever files are called')
def _():
    script = "find . -type f | LC_ALL=C sort > /dev/null; touch clean install all; find . | LC_ALL=C sort > ../before; make >&2; make clean >&2; find . | LC_ALL=C sort | diff ../before - && test -f clean && make all >&2 && test -x pricing && echo fine"
    assert in_copy('/app/heron', script).strip() == "fine"


@check('install puts both files in their places, with their modes')
def _():
    script = "touch install; make install DESTDIR=$d/stage PREFIX=/opt/x >&2; make install DESTDIR=$d/other >&2; cd $d; find stage other -type f -printf '%m %p\\n' | LC_ALL=C sort"
    wanted = [f"{mode} {top}{name}" for top in ("other/usr/local", "stage/opt/x") for mode, name in ((644, "/share/doc/pricing/MANUAL.txt"), (755, "/bin/pricing"))]
    assert in_copy('/app/heron', script).splitlines() == sorted(wanted)

main()
