"""The report of an evaluation whose names, outputs and faults are hostile."""

import base64
import hashlib
import html.parser
import json
import re

import pytest

from terminal_gym.episodes import (
    AgentInfo,
    Episode,
    EpisodeExtra,
    EpisodeWriter,
    FaultRecord,
    Observation,
    ObservationResult,
    Step,
    ToolCall,
)
from terminal_gym.evaluation import Manifest, summarize
from terminal_gym.evaluation.html_report import write_report
from terminal_gym.evaluation.manifest import TaskRecord
from terminal_gym.evaluation.result import result_of

EVIL = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>\x1b]0;t\x07\u202e'\"&"


class Page(html.parser.HTMLParser):
    """What a browser would make of it: tags with attributes, and the scripts' text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self.style, self.words = [], [], "", ""
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._open = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        self._open = ""

    def handle_data(self, data):
        if self._open == "script":
            self.scripts[-1] += data
        elif self._open == "style":
            self.style += data
        else:
            self.words += data


def episode(number, *, valid=True):
    call = ToolCall(
        tool_call_id="call_2", function_name="bash", arguments={"command": f"echo {EVIL}"}
    )
    steps = [
        Step(step_id=1, source="user", message=f"Task {EVIL}"),
        Step(
            step_id=2,
            source="agent",
            message=EVIL,
            tool_calls=[call],
            observation=Observation(results=[ObservationResult(content=EVIL + "x" * 9000)]),
        ),
    ]
    return Episode(
        trajectory_id=f"id{number}{EVIL if number == 0 else ''}",
        agent=AgentInfo(name=EVIL, version="1"),
        steps=steps,
        extra=EpisodeExtra(
            reward=float(number % 2) if valid else None,
            valid=valid,
            end="exit",
            verdict={"checks": {EVIL: False}} if valid else None,
            fault=None if valid else FaultRecord(type="SandboxFault", message=EVIL),
        ),
    )


@pytest.fixture
def page(tmp_path):
    manifest = Manifest(
        package_version="0",
        package_digest="0",
        backend=EVIL,
        tasks={f"a {EVIL}": TaskRecord(digest="d", domain=EVIL)},
        agent=EVIL,
        agent_options={"model": EVIL},
        attempts=3,
        seed=0,
    )
    episodes = [episode(0), episode(1), episode(2, valid=False)]
    with EpisodeWriter(tmp_path / "episodes.jsonl") as writer:
        for one in episodes:
            writer.write(one)
    name = f"a {EVIL}"
    tries = {(name, n): [result_of(name, n, n, one)] for n, one in enumerate(episodes)}
    path = write_report(tmp_path, summarize(manifest, tries))
    return Page(path.read_text(encoding="utf-8"))


def test_nothing_hostile_becomes_markup(page):
    assert {tag for tag, _ in page.tags} <= set(
        "html head meta title style body h1 h2 p table tr th td span svg rect line button code "
        "dialog div input pre script".split()
    )
    assert len(page.scripts) == 2
    for _, attributes in page.tags:
        assert not any(name.startswith("on") or name in ("src", "href") for name in attributes)
    assert "alert(1)" not in page.scripts[1]
    assert "\x1b" not in page.words and "\u202e" not in page.words + page.scripts[0]
    assert "<script>alert(1)</script>" in page.words, "it is shown, as text"


def test_the_policy_lets_only_the_pages_own_script_and_style_run(page):
    (policy,) = (a["content"] for _, a in page.tags if a.get("http-equiv"))

    def digest(text):
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest(page.style)}'; "
        f"script-src 'sha256-{digest(page.scripts[1])}'"
    )
    assert not any("style" in attributes for _, attributes in page.tags), "the policy forbids it"


def test_every_attempt_can_be_replayed(page):
    assert not re.search(r"[<>]", page.scripts[0])
    replays = json.loads(page.scripts[0])
    buttons = [a for tag, a in page.tags if tag == "button" and "data-replay" in a]
    assert [button["data-replay"] for button in buttons] == list(replays)
    assert [button["class"] for button in buttons] == ["bad", "good", "odd"]
    first, _, third = replays.values()
    assert first["rounds"][0]["typed"].startswith("echo </script>")
    assert len(first["rounds"][0]["output"]) < 4200
    assert first["end"].startswith("reward 0 (exit)\n  ✗ </script>")
    assert third["end"].startswith("no verdict: SandboxFault")


def test_a_full_page_leaves_episodes_to_the_recording(tmp_path, monkeypatch):
    from terminal_gym.evaluation import report_replays

    monkeypatch.setattr(report_replays, "MAX_BYTES", 12_000)
    manifest = Manifest(
        package_version="0",
        package_digest="0",
        backend="b",
        tasks={"t": TaskRecord(digest="d"), "u": TaskRecord(digest="d")},
        agent="a",
        attempts=2,
        seed=0,
    )
    episodes = {
        (name, n): episode(10 * n + place + 1) for place, name in enumerate("tu") for n in range(2)
    }
    with EpisodeWriter(tmp_path / "episodes.jsonl") as writer:
        for one in episodes.values():
            writer.write(one)
    tries = {(name, n): [result_of(name, n, n, e)] for (name, n), e in episodes.items()}
    page = Page(write_report(tmp_path, summarize(manifest, tries)).read_text(encoding="utf-8"))
    titles = [replay["title"] for replay in json.loads(page.scripts[0]).values()]
    assert titles == ["t, attempt 1", "u, attempt 1"], "first attempts come first"
    assert sum("disabled" in a for tag, a in page.tags if tag == "button") == 2
