"""What is spent and what is kept: limits, equal calls, kills, secrets."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from terminal_gym_generator.llm.calls import BudgetSpent, Limits, user
from terminal_gym_generator.llm.calls.store import read_ledger

from terminal_gym.agents.llm_client import Prices
from terminal_gym.errors import UserError
from tests.model_server import fails, says, serving

KEY = "sk-test-0123456789abcdef"


def ask(asker, number=0):
    return asker.chat("draft", f"a-{number}", [user(f"Name fruit {number}.")])


def numbered(body):
    """An author that names what it was asked for."""
    return says(f"this is {body['messages'][-1]['content']}")


def test_a_limit_of_tokens_holds_across_runs(caller):
    limits = Limits(tokens=500)
    with serving(author=numbered) as server:
        asker = caller(server, limits, max_tokens=20)  # a call: about 5 expected + 20, 120 in truth
        for number in range(3):
            ask(asker, number)
        later = caller(server, limits, max_tokens=20)
        ask(later, 3)
        assert later.spent.tokens == 480
        with pytest.raises(BudgetSpent, match="500 tokens: 480 are spent"):
            ask(later, 4)
        assert ask(later, 0).cached  # costs nothing
    assert len(server.requests) == 4


def test_a_limit_of_dollars(caller):
    prices = Prices(1.0, 10.0)  # 300 millionths a call
    with serving(author=numbered) as server:
        asker = caller(server, Limits(usd=1e-3), prices=prices, max_tokens=20)
        for number in range(3):
            ask(asker, number)
        with pytest.raises(BudgetSpent, match=r"\$0.001"):
            ask(asker, 3)
        assert asker.spent.usd == pytest.approx(9e-4)
        ask(caller(server, Limits(usd=2e-3), prices=prices, max_tokens=20), 3)
    assert len(server.requests) == 4


def test_dollars_that_nobody_states_cannot_be_limited(caller):
    with serving(author=numbered) as server:
        with pytest.raises(UserError, match="states no costs"):
            ask(caller(server, Limits(usd=1.0)))
        asker = caller(server)
        assert ask(asker).cached and asker.entries[0].cost_usd is None


def test_costs_that_the_server_states_count(caller):
    with serving(
        says("a fig", usage={"cost": 0.25}), says("a plum", usage={"cost": 0.25})
    ) as server:
        asker = caller(server, Limits(usd=0.4), prices=Prices(1.0, 1.0))
        assert ask(asker).cost_usd == 0.25
        ask(asker, 1)
        with pytest.raises(BudgetSpent):
            ask(asker, 2)


def test_a_limit_of_time_counts_earlier_runs(caller, tmp_path):
    with serving(author=numbered) as server:
        ask(caller(server))
        ledger = tmp_path / "llm" / "ledger.jsonl"
        line = json.loads(ledger.read_text())
        ledger.write_text(json.dumps({**line, "run_s": 3599.0}) + "\n")
        later = caller(server, Limits(wall_s=3600.0))
        assert ask(later, 1).text
        with pytest.raises(BudgetSpent, match="3000 s"):
            ask(caller(server, Limits(wall_s=3000.0)), 2)


def test_calls_under_way_are_set_aside_and_waited_for(caller):
    """Of two calls that each may cost most of the limit, the second waits for the first's truth."""
    gate = threading.Event()
    slow = says("a fig", usage={"completion_tokens": 1, "prompt_tokens": 1})
    with serving(author=lambda body: _held(slow, gate)) as server:
        asker = caller(server, Limits(tokens=300), max_tokens=200)
        with ThreadPoolExecutor(2) as pool:
            both = [pool.submit(ask, asker, number) for number in (0, 1)]
            while not server.requests:
                time.sleep(0.01)
            time.sleep(0.2)
            assert len(server.requests) == 1
            gate.set()
            assert [one.result(30).text for one in both] == ["a fig"] * 2


def _held(answer, gate):
    gate.wait(30)
    return answer


def test_equal_questions_at_once_are_one_call(caller):
    gate = threading.Event()
    with serving(author=lambda body: _held(says("a fig"), gate)) as server:
        asker = caller(server)
        with ThreadPoolExecutor(6) as pool:
            asked = [pool.submit(ask, asker) for _ in range(6)]
            while not server.requests:
                time.sleep(0.01)
            gate.set()
            answers = [one.result(30) for one in asked]
    assert len(server.requests) == 1
    assert {one.text for one in answers} == {"a fig"}
    assert sorted(one.cached for one in answers) == [False] + [True] * 5


def test_no_more_requests_at_a_time_than_allowed(caller):
    def slowly(body):
        time.sleep(0.05)
        return numbered(body)

    with serving(author=slowly) as server:
        asker = caller(server, concurrency=2)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: ask(asker, number), range(12)))
    assert server.most == 2


def test_one_run_at_a_time_in_a_folder(caller, monkeypatch, tmp_path):
    from terminal_gym_generator.llm.calls import Caller, Endpoint, store

    monkeypatch.setattr(store, "_LOCK_PATIENCE_S", 0.1)
    with serving() as server:
        caller(server)
        with pytest.raises(UserError, match="another run is filling"):
            Caller(Endpoint("tiny", server.url), tmp_path / "llm")


def test_a_torn_ledger_is_mended_from_the_calls(caller, tmp_path):
    ledger = tmp_path / "llm" / "ledger.jsonl"
    with serving(author=numbered) as server:
        asker = caller(server)
        for number in range(3):
            ask(asker, number)
        asker.close()
        lines = ledger.read_bytes().splitlines(keepends=True)
        ledger.write_bytes(lines[0] + lines[1][:30])
        later = caller(server)
        assert later.spent.tokens == 360
        ask(later, 3)
    tasks = [entry.task for entry in read_ledger(ledger)]
    assert (tasks[0], sorted(tasks[1:3]), tasks[3:]) == ("a-0", ["a-1", "a-2"], ["a-3"])


def test_the_calls_of_a_task_lie_together_in_their_order(caller, tmp_path):
    with serving(author=numbered) as server:
        for run in range(2):
            asker = caller(server)
            for stage in ("draft", "../judge"):
                for task in ("a-1", "../b"):
                    asker.chat(stage, task, [user(f"{run} {stage} {task}")])
    calls = tmp_path / "llm" / "calls"
    names = {
        folder.name: sorted(path.name for path in folder.iterdir()) for folder in calls.iterdir()
    }
    assert sorted(names) == ["_b", "a-1"]
    stages = [name.rpartition("-")[0] for name in names["a-1"]]
    assert stages == ["001-draft", "002-_judge", "003-draft", "004-_judge"]


def test_half_a_file_is_no_call(caller, tmp_path):
    with serving(author=numbered) as server:
        ask(caller(server))
        [path] = (tmp_path / "llm" / "calls").glob("*/*.json")
        path.write_bytes(path.read_bytes()[:99])
        assert not ask(caller(server)).cached


@pytest.mark.parametrize("by", ["option", "environment"])
def test_the_key_is_sent_and_never_written(caller, tmp_path, monkeypatch, by):
    if by == "environment":
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving(says(f"I know you: Bearer {KEY}"), fails(401, f"bad key {KEY}")) as server:
        asker = caller(server, api_key=KEY if by == "option" else None)
        assert KEY not in ask(asker).text
        with pytest.raises(UserError) as raised:
            ask(asker, 1)
        assert KEY not in str(raised.value) and KEY not in repr(asker.endpoint)
    assert server.keys == [f"Bearer {KEY}"] * 2
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 3
    assert not [path for path in files if KEY.encode() in path.read_bytes()]


RUN = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from terminal_gym_generator.llm.calls import Caller, Endpoint, user

def ask(number):
    asker.chat("draft", f"a-{number}", [user(f"Name fruit {number}.")])
    print(f"{number}\\n", end="", flush=True)

with Caller(Endpoint("tiny", sys.argv[1], concurrency=3), Path(sys.argv[2])) as asker:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(ask, range(40)))
"""


def test_what_had_arrived_before_a_kill_is_not_paid_again(tmp_path):
    def slowly(body):
        time.sleep(0.02)
        return numbered(body)

    command = [sys.executable, "-c", RUN]
    with serving(author=slowly) as server:
        command += [server.url, str(tmp_path / "llm")]
        given = set()
        for wanted in (8, 22):
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
                for line in child.stdout:
                    given.add(int(line))
                    if len(given) >= wanted:
                        break
                os.kill(child.pid, signal.SIGKILL)
                given |= {int(line) for line in child.stdout.read().split("\n")[:-1]}
        before = len(server.requests)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60)
        asked_again = {
            int(body["messages"][-1]["content"][11:-1]) for body in server.requests[before:]
        }
        assert not asked_again & given
    assert len(server.distinct) == 40
    under_way = 2 * 6  # at the kills: threads that had no reply yet, or none on disk
    assert len(server.requests) <= 40 + under_way
    entries = list(read_ledger(tmp_path / "llm" / "ledger.jsonl"))
    assert sorted(entry.task for entry in entries) == sorted(f"a-{n}" for n in range(40))
