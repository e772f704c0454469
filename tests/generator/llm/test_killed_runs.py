"""A run of the command that is killed and started again ends as one that was let alone.

The same bundles, byte for byte, from the same calls; no reply that was on disk is asked for again,
while the server fails and cuts off as servers do.

TERMINAL_GYM_DRAFTS sets how many bundles are wanted (default 4, which meet three gates only; 50 or
more meet all).
"""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.generator.llm import bad_authors as bad
from tests.generator.llm.author import Author
from tests.model_server import cut, fails, serving

RUN = """
import sys
from terminal_gym_generator.gates import run
gates = {gates!r} or list(run.GATES)
run.GATES = {{name: gate for name, gate in run.GATES.items() if name in gates}}
from terminal_gym.cli.main import run_cli
sys.exit(run_cli(sys.argv[1:]))
"""
BUNDLES = int(os.environ.get("TERMINAL_GYM_DRAFTS", "4"))
GATES = ["builds", "nop", "oracle"] if BUNDLES < 50 else []
CONCURRENCY = 4
KINDS = (
    *[Author] * 10,
    *[bad.sloppy(kind) for kind in (bad.Forgets, bad.BreaksTheBuild, bad.LooksForPresence)],
    *(bad.AlwaysPasses, bad.Infeasible, bad.GoesOn),
)


class Mixed:
    """Good, sloppy and hostile authors by turns: a draft's `Ref` says which."""

    def __call__(self, body):
        text = " ".join(message["content"] for message in body["messages"])
        ref = re.search(r"Ref (\w{8})", text)
        author = KINDS[int(ref[1], 16) % len(KINDS)] if ref else Author  # a draft has none yet
        return author()(body)


class Moody:
    """A server that fails for some requests when it is first asked, whoever asks."""

    def __init__(self, author):
        self.author = author
        self.seen = set()

    def __call__(self, body):
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()
        mood, first = digest[0] % 12, digest not in self.seen
        self.seen.add(digest)
        answer = self.author(body)
        if not first or mood > 3:
            return answer
        return [fails(429), fails(500), cut(answer, 2), cut(answer, 1, "reset")][mood]


class Generator:
    """`terminal-gym generate --engine llm` in a process of its own."""

    def __init__(self, server, out, count, gates):
        self.server, self.out, self.log = server, out, out.with_suffix(".log")
        code = RUN.format(gates=gates)
        options = f"--engine llm --model scripted --base-url {server.url} --domains data_science"
        options += f" -n {count} --seed 0 --backend namespace -j 2 --concurrency {CONCURRENCY}"
        self.command = [sys.executable, "-c", code, "generate", *options.split(), "--out", str(out)]

    def start(self):
        with self.log.open("ab") as log:
            return subprocess.Popen(self.command, stdout=log, stderr=log)

    def finish(self):
        with self.start() as process:
            assert process.wait(timeout=60 * (2 + BUNDLES)) == 0, self.log.read_text()[-2000:]

    def kill_at(self, requests):
        """Start, and kill once the server has had so many requests in all."""
        with self.start() as process:
            while len(self.server.requests) < requests:
                assert process.poll() is None, "it was over before it could be killed"
                time.sleep(0.01)
            os.kill(process.pid, signal.SIGKILL)


def tree(out):
    """The bytes of what a run is for: bundles, refused ones, records."""
    files = [path for path in sorted(out.rglob("*")) if path.is_file()]
    names = [path.relative_to(out) for path in files]
    ours = {"_calls", "_evidence", "_work", "report.html"}
    return {
        str(name): path.read_bytes()
        for name, path in zip(names, files, strict=True)
        if name.parts[0] not in ours
    }


def kept(out):
    """The conversations whose replies are on disk."""
    found = []
    for path in Path(out).glob("_calls/calls/*/*.json"):
        request = json.loads(path.read_text())["request"]
        found.append(_talk(request["messages"]))
    return set(found)


def _talk(messages):
    return json.dumps([[message["role"], message["content"]] for message in messages])


def kill_and_go_on(generator, total):
    """Three kills at quarters of a run; what was on disk then is never asked for again."""
    server = generator.server
    kept_then = []
    for quarter in (1, 2, 3):
        generator.kill_at(total * quarter // 4)
        time.sleep(0.5)  # requests that were sent before the kill arrive
        kept_then.append((len(server.requests), kept(generator.out)))
    generator.finish()
    for before, known in kept_then:
        assert known
        assert not known & {_talk(body["messages"]) for body in server.requests[before:]}
    twice = [body for body, times in server.whole.items() if times > 1]
    assert len(twice) <= 3 * 2 * CONCURRENCY  # what was under way, or on its way to the disk


@pytest.mark.slow
@pytest.mark.timeout(200 + 120 * BUNDLES)
def test_a_run_killed_three_times_ends_as_one_that_was_not(tmp_path, namespace_backend):
    calm, rough = tmp_path / "calm", tmp_path / "rough"
    with serving(author=Mixed()) as calm_server:
        Generator(calm_server, calm, BUNDLES, GATES).finish()
    with serving(author=Moody(Mixed())) as server:
        kill_and_go_on(Generator(server, rough, BUNDLES, GATES), len(calm_server.requests))
    assert tree(calm) == tree(rough)
    assert calm_server.distinct == server.distinct
    assert len(list(rough.glob("*/task.toml"))) == BUNDLES
    drafts = len(list(rough.glob("_records/*.json")))
    print(f"{BUNDLES} bundles of {drafts} drafts, {len(server.distinct)} distinct calls in both")
    print(f"{len(calm_server.requests)} requests undisturbed, {len(server.requests)} disturbed")
