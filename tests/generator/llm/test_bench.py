"""The machine that an author works on: what it prints is found out once."""

import json

import pytest
from terminal_gym_generator.llm import bench as module
from terminal_gym_generator.llm.bench import Bench
from terminal_gym_generator.llm.evidence import Evidence
from terminal_gym_generator.llm.forms import World
from terminal_gym_generator.llm.workplace import Workplace
from terminal_gym_generator.llm.world import environment_of

WORLD = World(
    files=[{"path": "/app/a.txt", "content": "one\ntwo\n"}],
    setup="",
    state=["/app"],
    hidden=["x"],
)


@pytest.fixture
def place(namespace_backend):
    return Workplace(namespace_backend, jobs=1)


@pytest.fixture
def bench_of(place, tmp_path):
    made = []

    def make(name="solution"):
        evidence = Evidence(tmp_path / "evidence.jsonl")
        made.append(Bench(place, environment_of(WORLD), evidence, name))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_the_shell_goes_on(bench_of):
    bench = bench_of()
    assert bench.run("word=$(tail -1 a.txt); cd /tmp") == "[exit 0]"
    assert bench.run("echo $word in $PWD; false") == "two in /tmp\n[exit 1]"


def test_what_is_known_is_not_run_again_but_what_comes_after_it_is(bench_of):
    first = bench_of()
    told = [first.run(command) for command in ("date +%s%N > t; cat t", "echo x >> a.txt")]
    second = bench_of()
    assert [second.run("date +%s%N > t; cat t"), second.run("echo x >> a.txt")] == told
    assert second._sandbox is None  # nothing had to be run
    assert second.run("wc -l < a.txt") == "3\n[exit 0]"  # the state is made up for
    other = bench_of("verifier")
    assert other.run("date +%s%N > t; cat t") != told[0]


def test_what_ends_the_shell_or_the_machine_is_told(bench_of, monkeypatch):
    monkeypatch.setattr(module, "COMMAND_SECONDS", 1.0)
    bench = bench_of()
    assert "a new one begins in /app" in bench.run("exit 3")
    assert "nothing was run" in bench.run("echo 'open")
    assert "killed" in bench.run("cat")
    assert bench.run("pwd") == "/app\n[exit 0]"
    assert bench.run("touch here; rm -rf --one-file-system /usr/bin /bin") == "[exit 0]"
    assert "the shell ended" in bench.run("exit")
    assert "the machine broke down" in bench.run("ls")
    assert bench.run("ls") == "a.txt\n[exit 0]"  # as it was at the beginning


def test_long_output_is_cut(bench_of):
    told = bench_of().run("seq 100000")
    assert len(told) < module.MOST_OUTPUT + 100
    assert told.startswith("1\n2\n")
    assert told.endswith("\n100000\n[exit 0]")


def test_a_torn_line_of_evidence_is_found_out_again(tmp_path):
    path = tmp_path / "evidence.jsonl"
    evidence = Evidence(path)
    assert evidence.get(lambda: "1", "count", "a") == "1"
    assert evidence.get(lambda: "2", "count", "b") == "2"
    path.write_bytes(path.read_bytes()[:-5])
    evidence = Evidence(path)
    assert evidence.get(lambda: "never", "count", "a") == "1"
    assert evidence.get(lambda: "3", "count", "b") == "3"
    again = Evidence(path)
    assert (again.known("count", "a"), again.known("count", "b")) == ("1", "3")
    assert json.loads(path.read_text().splitlines()[-1])["value"] == "3"
