"""The ledger's entries as the costs of drafts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from terminal_gym_generator.costs import Cost, Costs
from terminal_gym_generator.llm.calls.store import Entry
from terminal_gym_generator.llm.drafting import tag_of


def costs_of(
    entries: Iterable[Entry], drafts: Iterable[str], solver: Mapping[str, float] | None = None
) -> Costs:
    """What each draft has cost.

    Args:
        entries: The ledger.
        drafts: Ids of drafts, so that the calls which thought them out are theirs.
        solver: Dollars for attempts of the difficulty filter, by draft.
    """
    names = {tag_of(name): name for name in drafts}
    found: dict[str, Cost] = {}
    for entry in entries:
        name = names.get(tag_of(entry.task), entry.task)
        tokens = entry.prompt_tokens + entry.completion_tokens
        one = Cost(calls=1, tokens=tokens, usd=entry.cost_usd)
        found[name] = found.get(name, Cost()) + one
    for name, usd in (solver or {}).items():
        found[name] = found.get(name, Cost()) + Cost(usd=usd)
    return Costs(drafts=found)
