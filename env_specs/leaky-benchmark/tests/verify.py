"""Verifier of leaky-benchmark."""

import hashlib
import os
import sys

sys.path.insert(0, "/tests")

from checks import check, data, json_file, main  # noqa: E402

WORLD = "c7eb4a1722146754c7edb4a3253a2589482409ee18e66b5edfcb7fa6d2f23d3e"
LEAKS = {
    "shard-04": "x01367 x01376 x01383 x01385 x01398 x01412 x01430 x01444 x01450".split(),
    "shard-11": ["x01994", "x02001", "x02061", "x02070"],
    "shard-15": ["x02429"],
}
CLEAN = {
    "shard-04.jsonl": "9b9524a3266e16c686220a731f32ec804a3edab8baf96c43aa7fbe9182e2d11d",
    "shard-11.jsonl": "499d2df625d3573b88a5161f31810338bc74e4679b06b61ae8d73a56e518a1b4",
    "shard-15.jsonl": "01b7541299589ccdb104b51896224b5d739c4127e5999148586bd9529e0bc863",
}
CONTAMINATED = "2ddcbc 38db9b 519e6a 52f6cd d2ac08 e8b630".split()
MISREPORTED = {
    "run-2ddcbc": 0.765,
    "run-474555": 0.645,
    "run-50c3a1": 0.59,
    "run-542198": 0.67,
    "run-936dda": 0.71,
}


def audit():
    return json_file("/app/audit.json")


@check("the audit has its four keys")
def _():
    assert sorted(audit()) == ["best", "contaminated", "leaks", "misreported"]


@check("the leaking examples are found, and no near miss is taken for one")
def _():
    assert audit()["leaks"] == LEAKS


@check("contaminated runs are found, through their parents too")
def _():
    assert audit()["contaminated"] == [f"run-{name}" for name in CONTAMINATED]


@check("wrong claims are found, with the true accuracy")
def _():
    assert audit()["misreported"] == MISREPORTED


@check("the best honest run is named")
def _():
    assert audit()["best"] == "run-d582bc"


@check("the cleaned shards are complete, and nothing else lies beside them")
def _():
    assert sorted(os.listdir("/app/clean")) == sorted(CLEAN)
    for name, digest in CLEAN.items():
        assert hashlib.sha256(data(f"/app/clean/{name}")).hexdigest() == digest, name


@check("the archive is untouched")
def _():
    digest = hashlib.sha256()
    for top in ("/app/data", "/app/runs"):
        for folder, _folders, files in sorted(os.walk(top)):
            for name in sorted(files):
                path = os.path.join(folder, name)
                digest.update(f"{path} {hashlib.sha256(data(path)).hexdigest()}\n".encode())
    assert digest.hexdigest() == WORLD


main()
