import json
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError

from terminal_gym.episodes import Episode, FaultRecord, StepExtra, shown_of, to_line
from terminal_gym.episodes.episode import pack_raw
from terminal_gym.errors import RecordingError, SandboxFault

SCHEMA = json.loads((Path(__file__).parent / "atif-v1.8.schema.json").read_text())


def test_a_line_is_valid_by_harbors_schema(make_episode, fault):
    for episode in (make_episode(), make_episode(fault=fault, reward=None, valid=False)):
        jsonschema.validate(json.loads(to_line(episode)), SCHEMA)


def test_the_schema_refuses_what_is_not_under_extra(make_episode):
    line = json.loads(to_line(make_episode()))
    line["reward"] = 1.0
    with pytest.raises(jsonschema.ValidationError, match="reward"):
        jsonschema.validate(line, SCHEMA)


def test_a_line_reads_back_equal(make_episode):
    episode = make_episode()
    assert Episode.model_validate_json(to_line(episode)) == episode


def test_text_that_utf8_cannot_hold_is_replaced_not_lost(make_episode):
    episode = make_episode(verdict={"output": "a\ud800b"})
    again = Episode.model_validate_json(to_line(episode))
    assert again.extra.verdict == {"output": "a\ufffdb"}
    assert again.steps == episode.steps


def test_unknown_fields_are_refused_outside_extra_and_kept_inside(make_episode):
    data = make_episode().model_dump(exclude_none=True)
    data["extra"]["of_others"] = [1]
    assert Episode.model_validate(data).extra.model_extra == {"of_others": [1]}
    with pytest.raises(ValidationError, match="of_ours"):
        Episode.model_validate({**data, "of_ours": 1})


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("step_id", lambda d: d["steps"][2].update(step_id=9)),
        ("source_call_id", lambda d: d["steps"][1]["tool_calls"].clear()),
        ("tool_calls", lambda d: d["steps"][0].update(tool_calls=[])),
        ("metrics", lambda d: d["steps"][1].update(llm_call_count=0, metrics={})),
        ("timestamp", lambda d: d["steps"][1].update(timestamp="yesterday")),
        ("steps", lambda d: d["steps"].clear()),
        ("reward", lambda d: d["extra"].update(reward=float("nan"))),
    ],
)
def test_what_the_format_forbids_is_refused(make_episode, where, change):
    data = make_episode().model_dump(exclude_none=True)
    change(data)
    with pytest.raises(ValidationError, match=where):
        Episode.model_validate(data)


def test_raw_output_keeps_every_byte():
    data = bytes(range(256)) * 100
    assert StepExtra(raw=pack_raw(data)).raw_output() == data


@pytest.mark.parametrize("damaged", ["%%%", "AAAA"])
def test_damaged_raw_output_is_an_error(damaged):
    with pytest.raises(RecordingError, match="damaged"):
        StepExtra(raw=damaged).raw_output()


def test_a_decompression_bomb_is_an_error(bomb):
    with pytest.raises(RecordingError, match="larger than"):
        StepExtra(raw=bomb).raw_output()


def test_a_fault_record_holds_cause_and_remedy():
    record = FaultRecord.of(SandboxFault("it died", remedy="look"))
    assert record == FaultRecord(type="SandboxFault", message="it died", remedy="look")
    assert FaultRecord.of(KeyError("x")).message == "'x'"


def test_instruction_rounds_and_shown_text(make_episode):
    episode = make_episode()
    assert episode.instruction.startswith("Say hello")
    assert len(episode.rounds) == 3
    assert shown_of(episode.rounds[0]) == "hello\n"
