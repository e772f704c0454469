"""A directory to be restored to a given day from a chain of archives, some of them damaged."""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import dataclass, field
from datetime import date, timedelta

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    Somebody emptied the shared folder of the {team} team, and {boss} wants it back as it was backed up on
    {day}. The archives are in `{where}/backups/primary`, copies of them in
    `{where}/backups/offsite`; `{where}/backups/catalog.csv` is the catalogue and
    `{where}/backups/README.md` describes how the archives build on each other. Some archives have suffered.
    """,
    """
    Please restore the {team} share to the state of the backup of {day}; {boss} is waiting. There
    are two stores with the same archives, `{where}/backups/primary` and `{where}/backups/offsite`, neither
    of which is free of damage any more, a catalogue with their digests (`{where}/backups/catalog.csv`), and a
    description of the scheme (`{where}/backups/README.md`).
    """,
)
_WANTED = (
    """
    Restore it into `{where}/restored`: files, permissions and symbolic links, and nothing else. Then write
    `{where}/restore.json` with the keys `archives` (the archives that you unpacked, in that order, each an
    object with `name` and `store`, which is `primary` where that copy is sound and else `offsite`), `damaged` (the
    paths below `backups/`, sorted, of all copies that do not match the catalogue, in either store), `files`
    (number of regular files restored), `bytes` (their total size) and `largest` (the path, below `restored/`, of the
    largest). The archives stay as they are.
    """,
    """
    The restored tree goes to `{where}/restored`, with permissions and symbolic links and without anything that was not in the share. The
    archives stay untouched. For the incident report leave `{where}/restore.json`, an object with these keys: `archives`, a list of the archives
    that went into it in the order in which they were unpacked, each an object of `name` and `store` (`primary`, or `offsite` where
    the primary copy is not sound); `damaged`, the sorted paths, below `backups/`, of all copies in either store that differ from the
    catalogue; `files` and `bytes`, how many regular files were restored and how large they are together; and
    `largest`, the path below `restored/` of the largest one.
    """,
)


@dataclass
class _Archive:
    """An archive of the series."""

    name: str
    kind: str
    day: date
    tree: dict[str, _Entry]
    body: bytes = b""
    bad: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Entry:
    """A file, or a link if it has a target."""

    data: bytes
    mode: int = 0o644
    target: str = ""


class BackupRestore(Family):
    """Restore a tree from full, differential and incremental archives with damaged copies.

    Hard because archives of three kinds build on each other, deletions are recorded beside the files, each copy has
    to be checked, and where both copies of one are damaged another way has to be found.
    """

    name = "backup-restore"
    domain = "system_admin"
    skills = ("backup-restore", "archive-integrity")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        late: list[_Archive] = []
        while not late:
            series = self._series(context)
            late = [a for a in series[len(series) // 2 :] if a.kind == "incr" and _clear(a.tree)]
        while True:
            for archive in series:
                archive.bad = {s for s in _STORES if rng.random() < 0.22}
            wanted = rng.choice(late)
            plan = _plan(series, wanted)
            # Two bad copies of an archive that is not needed are a trap for those who take all.
            lost = [a for a in series if len(a.bad) == 2 and a.day < wanted.day]
            trap = bool(lost) or context.difficulty < 3
            if trap and any("primary" in a.bad for a in plan):
                break
        catalog = ["name,kind,day,sha256"]
        for archive in series:
            digest = hashlib.sha256(archive.body).hexdigest()
            catalog.append(f"{archive.name},{archive.kind},{archive.day},{digest}")
            for store in _STORES:
                body = archive.body
                if store in archive.bad:
                    at = rng.randrange(600, len(body) - 1200)
                    cut = rng.random() < 0.4
                    body = (
                        body[:at] if cut else body[:at] + bytes([body[at] ^ 0x15]) + body[at + 1 :]
                    )
                part.file(f"backups/{store}/{archive.name}", body)
        part.file("backups/catalog.csv", "\n".join(catalog) + "\n")
        part.file("backups/README.md", _README.encode())
        part.title = "restore from damaged backups"
        words = {"where": part.where, "team": names.project(), "boss": names.person().name}
        text = context.pick(_ASKS).format(day=f"{wanted.day.day} {wanted.day:%B %Y}", **words)
        part.ask(text, context.pick(_WANTED).format(where=part.where))
        self._solve(part, wanted.day)
        damaged = sorted(f"{store}/{a.name}" for a in series for store in a.bad)
        largest = max((len(e.data), path) for path, e in wanted.tree.items())[1]
        files = [entry for entry in wanted.tree.values() if not entry.target]
        report = {
            "archives": [
                {"name": a.name, "store": "offsite" if "primary" in a.bad else "primary"}
                for a in plan
            ],
            "damaged": damaged,
            "files": len(files),
            "bytes": sum(len(entry.data) for entry in files),
            "largest": largest,
        }
        self._verify(part, report, wanted.tree)
        part.hide(largest, *(a.name for a in series))
        folders = sorted({path.split("/")[0] for path in wanted.tree})
        home = largest.split("/")[0]
        part.reveals(
            "area",
            home,
            [folder for folder in folders if folder != home][:3],
            "the area (the share's top folder) in which the largest restored file lies",
            "folder",
        )
        return part

    @staticmethod
    def _series(context: Context) -> list[_Archive]:
        """Weeks of archives: a full one, differential ones, incremental ones in between."""
        rng, names = context.rng, context.names
        folders = names.services(context.scale(4, 6))
        tree: dict[str, _Entry] = {}
        for _ in range(context.scale(14, 40)):
            tree[f"{rng.choice(folders)}/{names.token(5)}.{rng.choice(_KINDS)}"] = _entry(context)
        for folder in folders:
            tree[f"{folder}/index.txt"] = _entry(context)
        day = date(2024, 1, 1) + timedelta(rng.randint(0, 250))
        series: list[_Archive] = []
        base: dict[str, _Entry] = {}
        for number in range(context.scale(8, 14)):
            kind = "full" if number == 0 else "diff" if number % 4 == 3 else "incr"
            if number:
                tree = dict(tree)
                regular = sorted(path for path in tree if not tree[path].target)
                for path in rng.sample(regular, rng.randint(1, 3)):
                    if rng.random() < 0.4 and not path.endswith("index.txt"):
                        del tree[path]
                    else:
                        tree[path] = _entry(context)
                for _ in range(rng.randint(1, 3)):
                    new = f"{names.token(5)}.{rng.choice(_KINDS)}"
                    tree[f"{rng.choice(folders)}/{new}"] = _entry(context)
                    if rng.random() < 0.3:
                        tree[f"{rng.choice(folders)}/latest"] = _Entry(b"", 0o777, "index.txt")
            before = base if kind == "diff" else series[-1].tree if series else {}
            archive = _Archive(f"{names.token(6)}.tar", kind, day, tree)
            archive.body = _tar(before, tree)
            base = tree if kind == "full" else base
            series.append(archive)
            day += timedelta(rng.choice((1, 1, 2)))
        return series

    @staticmethod
    def _solve(part: Part, day: date) -> None:
        part.do(
            "cat backups/README.md",
            "cat backups/catalog.csv; ls -l backups/*/ | head -50",
            'for s in primary offsite; do tail -n +2 backups/catalog.csv | awk -F, -v s=$s \'{print $4 "  " s "/" $1}\'; done > /tmp/sums; (cd backups && sha256sum -c /tmp/sums 2> /dev/null) > /tmp/state; grep -c OK /tmp/state',
            "grep -v ': OK$' /tmp/state | sed 's/: FAILED.*//' | LC_ALL=C sort > /tmp/damaged; cat /tmp/damaged",
            "tail -n +2 backups/catalog.csv | while IFS=, read -r n k d s; do for t in offsite primary; do grep -qxF $t/$n /tmp/damaged || echo $n $k $d $t; done | tail -1; done | sort -k3,3 > /tmp/usable; cat /tmp/usable",
            f'awk \'$3 <= "{day}" {{a[NR] = $0; if ($2 == "full") {{f = NR; d = 0}} if ($2 == "diff") d = NR; n = NR}} END {{print a[f]; if (d) print a[d]; for (i = (d ? d : f) + 1; i <= n; i++) print a[i]}}\' /tmp/usable > /tmp/plan; cat /tmp/plan',
            "tar tvf backups/$(awk 'NR == 1 {print $4 \"/\" $1}' /tmp/plan) | head; tar xOf backups/$(awk 'END {print $4 \"/\" $1}' /tmp/plan) .deleted",
            "mkdir restored; while read -r n k d t; do tar xpf backups/$t/$n -C restored; if [ -f restored/.deleted ]; then (cd restored && xargs -r -d '\\n' rm -f < .deleted; rm .deleted); fi; done < /tmp/plan",
            "find restored -type f | wc -l; find restored -type l -ls; find restored -type d -empty -delete",
            "largest=$(find restored -type f -printf '%s %P\\n' | sort -n | tail -1 | cut -d' ' -f2); folder=${largest%%/*}; echo $folder",
            "jq -n --rawfile plan /tmp/plan --rawfile damaged /tmp/damaged --arg largest $largest --argjson files $(find restored -type f | wc -l) --argjson bytes $(find restored -type f -printf '%s\\n' | awk '{s += $1} END {print s}') 'def rows: split(\"\\n\") | map(select(. != \"\")); {archives: ($plan | rows | map(split(\" \") | {name: .[0], store: .[3]})), damaged: ($damaged | rows), $files, $bytes, $largest}' > restore.json",
        )

    @staticmethod
    def _verify(part: Part, report: dict[str, object], tree: dict[str, _Entry]) -> None:
        path = part.path("restore.json")
        for keys in (("archives", "damaged"), ("files", "bytes", "largest")):
            part.check(
                f"restore.json: {', '.join(keys)}",
                f"""
                report, wanted = json_file({path!r}), { {key: report[key] for key in keys}!r}
                assert {{key: report.get(key) for key in wanted}} == wanted
                assert set(report) == set({sorted(report)!r})
                """,
            )
        root = part.path("restored")
        files = {
            name: (hashlib.sha256(entry.data).hexdigest(), entry.mode)
            for name, entry in sorted(tree.items())
            if not entry.target
        }
        links = {name: entry.target for name, entry in sorted(tree.items()) if entry.target}
        part.helper("import os, stat")
        part.check(
            "the restored tree holds the right names and nothing else",
            f"""
            found = []
            for folder, _, names in os.walk({root!r}):
                found += [os.path.relpath(os.path.join(folder, name), {root!r}) for name in names]
            assert sorted(found) == {sorted(tree)!r}, sorted(set(found) ^ set({sorted(tree)!r}))[:5]
            """,
        )
        part.check(
            "every restored file has its content and permissions",
            f"""
            for name, (digest, mode) in {files!r}.items():
                assert sha256({root!r} + "/" + name) == digest, name
                assert stat.S_IMODE(os.lstat({root!r} + "/" + name).st_mode) == mode, name
            """,
        )
        if links:
            part.check(
                "symbolic links lead where they led",
                f"""
                for name, target in {links!r}.items():
                    assert os.readlink({root!r} + "/" + name) == target, name
                """,
            )
        part.unchanged("archives, catalogue and description are unchanged")
        first = f"restored/{next(iter(files))}"
        part.output("restore.json", first)
        part.mutate(f"chmod 777 {first}", "touch restored/.deleted", f"ln -sfn nowhere {first}")


def _plan(series: list[_Archive], wanted: _Archive) -> list[_Archive]:
    """The archives to unpack, or none if one of them has no sound copy."""
    place = series.index(wanted)
    start = max(n for n in range(place) if series[n].kind != "incr")
    plan = ([series[0]] if start else []) + series[start : place + 1]
    return plan if all(len(archive.bad) < 2 for archive in plan) else []


def _clear(tree: dict[str, _Entry]) -> bool:
    """Whether one file is larger than all others."""
    sizes = sorted(len(entry.data) for entry in tree.values())
    return sizes[-1] > sizes[-2]


def _entry(context: Context) -> _Entry:
    rng = context.rng
    words = [rng.choice(_WORDS) for _ in range(rng.randint(5, 80))]
    text = " ".join(words) + f" {rng.randint(0, 10**6)}\n"
    return _Entry(text.encode(), rng.choice((0o644, 0o644, 0o640, 0o600, 0o750)))


def _tar(before: dict[str, _Entry], after: dict[str, _Entry]) -> bytes:
    """What changed from one tree to the other, and the list of what is gone."""
    changed = {path: entry for path, entry in after.items() if before.get(path) != entry}
    gone = sorted(set(before) - set(after))
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, entry in sorted(changed.items()):
            info = tarfile.TarInfo(path)
            info.mode, info.mtime = entry.mode, 1_700_000_000
            if entry.target:
                info.type, info.linkname = tarfile.SYMTYPE, entry.target
            info.size = len(entry.data)
            tar.addfile(info, io.BytesIO(entry.data))
        if before:
            info = tarfile.TarInfo(".deleted")
            body = "".join(f"{path}\n" for path in gone).encode()
            info.size, info.mtime = len(body), 1_700_000_000
            tar.addfile(info, io.BytesIO(body))
    return stream.getvalue()


_STORES = ("primary", "offsite")
_KINDS = ("csv", "md", "odt", "sh", "txt")
_WORDS = (
    "agenda budget contract draft estimate figures guideline invoice list minutes notes offer plan "
    "quote report schedule summary template update vote"
).split()
_README = """\
# The scheme

An archive holds files with their path below the share, their permissions, and symbolic links.

- `full`: everything.
- `diff`: what is new or changed since the last full archive.
- `incr`: what is new or changed since the archive before it, of whatever kind.

`diff` and `incr` archives also have a file `.deleted` at their top, which is not part of the share: the paths, one per line, that
were there at the archive's base (the last full archive, or the archive before) and are there no more.

A day is restored from as few archives as possible: the full archive, then the newest `diff` archive of that day or
before, if there is one, then the `incr` archives after it in order. A copy that does not match the catalogue's
SHA-256 must not be used, not even in part. If no copy of an archive is sound, only a later `diff` archive gets past it.
"""
