"""Verifier of dependency-graph-build."""

import hashlib
import json
import os
import stat
import sys

sys.path.insert(0, "/tests")

from checks import NOBODY, check, data, exists, json_file, main, run_agent_program, sha256  # noqa: E402

PROJECT = "/app/project"
REGISTRY = "f958c166651630e541d39d4b9809da4457c0af1eb9e0e18f220b5cd9fd0778b2"
KEPT = {
    "forge.json": "ebeab97768baafad8ca4c5ea03569968cf188743a0bcaf77424e127ea9e291a3",
    "forge.md": "d19059cdce09d6a1e24c212386dfd3c77905d66170a0e169099beb22127592f3",
    "src/main.c": "58e0e8dd9c4d7ab8db58f1c8f43de4fc8f89eeecd43b6608156ef46cc5d24b1c",
}
LOCKED = {
    "arena": ("1.11.2", "b51af39ccdf779ecac3e0cfdc33d725c38dc7f4a55fa46f7c9600a94b473ea0a"),
    "bytes": ("0.8.0", "88b3fc134728d40b2a227b22b1ec4fd714bffbf3c055f919cccb5fe17947b938"),
    "codec": ("1.9.1", "c4cf242bd9adf283d1b7ff77cf0794cc6de11cae3949dd87d594464601ceff92"),
    "codegen": ("1.10.0", "d7db50c758fb8a81fa96373de041368cca1e3a9a103393a291f9756053c21c24"),
    "events": ("1.11.2", "b87aefcfffcbd9449478faf2acaff5d0ddd23ed126040412dd965566d9d2e2b4"),
    "fiber": ("1.10.1", "6aa03a28da59059b243b94540fe3f319a40603d3524e5a378f458222c0a6ee83"),
    "graph": ("1.11.1", "d7e26759642340a5076b5f28d6ce5a2d70bbf97d1c7c721cc5ffaddac33c14b8"),
    "httpd": ("2.0.2", "1b0f4eedf6ef33389bda4868078bc57100e2fa95fa768c51ec8b5518c2273b8e"),
    "index": ("0.9.2", "89baa7f509ca891acbeeca9a15e53be0a51c5bb7e732278808ef45f359b34f56"),
    "journal": ("2.10.0", "7ae3404e570d55405d5c25db742922817fbf2d5a95aeea1b00ac2076e50dce67"),
    "kvstore": ("0.9.3", "4a138f8fbb093840d0d8d1e59443c281d71d291f98e7852dcbac9a21229fba05"),
    "lexer": ("0.9.2", "1b8f37eeac904efde1d989d4a45d61db5b917e27a3044cc9456dc569b8e9c8e5"),
    "mux": ("1.4.0", "374a12f836ce37766c8df5f8e1669841766b65a9269ffbb94ff7f6c723bb97f5"),
    "queue": ("1.9.0", "43d66ce08f54a25f6e943c69e1179c2fe75c76dbaf66a9e36ff67d2aa7d22a67"),
}
ORDER = [
    ["bytes"],
    ["codec"],
    ["graph"],
    ["index", "kvstore"],
    ["lexer"],
    ["codegen"],
    ["arena", "events"],
    ["fiber"],
    ["journal"],
    ["queue"],
    ["mux"],
    ["httpd"],
]
CORRUPT = [
    "bytes 1.2.0",
    "codegen 2.0.2",
    "digest 0.9.3",
    "digest 2.0.1",
    "events 0.9.1",
    "graph 1.0.0",
    "httpd 1.0.0",
    "httpd 2.10.0",
    "kvstore 1.2.0",
]
OUTPUT = [
    "graph 1.11.1 7461",
    "httpd 2.0.2 97923",
    "journal 2.10.0 649292",
    "mux 1.4.0 554155",
]
# Another allowed selection, though not the best: one package is older.
OTHER = ("fiber", "1.3.0", "d690ead3269e45cfe3b5d3ae15ed52940aa14935d2c2b0029f034531afade19a")
OTHER_OUTPUT = [
    "graph 1.11.1 7461",
    "httpd 2.0.2 183513",
    "journal 2.10.0 649292",
    "mux 1.4.0 44749",
]


def registry_digest():
    total = hashlib.sha256()
    for folder, folders, files in sorted(os.walk("/app/registry")):
        for name in sorted(files):
            content = data(f"{folder}/{name}")
            total.update(f"{folder}/{name}\0{len(content)}\0".encode() + content)
        total.update("\0".join(sorted(folders)).encode())
    return total.hexdigest()


def build(cwd="/"):
    """Run the agent's script as another user, who owns the project for that."""
    for folder, folders, files in os.walk(PROJECT):
        for name in [".", *folders, *files]:
            os.chown(f"{folder}/{name}", NOBODY, NOBODY, follow_symlinks=False)
    code, _, err = run_agent_program([f"{PROJECT}/build.sh"], cwd=cwd, timeout=180)
    return code, err[-300:]


def station():
    code, out, _ = run_agent_program([f"{PROJECT}/build/station"], cwd="/")
    assert code == 0, f"station ended with {code}"
    return out.splitlines()


def with_lock(change):
    lock = json_file(f"{PROJECT}/forge.lock")
    change(lock["packages"])
    os.unlink(f"{PROJECT}/forge.lock")
    with open(f"{PROJECT}/forge.lock", "w") as file:
        json.dump(lock, file)


@check("the registry and the project's sources are untouched, and there is nothing more")
def _():
    assert registry_digest() == REGISTRY
    assert {name: sha256(f"{PROJECT}/{name}") for name in KEPT} == KEPT
    assert sorted(os.listdir(PROJECT)) == ["build", "build.sh", "forge.json", "forge.lock", "forge.md", "report.json", "src"]
    assert os.listdir(f"{PROJECT}/src") == ["main.c"]


@check("the lock holds the best selection, and the index's sums")
def _():
    lock = json_file(f"{PROJECT}/forge.lock")
    assert set(lock) == {"packages", "order"}
    assert lock["packages"] == {name: {"version": v, "sha256": s} for name, (v, s) in LOCKED.items()}


@check("the lock's order is the right one")
def _():
    assert json_file(f"{PROJECT}/forge.lock")["order"] == ORDER


@check("the program stands there built")
def _():
    assert station() == OUTPUT


@check("the report names what is corrupt, and what the program prints")
def _():
    assert json_file(f"{PROJECT}/report.json") == {"corrupt": CORRUPT, "output": OUTPUT}


@check("the script builds from nothing", seconds=200)
def _():
    mode = os.lstat(f"{PROJECT}/build.sh").st_mode
    assert stat.S_ISREG(mode) and mode & 0o111 == 0o111
    os.rename(f"{PROJECT}/build", f"{PROJECT}/../built-by-agent")
    code, err = build("/tmp")
    assert code == 0, err
    assert station() == OUTPUT
    assert sorted(os.listdir(PROJECT)) == ["build", "build.sh", "forge.json", "forge.lock", "forge.md", "report.json", "src"]


@check("the script builds what another lock says", seconds=200)
def _():
    name, version, digest = OTHER
    kept = data(f"{PROJECT}/forge.lock")
    try:
        with_lock(lambda packages: packages[name].update(version=version, sha256=digest))
        code, err = build(PROJECT)
        assert code == 0, err
        assert station() == OTHER_OUTPUT
    finally:
        restore(kept)


@check("the script refuses files that are not what the lock says", seconds=200)
def _():
    kept = data(f"{PROJECT}/forge.lock")
    assert exists(f"{PROJECT}/build/station")
    for name in ("bytes", "queue"):
        try:
            with_lock(lambda packages: packages[name].update(sha256="0" * 64))
            code, _ = build()
            assert code != 0 and not exists(f"{PROJECT}/build/station"), name
        finally:
            restore(kept)


def restore(lock):
    os.unlink(f"{PROJECT}/forge.lock")
    with open(f"{PROJECT}/forge.lock", "wb") as file:
        file.write(lock)


main()
