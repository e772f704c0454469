"""Verifier of c-tokenizer-fix."""

import functools
import hashlib
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, "/tests")

from checks import check, data, json_file, main, run_agent_program  # noqa: E402

WORLD = "e7c46ce47d49718782ca472f58555b1b70007eaa2e9728f90e70ec6e27f369bf"
FLAGS = "-std=gnu11 -O2 -Wall -Wextra"
WRONG = "bits broken legacy limits loops names notes open quotes ranges tabs text".split()
# SHA-256 of what is to be printed for the corpus.
TOKENS = {
    "bits": "a2d1794285494c7aaa2b16d650aa0673464992a0fe230eb47f72b4d5eda31d95",
    "broken": "e1a36cda70ca763493afaffa8eaadb0dfa28679ccf9a77f8312acaed15b7e307",
    "fib": "c9298df75a7a2e690504ffdb3adb2f909a733c0d6298ef59b226e3d428a8eb30",
    "hello": "345fc275642363562d6145fa4291ee1f0fd3582542e9c5a2a5cfcb32c98e59bd",
    "legacy": "d82f1c9d5feeb56cc2141457d552261157e5400226b40595218e391331f0b9a1",
    "limits": "36461f1052aa8eef37b2e619a47972a095e9ea3dfe77d0872aa0c996d72af327",
    "loops": "f25501344ce2206b2481e75f7f264b94f75173a0590b97eb6093f552126eec43",
    "math": "1c1075dd768a1dcf02e0812f074c33e2870cc08daf9458d28f89699cabce2d92",
    "names": "22fd8de9ed3556346a5d695e95c2ae7639fdd6e3bd284959ec81359141745afd",
    "notes": "3a1f3ca40a5d463abf3850116fdac458d51f32854d810f73f877ada8e8690c87",
    "open": "de8c0a0232a676ced711fa7e26d0a885ca613f335f65f04b095c0da716415eca",
    "quotes": "6e40f8532acf0bf29338d52ac5a0c04d10b6dd5c9537bfa9eaf8af6afbaab3c9",
    "ranges": "55feaf42517124d80316727db37b81481ed31fc60a59d3c1fc1758cbd433222e",
    "tabs": "06d8539b619822cd3b8d1b364e37f82a16b730af69babb35a618ed262b5f8df4",
    "text": "4e1dc53c041b4eb7ab0a7deddf13364e63a9da12ce33795e0b89a91a8c67f05b",
}
# Other sources: the exit status, and the lines to be printed, with bars between them.
HIDDEN = {
    "words": (
        "and def do elif else end false if in let nil not or return then true var while\nAnd whil whiles _ _9 x2y x''z'''' 'a ünï日本2 end'\n",
        1,
        "1:1 KEYWORD and¦1:5 KEYWORD def¦1:9 KEYWORD do¦1:12 KEYWORD elif¦1:17 KEYWORD else¦1:22 KEYWORD end¦1:26 KEYWORD false¦1:32 KEYWORD if¦1:35 KEYWORD in¦1:38 KEYWORD let¦1:42 KEYWORD nil¦1:46 KEYWORD not¦1:50 KEYWORD or¦1:53 KEYWORD return¦1:60 KEYWORD then¦1:65 KEYWORD true¦1:70 KEYWORD var¦1:74 KEYWORD while¦2:1 IDENT And¦2:5 IDENT whil¦2:10 IDENT whiles¦2:17 IDENT _¦2:19 IDENT _9¦2:22 IDENT x2y¦2:26 IDENT x''¦2:29 IDENT z''''¦2:35 ERROR unexpected character¦2:36 IDENT a¦2:38 IDENT ünï日本2¦2:45 IDENT end'¦3:1 END",
    ),
    "strings": (
        "\"\" \"\\x7f\\x00\\x0a\\x22\\x5C\" \"a\\\\\" b \"\\\\\\\"\" \"#\" \"(*\"\n\"é\\t日\" x \"one\r\"two\\n\" \"\\x80\" y \"\\xg0 \\\" z\"\n\"end",
        1,
        "1:1 STRING \"\"¦1:4 STRING \"\\x7f\\x00\\n\\\"\\\\\"¦1:27 STRING \"a\\\\\"¦1:33 IDENT b¦1:35 STRING \"\\\\\\\"\"¦1:42 STRING \"#\"¦1:46 STRING \"(*\"¦2:1 STRING \"é\\t日\"¦2:8 IDENT x¦2:10 ERROR unclosed string¦3:1 STRING \"two\\n\"¦3:10 ERROR bad escape¦3:16 IDENT y¦3:19 ERROR bad escape¦4:1 ERROR unclosed string¦4:5 END",
    ),
    "positions": (
        "(* a\r\n*) x\r\ry\n\r\tz \t\tq\t.\n# é\t\r  日 é(*é*)e\n  ",
        0,
        "2:4 IDENT x¦4:1 IDENT y¦6:9 IDENT z¦6:25 IDENT q¦6:33 OP .¦8:3 IDENT 日¦8:5 IDENT é¦8:11 IDENT e¦9:3 END",
    ),
    "comments": (
        "(*)*)a(**)b(***)c(*(*(**)*)*)d # (*\n*) e (* (* *) \n",
        1,
        "1:6 IDENT a¦1:11 IDENT b¦1:17 IDENT c¦1:30 IDENT d¦2:1 OP *¦2:2 OP )¦2:4 IDENT e¦2:6 ERROR unclosed comment¦3:1 END",
    ),
    "numbers": (
        "0 00 007 1_000 1__0 1_ 0x1F 0Xff 0xfG 0x_1 0b102 0b 1.5 1. .5 1.. 1._5 1.5.5 1e9 1E+2 1e 1e- 1.5e3_0 2_5.0_1e-1 0xe+1 1.e5 0b1e5\n18446744073709551615 18446744073709551616 18446744073709551620 99999999999999999999 340282366920938463463374607431768211456 0xFFFFFFFFFFFFFFFF 0x10000000000000000\n",
        1,
        "1:1 INT 0¦1:3 INT 0¦1:6 INT 7¦1:10 INT 1000¦1:16 INT 1¦1:17 IDENT __0¦1:21 INT 1¦1:22 IDENT _¦1:24 INT 31¦1:29 INT 0¦1:30 IDENT Xff¦1:34 INT 15¦1:37 IDENT G¦1:39 INT 0¦1:40 IDENT x_1¦1:44 INT 2¦1:48 INT 2¦1:50 INT 0¦1:51 IDENT b¦1:53 FLOAT 1.5¦1:57 INT 1¦1:58 OP .¦1:60 OP .¦1:61 INT 5¦1:63 INT 1¦1:64 OP ..¦1:67 INT 1¦1:68 OP .¦1:69 IDENT _5¦1:72 FLOAT 1.5¦1:75 OP .¦1:76 INT 5¦1:78 FLOAT 1e9¦1:82 FLOAT 1E+2¦1:87 INT 1¦1:88 IDENT e¦1:90 INT 1¦1:91 IDENT e¦1:92 OP -¦1:94 FLOAT 1.5e30¦1:102 FLOAT 25.01e-1¦1:113 INT 14¦1:116 OP +¦1:117 INT 1¦1:119 INT 1¦1:120 OP .¦1:121 IDENT e5¦1:124 INT 1¦1:127 IDENT e5¦2:1 INT 18446744073709551615¦2:22 ERROR number too large¦2:43 ERROR number too large¦2:64 ERROR number too large¦2:85 ERROR number too large¦2:125 INT 18446744073709551615¦2:144 ERROR number too large¦3:1 END",
    ),
    "operators": (
        ">>>= <<<= ....... -->>->= ===!==<==>= &&& ||||> |>>= %;:,.()[]{}*/+-<>=\n! ~ @ $ ` ? ^ \\ \x00 \x01\x7f\n",
        1,
        "1:1 OP >>¦1:3 OP >=¦1:6 OP <<¦1:8 OP <=¦1:11 OP ...¦1:14 OP ...¦1:17 OP .¦1:19 OP -¦1:20 OP ->¦1:22 OP >¦1:23 OP ->¦1:25 OP =¦1:27 OP ==¦1:29 OP =¦1:30 OP !=¦1:32 OP =¦1:33 OP <=¦1:35 OP =¦1:36 OP >=¦1:39 OP &&¦1:41 OP &¦1:43 OP ||¦1:45 OP ||¦1:47 OP >¦1:49 OP |>¦1:51 OP >=¦1:54 OP %¦1:55 OP ;¦1:56 OP :¦1:57 OP ,¦1:58 OP .¦1:59 OP (¦1:60 OP )¦1:61 OP [¦1:62 OP ]¦1:63 OP {¦1:64 OP }¦1:65 OP *¦1:66 OP /¦1:67 OP +¦1:68 OP -¦1:69 OP <¦1:70 OP >=¦2:1 ERROR unexpected character¦2:3 ERROR unexpected character¦2:5 ERROR unexpected character¦2:7 ERROR unexpected character¦2:9 ERROR unexpected character¦2:11 ERROR unexpected character¦2:13 ERROR unexpected character¦2:15 ERROR unexpected character¦2:17 ERROR unexpected character¦2:19 ERROR unexpected character¦2:20 ERROR unexpected character¦3:1 END",
    ),
}


def put(folder, name, content):
    path = Path(folder) / name
    path.write_bytes(content)
    os.chmod(path, 0o755)
    return str(path)


def make():
    """The program, built from the sources in a folder of its own: what make printed, its path."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        for name in os.listdir("/app"):
            if name == "Makefile" or name.endswith((".c", ".h")):
                put(folder, name, data(f"/app/{name}"))
        status, out, err = run_agent_program(["make"], cwd=folder, timeout=40)
        assert status == 0, err[-300:]
        program = data(f"{folder}/brooklex")
    place = tempfile.mkdtemp()
    os.chmod(place, 0o755)
    return out + err, put(place, "brooklex", program)


@functools.lru_cache(maxsize=None)
def make_once():
    try:
        return make()
    except AssertionError as error:
        return error


def built():
    result = make_once()
    if isinstance(result, AssertionError):
        raise result
    return result


def tokens(source):
    """Exit status and lines for a source, given as bytes."""
    _said, program = built()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        status, out, _err = run_agent_program(
            [program, put(folder, "source.brook", source)], timeout=5
        )
    return status, out.split("\n")[:-1]


def holds(name):
    source, status, printed = HIDDEN[name]
    found = tokens(source.encode())
    assert found == (status, printed.split("¦")), found


@check("the tokens of the corpus are written")
def _():
    assert sorted(os.listdir("/app/tokens")) == sorted(f"{name}.tok" for name in TOKENS)
    for name, digest in TOKENS.items():
        assert hashlib.sha256(data(f"/app/tokens/{name}.tok")).hexdigest() == digest, name


@check("the report names the sources that went wrong")
def _():
    assert json_file("/app/report.json") == {"wrong": WRONG}


@check("make builds it without a warning, under the flags of before")
def _():
    said, _program = built()
    assert FLAGS in said, said[:300]
    assert "warning" not in said, said[:300]


@check("words: keywords, primes, letters beyond ASCII")
def _():
    holds("words")


@check("strings, their escapes and their errors")
def _():
    holds("strings")


@check("positions: tabs, characters, all three line ends")
def _():
    holds("positions")


@check("comments nest")
def _():
    holds("comments")


@check("numbers, up to 64 bits")
def _():
    holds("numbers")


@check("operators, the longest first")
def _():
    holds("operators")


@check("long names and strings, deep comments, many tokens")
def _():
    name = "n" * 100_000
    assert tokens(f"{name}' 1".encode()) == (0, [f"1:1 IDENT {name}'", "1:100003 INT 1", "1:100004 END"])
    lengths = [*range(24, 72), 4_095, 4_096]
    found = tokens("".join(f'"{length * "s"}"\n' for length in lengths).encode())
    wanted = [f'{line}:1 STRING "{length * "s"}"' for line, length in enumerate(lengths, 1)]
    assert found == (0, [*wanted, f"{len(lengths) + 1}:1 END"])
    depth = 30_000
    assert tokens(b"(*" * depth + b"*)" * depth + b"x") == (0, ["1:120001 IDENT x", "1:120002 END"])
    status, found = tokens(b"a 1\n" * 20_000)
    assert (status, len(found)) == (0, 40_001)
    assert found[-3:] == ["20000:1 IDENT a", "20000:3 INT 1", "20001:1 END"]


@check("sources that break off anywhere")
def _():
    source = 'f\'("\\x41\\n") (* (* *) 0x1F 1.5e+3 ..'.encode()
    for length in range(len(source)):
        status, found = tokens(source[:length])
        begun = source.index(b"(*") + 2 <= length
        broken = begun or source.index(b'"') < length <= source.index(b'")')
        assert status == int(broken), (length, status)
        assert found[-1] == f"1:{length + 1} END", (length, found[-1])
    assert tokens(b"") == (0, ["1:1 END"])


@check("corpus, sound answers and specification are untouched")
def _():
    digest = hashlib.sha256()
    for top in ("/app/corpus", "/app/expected", "/app/docs"):
        for folder, _folders, files in sorted(os.walk(top)):
            for name in sorted(files):
                path = os.path.join(folder, name)
                digest.update(f"{path} {hashlib.sha256(data(path)).hexdigest()}\n".encode())
    assert digest.hexdigest() == WORLD


main()
