"""The GRPO program of docs/rl.md, run as it stands with a policy of a hundred thousand weights."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from make_bundle import write_bundle
from terminal_gym_trainers.small_models import small_qwen, train_tokenizer

torch = pytest.importorskip("torch")
trl = pytest.importorskip("trl")

ROOT = Path(__file__).parents[2]
PROMPT = "Do this task with the shell, then submit:\n\n"
STEPS = 120
TEMPLATE = Path(trl.__file__).parent / "chat_templates" / "qwen3.jinja"
TOOL = {
    "type": "function",
    "function": {
        "name": "shell",
        "description": "Run a command in the terminal.",
        "parameters": {
            "type": "object",
            "properties": {
                "command": {
                    "type": "string",
                    "description": "One shell input. The word exit alone submits the work.",
                }
            },
            "required": ["command"],
        },
        "return": {"type": "string"},
    },
}


@pytest.fixture
def policy(tmp_path):
    """A checkpoint that has learned by heart two answers, one right and one wrong."""
    ask = {"role": "user", "content": f"{PROMPT}Make the file `done`.\n"}
    seen = {"role": "tool", "name": "shell", "content": ""}
    turns = [([ask], _called("touch done")), ([ask], _called("touch gone"))]
    turns += [([ask, _calls(command), seen], "ok") for command in ("touch done", "touch gone")]
    tokenizer = train_tokenizer([json.dumps([turns, TOOL])] * 4, 500, TEMPLATE.read_text())
    torch.manual_seed(0)
    model = small_qwen(tokenizer, positions=1024)
    texts = [
        tokenizer.apply_chat_template(
            talk, tools=[TOOL], add_generation_prompt=True, tokenize=False
        )
        + f"{answer}<|im_end|>"
        for talk, answer in turns
    ]
    batch = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    for _ in range(STEPS):
        loss = model(**batch, labels=labels).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    assert loss.item() < 0.1, "it has not learned"
    model.save_pretrained(tmp_path / "policy")
    tokenizer.save_pretrained(tmp_path / "policy")
    return tmp_path / "policy"


def _called(command):
    call = json.dumps({"name": "shell", "arguments": {"command": command}})
    return f"<tool_call>\n{call}\n</tool_call>"


def _calls(command):
    call = {"name": "shell", "arguments": {"command": command}}
    return {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"type": "function", "function": call}],
    }


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_grpo_with_a_terminal_per_rollout(tmp_path, policy, namespace_backend):
    bundle = write_bundle(tmp_path / "bundle")
    text = (ROOT / "docs" / "rl.md").read_text()
    program = next(part for part in text.split("```python\n") if part.startswith("# grpo.py"))
    command = [sys.executable, "-c", program.partition("```")[0], "--model", policy]
    command += ["--bundles", bundle]
    command += ["--output_dir", tmp_path / "out", "--max_steps", "3", "--num_generations", "4"]
    command += ["--per_device_train_batch_size", "4", "--max_completion_length", "128"]
    command += ["--logging_steps", "1", "--use_cpu", "true", "--report_to", "none"]
    command += ["--learning_rate", "1e-4", "--save_strategy", "steps", "--save_steps", "3"]
    env = {**os.environ, "TERMINAL_GYM_BACKEND": "namespace", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [str(part) for part in command],
        env={**env, "HF_HUB_OFFLINE": "1", "TRL_EXPERIMENTAL_SILENCE": "1", "OMP_NUM_THREADS": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    state = json.loads((tmp_path / "out" / "checkpoint-3" / "trainer_state.json").read_text())
    logs = [entry for entry in state["log_history"] if "rewards/Terminal/mean" in entry]
    assert len(logs) == 3
    assert any(entry["tools/call_frequency"] > 0 for entry in logs), "no command was run"
    assert max(entry["rewards/Terminal/mean"] for entry in logs) > 0, "none was solved"
    assert any(entry["grad_norm"] > 0 for entry in logs), "nothing was learned from"
    assert all(entry["tools/failure_frequency"] == 0 for entry in logs)
