"""An evaluation as one HTML file, which needs nothing else and talks to nobody.

Names, messages and recordings come from agents and bundles, so they are hostile: what is written
into the page is escaped, replays are data that only ever become text, and the page's own policy
lets no other script run and nothing be loaded.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from pathlib import Path

from terminal_gym.episodes import safe_text
from terminal_gym.evaluation.estimates import Estimate
from terminal_gym.evaluation.evaluate import EPISODES, REPORT, write_whole
from terminal_gym.evaluation.report_replays import replays_json
from terminal_gym.evaluation.result import EpisodeResult
from terminal_gym.evaluation.summary import Group, Results, TaskOutcome


def write_report(folder: Path, results: Results) -> Path:
    """Write the folder's report.html; gives its path."""
    path = folder / REPORT
    write_whole(path, render(results, folder / EPISODES))
    return path


def render(results: Results, recording: Path) -> str:
    """The page."""
    here = Path(__file__).parent
    style = (here / "report_page.css").read_text(encoding="utf-8")
    script = (here / "report_page.js").read_text(encoding="utf-8")
    replays, keys = replays_json(results, recording)
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    manifest = results.manifest
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">
<meta name="viewport" content="width=device-width">
<title>{_text(manifest.agent)}: evaluation</title><style>{style}</style></head><body>
<h1>{_text(_who(results))}</h1>
<p class="dim">{len(manifest.tasks)} tasks × {manifest.attempts} attempts on \
{_text(manifest.backend)}, seed {manifest.seed}, terminal-gym {_text(manifest.package_version)}</p>
{_rates(results)}
{_spent(results)}
{_faults(results)}
<h2>Tasks</h2>
<p class="dim">Each button is an attempt and opens its replay: ✓ solved, a number is its reward, \
! has no verdict.</p>
<div class="scroll"><table><tr><th>task</th><th>domain</th><th class="number">difficulty</th>\
<th class="number">solved</th><th>attempts</th></tr>
{"".join(_task(task, keys) for task in results.tasks)}</table></div>
<h2>Conditions</h2>
{_conditions(results)}
<dialog><div class="controls"><span id="title"></span><button id="play">play</button>
<input id="slider" type="range" min="0" value="0" aria-label="round"><span id="place"></span>
<button id="close">close</button></div><pre id="screen" tabindex="0"></pre></dialog>
<script type="application/json" id="replays">{replays}</script>
<script>{script}</script>
</body></html>
"""


def _who(results: Results) -> str:
    model = results.manifest.agent_options.get("model")
    return f"{results.manifest.agent}{f' ({model})' if model else ''}"


def _rates(results: Results) -> str:
    heads = "".join(f'<th class="number">pass@{k}</th>' for k in results.overall.pass_at)
    rows = [("all tasks", results.overall)]
    rows += [(f"domain: {name}", group) for name, group in results.by_domain.items()]
    rows += [(f"difficulty: {name}", group) for name, group in results.by_difficulty.items()]
    return (
        '<h2>Rates</h2><div class="scroll"><table><tr><th></th><th class="number">tasks</th>'
        f'{heads}<th class="number">mean reward</th><th>pass@1</th></tr>'
        f"{''.join(_rate_row(name, group) for name, group in rows)}</table></div>"
        '<p class="dim">In brackets and as a line: 95% bootstrap intervals over tasks. '
        "pass@k is unbiased (Chen et al. 2021); attempts without a verdict do not count.</p>"
    )


def _rate_row(name: str, group: Group) -> str:
    cells = "".join(
        f'<td class="number">{_estimate(one)}</td>'
        for one in [*group.pass_at.values(), group.mean_reward]
    )
    return (
        f'<tr><td>{_text(name)}</td><td class="number">{group.tasks}</td>{cells}'
        f"<td>{_bar(group.pass_at[1])}</td></tr>"
    )


def _estimate(one: Estimate) -> str:
    if one.value is None:
        return "–"
    if one.low is None or one.high is None:
        return f"{100 * one.value:.1f}%"
    return (
        f'{100 * one.value:.1f}% <span class="dim">[{100 * one.low:.1f}, {100 * one.high:.1f}]'
        "</span>"
    )


def _bar(one: Estimate) -> str:
    if one.value is None:
        return ""
    low, high = one.low or 0.0, one.high or 0.0
    whisker = (
        f'<line x1="{100 * low:.1f}%" x2="{100 * high:.1f}%" y1="50%" y2="50%"/>'
        if one.low is not None
        else ""
    )
    width = f"{100 * one.value:.1f}%"
    return f'<span class="bar"><svg><rect width="{width}" height="100%"/>{whisker}</svg></span>'


def _spent(results: Results) -> str:
    usage, time = results.usage, results.time
    parts = [
        f"agent {time.agent_s:,.0f} s",
        f"environment {time.reset_s + time.environment_s:,.0f} s",
        f"verifier {time.verifier_s:,.0f} s",
    ]
    if usage.prompt_tokens is not None:
        parts.append(f"{usage.prompt_tokens:,} tokens read")
    if usage.completion_tokens is not None:
        parts.append(f"{usage.completion_tokens:,} tokens written")
    if usage.cost_usd is not None:
        parts.append(f"${usage.cost_usd:,.2f}")
    if usage.malformed:
        parts.append(f"{usage.malformed:,} malformed replies")
    return f"<h2>Spent</h2><p>{' · '.join(parts)}</p>"


def _faults(results: Results) -> str:
    if not results.faults:
        return "<h2>Faults</h2><p>None.</p>"
    rows = "".join(
        f'<tr><td>{_text(fault.task)}</td><td class="number">{fault.attempt + 1}</td>'
        f"<td>{_text(fault.type)}: {_text(fault.message[:500])}</td>"
        f"<td>{'yes' if fault.retried else 'no'}</td></tr>"
        for fault in results.faults[:200]
    )
    more = len(results.faults) - 200
    return (
        "<h2>Faults</h2><p>The infrastructure failed here; these are no failures of the agent.</p>"
        '<div class="scroll"><table><tr><th>task</th><th class="number">attempt</th><th>cause</th>'
        f"<th>made good by another try</th></tr>{rows}</table></div>"
        + (f"<p>… and {more} more, in results.json.</p>" if more > 0 else "")
    )


def _task(task: TaskOutcome, keys: dict[str, str]) -> str:
    buttons = "".join(_attempt(result, keys) for result in task.attempts)
    difficulty = "–" if task.difficulty is None else task.difficulty
    return (
        f"<tr><td>{_text(task.name)}</td><td>{_text(task.domain)}</td>"
        f'<td class="number">{difficulty}</td><td class="number">{task.solved}/{task.valid}</td>'
        f"<td>{buttons}</td></tr>\n"
    )


def _attempt(result: EpisodeResult, keys: dict[str, str]) -> str:
    kind = "good" if result.solved else "bad" if result.valid else "odd"
    mark = "✓" if result.solved else f"{result.reward or 0:.2g}" if result.valid else "!"
    key = keys.get(result.trajectory_id or "")
    attribute = f'data-replay="{key}"' if key else "disabled"
    hint = f"attempt {result.attempt + 1}: {result.steps} steps, {result.end or 'no end'}"
    return f'<button class="{kind}" {attribute} title="{_text(hint)}">{mark}</button>'


def _conditions(results: Results) -> str:
    manifest = results.manifest
    rows: Iterable[tuple[str, object]] = [
        ("agent's options", manifest.agent_options or "none"),
        ("environment's options", manifest.env_options or "none"),
        ("package", f"{manifest.package_version}, {manifest.package_digest}"),
        ("Python", manifest.python),
        ("system", manifest.system),
    ]
    cells = "".join(f"<tr><th>{name}</th><td>{_text(str(value))}</td></tr>" for name, value in rows)
    return (
        f'<table>{cells}</table><p class="dim">Digests of every bundle and image are in '
        "manifest.json; <code>terminal-gym evaluate --manifest FILE</code> holds another run to "
        "them.</p>"
    )


def _text(text: str) -> str:
    return escape(safe_text(text))


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
