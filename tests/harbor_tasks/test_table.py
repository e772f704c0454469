"""docs/harbor.md says of every key what becomes of it, and says it truly."""

import re
import typing
from pathlib import Path

import pytest
from harbor_task import write_task
from pydantic import BaseModel

from terminal_gym.bundle import load_bundle
from terminal_gym.bundle.compose_service import HONOURED, WITHOUT_EFFECT
from terminal_gym.bundle.compose_services import BESIDE
from terminal_gym.bundle.models import TaskConfig
from terminal_gym.errors import UnsupportedFeature

DOCS = Path(__file__).parents[2] / "docs/harbor.md"
OLD = {"version", "environment.memory", "environment.storage"}
# Sections that stand in several places are described at one of them.
SAME = {"steps.agent", "steps.verifier", "verifier.environment", "steps.healthcheck"}
SAME |= {"steps.artifacts"}
ALLOW = 'network_mode = "allowlist"\nallowed_hosts = ["a.org"]'
REFUSED = {
    "agent.allowed_hosts": "[agent]\n" + ALLOW,
    "environment.allowed_hosts": "[environment]\n" + ALLOW,
    "verifier.allowed_hosts": "[verifier]\n" + ALLOW,
    "environment.gpus": "[environment]\ngpus = 1",
    "environment.tpu": '[environment]\ntpu = { type = "v4", topology = "2x2" }',
    "environment.mcp_servers": '[[environment.mcp_servers]]\nname = "x"\nurl = "http://x"',
}
WARNED = {
    "environment.gpu_types": '[environment]\ngpu_types = ["T4"]',
    "environment.skills_dir": '[environment]\nskills_dir = "/skills"',
}


def tables():
    """The rows of the document's tables by heading: (names in the first cell, second cell)."""
    found, heading = {}, ""
    for line in DOCS.read_text().splitlines():
        if line.startswith(("## ", "### ")):
            heading = line.lstrip("# ")
        elif line.startswith("| `"):
            names, status = line.strip("| ").split("|")[:2]
            found.setdefault(heading, []).append((re.findall(r"`([^`]+)`", names), status.strip()))
    return found


def documented():
    return {name: status for names, status in tables()["task.toml"] for name in names}


def models_in(annotation):
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in typing.get_args(annotation) for model in models_in(part)]


def keys(model, prefix=""):
    for name, field in model.model_fields.items():
        yield prefix + name
        for inner in models_in(field.annotation) if prefix + name not in SAME else ():
            yield from keys(inner, f"{prefix}{name}.")


def test_every_key_of_the_models_is_in_the_table_and_no_other():
    assert set(documented()) == set(keys(TaskConfig)) | OLD


def test_the_table_uses_four_words():
    assert set(documented().values()) == {"honoured", "described", "refused", "warned"}


def test_samples_are_those_of_the_table():
    by_status = {}
    for key, status in documented().items():
        by_status.setdefault(status, set()).add(key)
    assert (by_status["refused"], by_status["warned"]) == (set(REFUSED), set(WARNED))


@pytest.mark.parametrize("key", REFUSED)
def test_what_it_calls_refused_is_refused_by_name(tmp_path, key):
    task = write_task(tmp_path / "task", REFUSED[key])
    with pytest.raises(UnsupportedFeature) as caught:
        load_bundle(task)
    assert key.replace("allowed_hosts", "network_mode") in caught.value.message


@pytest.mark.parametrize("key", WARNED)
def test_what_it_calls_warned_of_is_warned_of(tmp_path, key):
    with pytest.warns(UserWarning, match=re.escape(key)):
        load_bundle(write_task(tmp_path / "task", WARNED[key]))


def test_the_compose_table():
    rows = tables()["docker-compose.yaml"]
    idle = {name for names, status in rows if status == "no effect" for name in names}
    assert idle == WITHOUT_EFFECT
    told = {name for names, status in rows if status != "no effect" for name in names}
    assert told >= HONOURED


def test_the_table_of_other_services():
    rows = tables()["Other services"]
    told = {name for names, status in rows if not status.startswith("refused") for name in names}
    inner = {"context", "dockerfile", "args", "target", "resources.limits", "aliases", "internal"}
    assert told - inner - {"no", "on-failure"} == BESIDE
