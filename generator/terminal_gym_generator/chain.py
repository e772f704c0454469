"""Chains: several families' parts as one long task.

A later part lives in a folder named by what the part before it revealed, among siblings for every
value that might have been: `/app/builds/fra-orders-03/`, where only the first part's evidence tells
which host it is. The siblings are worlds of the same family and must stay untouched. A chain ends
with a handover file that names what was found and carries the digests of what was made.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Sequence

from terminal_gym_generator.family import Context, get_family
from terminal_gym_generator.part import Part, Reveal

_AREAS = ("intake", "workspace", "sites", "desk")
_NEXT = (
    "Which {kind} that is decides where to go on: `{where}`, for {phrase}. The folders of the "
    "other {kind}s beside it belong to other teams; leave them exactly as they are.",
    "Then continue in `{where}`, the folder of {phrase}. Its siblings are for the other "
    "{kind}s and must not change.",
    "With {phrase} known, the rest of the work is in its folder, `{where}`. Nothing in the folders "
    "of the other {kind}s may be touched.",
)
_LAST = (
    "When all of it is done, leave `/app/handover.json` for the next shift: one JSON object with "
    "{keys}, and `files`, an object that maps each result file's path below `/app` to its SHA-256 "
    "in lower-case hex. The result files are {files}.",
    "Close with `/app/handover.json`, one JSON object: {keys}; and `files`, which gives for each "
    "result file (path relative to `/app`) its SHA-256 as lower-case hex. Result files: {files}.",
)


def build_parts(families: Sequence[str], seed: int, difficulty: int) -> list[Part]:
    """The parts of a task, in order: one, or a chain that ends with a handover.

    Args:
        families: Names of families; all but the last must reveal something.
        seed: Which instance.
        difficulty: 1 to 5.

    Raises:
        ValueError: A part that is not the last reveals nothing.
    """
    if len(families) == 1:
        return [get_family(families[0]).build(Context(families[0], seed, difficulty))]
    parts: list[Part] = []
    reveals: list[Reveal] = []
    for place, name in enumerate(families):
        part = _link(name, place, seed, difficulty, reveals[-1] if reveals else None)
        if place < len(families) - 1:
            if part.reveal is None:
                raise ValueError(f"family {name!r} reveals nothing, so it can only end a chain")
            reveals.append(part.reveal)
        parts.append(part)
    return [*parts, _handover(parts, reveals, Context("handover", seed, difficulty))]


def _link(name: str, place: int, seed: int, difficulty: int, before: Reveal | None) -> Part:
    """One family's part at its place in the chain, with its decoy siblings."""
    area, salt = f"/app/{_AREAS[place]}", f"chain-{place}"
    if before is None:
        part = get_family(name).build(Context(name, seed, difficulty, root=area, salt=salt))
        part.commands.insert(0, f"cd {area}")
        return part
    where = f"{area}/<{before.kind}>"
    root = f"{area}/{before.value}"
    context = Context(name, seed, difficulty, root=root, where=where, salt=salt)
    part = get_family(name).build(context)
    text = context.pick(_NEXT)
    intro = text.format(kind=before.kind, where=where + "/", phrase=before.phrase)
    part.paragraphs.insert(0, intro)
    part.hide(before.value)
    part.commands.insert(0, f'cd {area}/"${before.variable}"')
    for decoy in before.decoys:
        _add_decoy(part, name, seed, f"{area}/{decoy}", salt, decoy)
    return part


def _add_decoy(part: Part, name: str, seed: int, root: str, salt: str, decoy: str) -> None:
    """Give the part a sibling world and a check that it stays as it was."""
    # The easiest size: it only has to be there, look right and stay unchanged.
    context = Context(name, seed, 1, root=root, salt=f"{salt}-{decoy}")
    sibling = get_family(name).build(context)
    part.files.update(sibling.files)
    part.setup_commands += [f"mkdir -p {root} && cd {root}", *sibling.setup_commands]
    part.setup_commands.append(f"cd {part.root}")
    part.transient |= sibling.transient
    kept = sorted(set(sibling.files) - sibling.transient)
    part.check(
        f"the folder of {decoy} is as it was",
        f"""
        for path, digest in { ({path: _digest(sibling, path) for path in kept})!r}.items():
            assert sha256(path) == digest, path + " changed"
        """,
    )


def _digest(part: Part, path: str) -> str:
    return hashlib.sha256(part.files[path].data).hexdigest()


def _handover(parts: list[Part], reveals: list[Reveal], context: Context) -> Part:
    """The closing part: what was found, and digests of what was made."""
    part = context.part()
    values = {reveal.kind: reveal for reveal in reveals}
    made = [(one, path) for one in parts for path in one.outputs]
    shown = [posixpath.join(one.where, posixpath.relpath(path, one.root)) for one, path in made]
    keys = ", ".join(f"`{kind}` ({reveal.phrase})" for kind, reveal in values.items())
    files = ", ".join(f"`{path}`" for path in shown)
    part.ask(context.pick(_LAST).format(keys=keys, files=files))
    arguments = " ".join(f'--arg {kind} "${r.variable}"' for kind, r in values.items())
    body = ", ".join(f"{kind}: ${kind}" for kind in values)
    paths = " ".join(
        posixpath.join(_spelled(one, parts, reveals), posixpath.relpath(path, one.root))
        for one, path in made
    )
    part.do(
        "cd /app",
        f"sha256sum {paths} | tee /tmp/digests",
        "digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(\" \") | "
        "{key: .[0], value: .[1]}' | jq -s from_entries)",
        f"jq -n {arguments} --argjson files \"$digests\" '{{{body}, files: $files}}' "
        "> handover.json",
    )
    expected = {kind: reveal.value for kind, reveal in values.items()}
    relative = {posixpath.relpath(path, "/app"): path for _, path in made}
    part.check(
        "the handover names what was found",
        f"""
        handover = json_file("/app/handover.json")
        expected = {expected!r}
        assert {{key: handover.get(key) for key in expected}} == expected
        assert set(handover) == {{*expected, "files"}}, sorted(handover)
        """,
    )
    part.check(
        "the handover carries the digests of the result files",
        f"""
        expected = {{name: sha256(path) for name, path in {relative!r}.items()}}
        assert json_file("/app/handover.json")["files"] == expected
        """,
    )
    part.output("handover.json")
    return part


def _spelled(part: Part, parts: list[Part], reveals: list[Reveal]) -> str:
    """A part's folder below /app as the solution types it: revealed names as variables."""
    place = parts.index(part)
    area = _AREAS[place]
    return area if place == 0 else f'{area}/"${reveals[place - 1].variable}"'
