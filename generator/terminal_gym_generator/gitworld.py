"""Repositories with a history, written as one `git fast-import` stream.

A stream is plain text: it is deterministic, diffs well and imports in milliseconds, where
hundreds of `git commit` calls would take seconds of every image build.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from terminal_gym_generator.lexicon import Person
from terminal_gym_generator.part import Part

_START = 1_700_000_000  # 2023-11-14; a fixed date, so that hashes never change


@dataclass
class GitWorld:
    """A repository under construction. Branches hold whole trees (path -> text).

    Args:
        start: The first commit's time, seconds since the epoch.
    """

    start: int = _START
    _stream: list[bytes] = field(default_factory=list)
    _trees: dict[str, dict[str, str]] = field(default_factory=dict)
    _heads: dict[str, int] = field(default_factory=dict)
    _tags: dict[str, int] = field(default_factory=dict)
    _modes: dict[str, dict[str, str]] = field(default_factory=dict)
    _hashes: dict[int, str] = field(default_factory=dict)
    _marks: int = 0

    def commit(
        self,
        branch: str,
        author: Person,
        message: str,
        changes: dict[str, str | None],
        *,
        merge: str | None = None,
        hours: float = 5.0,
        executable: tuple[str, ...] = (),
    ) -> int:
        """Add a commit; gives its mark (see `sha`).

        Args:
            branch: Where; it is made when it is new and another was not given by `branch_off`.
            author: Author and committer.
            message: The whole message.
            changes: Path to new text, or None to delete it.
            merge: A branch that becomes the second parent (its tree is not merged for you).
            hours: Time since the previous commit of the stream.
            executable: Paths to store with mode 755.
        """
        self._marks += 1
        self.start += round(hours * 3600)
        tree, modes = self._trees.setdefault(branch, {}), self._modes.setdefault(branch, {})
        who = f"{author.name} <{author.email}> {self.start} +0000"
        parents = [self._heads[name] for name in (branch, merge) if name in self._heads]
        out = [f"commit refs/heads/{branch}", f"mark :{self._marks}"]
        out += [f"author {who}", f"committer {who}", _data(message)]
        out += [f"{word} :{mark}" for word, mark in zip(("from", "merge"), parents, strict=False)]
        for path, text in changes.items():
            if text is None:
                del tree[path], modes[path]
                out.append(f"D {path}")
            else:
                tree[path] = text
                modes[path] = "100755" if path in executable else "100644"
                out += [f"M {modes[path]} inline {path}", _data(text)]
        self._stream.append(("\n".join(out) + "\n").encode())
        self._heads[branch] = self._marks
        self._hashes[self._marks] = _commit_hash(
            _tree_hash(tree, modes), [self._hashes[mark] for mark in parents], who, message
        )
        return self._marks

    def sha(self, mark: int) -> str:
        """The full hash of a commit, as git will compute it."""
        return self._hashes[mark]

    def branch_off(self, new: str, source: str) -> None:
        """Start `new` at the present tip of `source`."""
        self._heads[new] = self._heads[source]
        self._trees[new] = dict(self._trees[source])
        self._modes[new] = dict(self._modes[source])
        self._stream.append(f"reset refs/heads/{new}\nfrom :{self._heads[new]}\n".encode())

    def tag(self, name: str, branch: str) -> None:
        """A lightweight tag at the present tip of `branch`."""
        self._tags[name] = self._heads[branch]
        self._stream.append(f"reset refs/tags/{name}\nfrom :{self._heads[branch]}\n".encode())

    def refs(self) -> dict[str, str]:
        """The full hash of every branch and tag, by the ref's full name."""
        heads = {f"refs/heads/{name}": self.sha(mark) for name, mark in self._heads.items()}
        return heads | {f"refs/tags/{name}": self.sha(mark) for name, mark in self._tags.items()}

    def tree(self, branch: str) -> dict[str, str]:
        """The present files of `branch` (a copy)."""
        return dict(self._trees[branch])

    def install(self, part: Part, folder: str, *, head: str = "main", bare: bool = False) -> None:
        """Put the repository into `part`'s world at `folder`, with `head` checked out."""
        stream = part.file(f"{folder}.fi", b"".join(self._stream), transient=True)
        flags = "--bare " if bare else ""
        part.setup(
            f"git init -q {flags}-b {head} {folder}",
            f"git -C {folder} fast-import --quiet < {stream}",
            f"rm {stream}",
        )
        if not bare:
            part.setup(f"git -C {folder} reset -q --hard {head}")


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}"


def _object_hash(kind: str, data: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data).hexdigest()


def _tree_hash(files: dict[str, str], modes: dict[str, str]) -> str:
    """The hash of the tree object for `files` (git's object format, gitformat-pack(5))."""
    entries: dict[str, tuple[str, str]] = {}
    folders: dict[str, dict[str, str]] = {}
    for path, text in files.items():
        head, _, rest = path.partition("/")
        if rest:
            folders.setdefault(head, {})[rest] = text
        else:
            entries[head] = (modes[path], _object_hash("blob", text.encode()))
    for name, inner in folders.items():
        inner_modes = {rest: modes[f"{name}/{rest}"] for rest in inner}
        entries[name] = ("40000", _tree_hash(inner, inner_modes))
    ordered = sorted(entries.items(), key=lambda e: e[0] + ("/" if e[1][0] == "40000" else ""))
    data = b"".join(f"{mode} {n}\0".encode() + bytes.fromhex(h) for n, (mode, h) in ordered)
    return _object_hash("tree", data)


def _commit_hash(tree: str, parents: list[str], who: str, message: str) -> str:
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    lines += [f"author {who}", f"committer {who}", "", message]
    return _object_hash("commit", "\n".join(lines).encode())
