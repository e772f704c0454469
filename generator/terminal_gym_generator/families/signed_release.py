"""A download mirror whose signed manifests have to be checked against a register of keys."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part
from terminal_gym_generator.pki import Key

_ASKS = (
    """
    Our download mirror was run by a contractor until Friday, and {boss} wants to know which of the
    releases on it can still be trusted. Each folder of `{where}/mirror` is a release: its files, a
    manifest `SHA256SUMS`, and `SHA256SUMS.sig`, an Ed25519 signature of the manifest (64 raw bytes).
    `{where}/trust/releases.csv` says who published what and when; `{where}/trust/keys.csv` says which
    key belonged to whom in which period, and the public keys lie beside it.
    """,
    """
    Before we switch customers back to the mirror, {boss} needs every release in
    `{where}/mirror` checked. A release's `SHA256SUMS` lists its files, and `SHA256SUMS.sig` is the raw
    Ed25519 signature of that list. Who published a release, and on which day, is in
    `{where}/trust/releases.csv`; the register of signing keys is `{where}/trust/keys.csv`, with the
    public keys next to it. Neither the files nor the manifests on the mirror are to be believed
    by themselves.
    """,
)
_WANTED = (
    """
    Write `{where}/verdicts.csv` with the header `release,signed_by,verdict`, one row per release, ordered
    by release as plain text. `signed_by` is the id of the registered key that made the signature, or
    `none` if no registered key did. The verdict is the first of these that applies:

    - `bad-signature`: no registered key made the signature
    - `wrong-signer`: the key belongs to someone other than the release's publisher
    - `key-not-valid`: the release day is outside the key's period (its two end days are inside), or
      the key was revoked on or before that day
    - `file-altered`: a listed file is missing or has another digest
    - `file-added`: the folder holds a file that the manifest does not list
    - `ok`

    Also write `{where}/suspect-files.txt` with the path below `mirror/` of every file that differs from its
    manifest or is not listed in it, in releases of any verdict, one per line, sorted as plain text (by
    byte); the manifest and its signature are not listed and do not count. The mirror and the
    register stay as they are.
    """,
    """
    For every release `{where}/verdicts.csv` is to say who signed it and whether it can be trusted: header `release,signed_by,verdict`, sorted by release
    as plain text. `signed_by` is the id of the key in the register that the signature was made with, `none` if there is no such key. The first verdict that fits counts:

    - `bad-signature`: the signature was made by no key of the register
    - `wrong-signer`: the key's owner is not the publisher of the release
    - `key-not-valid`: on the release day the key was not in its period (first and last day included) or had been
      revoked, that very day included
    - `file-altered`: a file of the manifest is missing, or its digest is another one
    - `file-added`: there is a file that is not in the manifest
    - `ok`

    Besides, `{where}/suspect-files.txt` should have the paths (below `mirror/`) of all files that are not what their manifest says or that it does not
    name, whatever the release's verdict, one per line in plain text (byte) order; manifests and their signatures themselves do not count. Change nothing
    in the mirror or the register.
    """,
)
_FAULTS = ("bad-signature", "wrong-signer", "key-not-valid", "file-altered", "file-added")


@dataclass
class _Signer:
    """A key of the register."""

    id: str
    owner: str
    key: Key
    first: int
    last: int
    revoked: int | None = None


@dataclass
class _Release:
    """A folder of the mirror under construction."""

    name: str
    publisher: str
    day: int
    files: dict[str, bytes] = field(default_factory=dict)
    manifest: str = ""
    suspects: list[str] = field(default_factory=list)


class SignedRelease(Family):
    """Verify signed manifests with the right key, at the right date, and the files behind them.

    Hard because a signature may be good and its key wrong for the publisher or the day, digests may be
    fine where the signature is not, and two faults may meet in one release.
    """

    name = "signed-release"
    domain = "security"
    skills = ("signature-verification", "supply-chain-audit", "tamper-detection")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        owners = [person.login for person in names.people(context.scale(3, 5))]
        signers = [signer for owner in owners for signer in self._keys(context, owner)]
        for signer in signers:
            part.file(f"trust/{signer.id}.pem", signer.key.public_pem)
        faults = list(_FAULTS) + rng.choices(_FAULTS, k=context.scale(0, 4))
        verdicts = faults + ["ok"] * context.scale(2, 12)
        rng.shuffle(verdicts)
        product, version = names.project(), [rng.randint(1, 4), rng.randint(0, 9), 0]
        rows: list[tuple[str, str, str]] = []
        releases: list[_Release] = []
        for verdict in verdicts:
            version[rng.choice((1, 2, 2))] += 1
            name = f"{product}-{'.'.join(map(str, version))}"
            release = _Release(name, rng.choice(owners), rng.randint(_DAY0 + 30, _DAY0 + 690))
            signed_by = self._publish(part, context, release, signers, verdict)
            rows.append((name, signed_by, verdict))
            releases.append(release)
        dates = ["release,day,publisher"]
        dates += [f"{r.name},{_day(r.day)},{r.publisher}" for r in releases]
        part.file("trust/releases.csv", "\n".join(dates) + "\n")
        register = ["key,owner,first_day,last_day,revoked_on"]
        for s in sorted(signers, key=lambda signer: signer.id):
            gone = _day(s.revoked) if s.revoked else ""
            register.append(f"{s.id},{s.owner},{_day(s.first)},{_day(s.last)},{gone}")
        part.file("trust/keys.csv", "\n".join(register) + "\n")
        part.title = "verify signed releases"
        part.ask(context.pick(_ASKS).format(boss=names.person().name, where=part.where))
        part.ask(context.pick(_WANTED).format(where=part.where))
        self._solve(part)
        self._verify(part, sorted(rows), sorted(s for r in releases for s in r.suspects))
        forged = next(row for row in sorted(rows) if row[2] == "bad-signature")
        part.hide(*(row[0] for row in rows))
        part.reveals(
            "release",
            forged[0],
            [row[0] for row in rows if row[2] != "bad-signature"][:3],
            "the first release in the verdicts, in their order, with a bad signature",
            "release",
        )
        return part

    @staticmethod
    def _keys(context: Context, owner: str) -> list[_Signer]:
        """An owner's keys, one after the other; the first is sometimes revoked."""
        rng = context.rng
        change = _DAY0 + rng.randint(200, 500)
        first = _Signer(f"k{rng.randrange(16**6):06x}", owner, Key.draw(rng), _DAY0, change)
        second = _Signer(
            f"k{rng.randrange(16**6):06x}", owner, Key.draw(rng), change - 20, _DAY0 + 700
        )
        if context.difficulty >= 2 and rng.random() < 0.5:
            second.revoked = change + rng.randint(60, 120)
        return [first, second]

    @staticmethod
    def _publish(
        part: Part, context: Context, release: _Release, signers: list[_Signer], verdict: str
    ) -> str:
        """Write one release with its fault; gives the id of the key that signed."""
        rng = context.rng
        for name in rng.sample(_FILES, context.scale(2, 5)):
            size = rng.randint(200, 900)
            release.files[name] = rng.randbytes(size) if "tar" in name else _prose(context, size)
        digests = {name: hashlib.sha256(body).hexdigest() for name, body in release.files.items()}
        release.manifest = "".join(f"{digests[name]}  {name}\n" for name in sorted(digests))
        mine = [s for s in signers if s.owner == release.publisher]
        valid = [s for s in mine if _holds(s, release.day)]
        stale = [s for s in mine if s not in valid]
        while not valid or not stale:
            release.day = rng.randint(_DAY0 + 30, _DAY0 + 690)
            valid = [s for s in mine if _holds(s, release.day)]
            stale = [s for s in mine if s not in valid]
        signer = rng.choice(valid)
        if verdict == "key-not-valid":
            signer = rng.choice(stale)
        elif verdict == "wrong-signer":
            signer = rng.choice([s for s in signers if s.owner != release.publisher])
        signature = signer.key.sign(release.manifest.encode())
        by = signer.id
        if verdict == "bad-signature":
            by = "none"
            if rng.random() < 0.5:
                signature = Key.draw(rng).sign(release.manifest.encode())
            else:
                lines = release.manifest.splitlines()
                lines[0] = lines[0][:10] + lines[0][:9:-1][-54:] + lines[0][64:]
                release.suspects.append(f"{release.name}/{lines[0][66:]}")
                release.manifest = "\n".join(lines) + "\n"
        # From difficulty 3 on a fault of the files may hide behind one of the signature.
        extra = (
            context.difficulty >= 3 and verdict not in ("ok", "file-added") and rng.random() < 0.4
        )
        if verdict == "file-altered" or (extra and not release.suspects):
            name = rng.choice(sorted(release.files))
            body = release.files[name]
            at = rng.randrange(len(body))
            release.files[name] = body[:at] + bytes([(body[at] + 1) % 128]) + body[at + 1 :]
            release.suspects.append(f"{release.name}/{name}")
        if verdict == "file-added" or extra:
            name = rng.choice([name for name in _FILES if name not in release.files])
            release.files[name] = _prose(context, 200)
            release.suspects.append(f"{release.name}/{name}")
        for name, body in release.files.items():
            part.file(f"mirror/{release.name}/{name}", body)
        part.file(f"mirror/{release.name}/SHA256SUMS", release.manifest)
        part.file(f"mirror/{release.name}/SHA256SUMS.sig", signature)
        return by

    @staticmethod
    def _solve(part: Part) -> None:
        part.do(
            "ls mirror trust",
            "cat trust/keys.csv trust/releases.csv",
            "r=$(ls mirror | head -1); ls -l mirror/$r; cat mirror/$r/SHA256SUMS",
            "for r in $(ls mirror); do by=none; for k in trust/k*.pem; do openssl pkeyutl -verify -pubin -inkey $k -rawin -in mirror/$r/SHA256SUMS -sigfile mirror/$r/SHA256SUMS.sig > /dev/null 2>&1 && by=$(basename $k .pem); done; echo $r,$by; done > /tmp/signed.csv",
            "cat /tmp/signed.csv",
            "for r in $(ls mirror); do (cd mirror/$r && sha256sum -c SHA256SUMS 2> /dev/null | grep -v ': OK$' | sed \"s,^,$r/,; s/: FAILED.*//\"); done > /tmp/altered.txt",
            "for r in $(ls mirror); do (cd mirror/$r && find . -type f -name '*' | sed 's,^./,,' | grep -v '^SHA256SUMS' | while read -r f; do grep -q \"  $f\\$\" SHA256SUMS || echo $r/$f; done); done > /tmp/added.txt",
            "cat /tmp/altered.txt; echo; cat /tmp/added.txt",
            "LC_ALL=C sort -u /tmp/altered.txt /tmp/added.txt > suspect-files.txt",
            _JUDGE,
            "python3 /tmp/judge.py | LC_ALL=C sort > /tmp/verdicts.csv",
            "cut -d, -f3 /tmp/verdicts.csv | sort | uniq -c",
            "release=$(grep -m1 ',bad-signature$' /tmp/verdicts.csv | cut -d, -f1); echo $release",
            "(echo release,signed_by,verdict; cat /tmp/verdicts.csv) > verdicts.csv",
        )

    @staticmethod
    def _verify(part: Part, rows: list[tuple[str, str, str]], suspects: list[str]) -> None:
        verdicts = part.path("verdicts.csv")
        part.check(
            "verdicts.csv has every release once, in order",
            f"""
            found = [line.split(",") for line in lines({verdicts!r})]
            assert [row[0] for row in found] == {["release", *(row[0] for row in rows)]!r}
            """,
        )
        for column, what in ((1, "signed_by"), (2, "verdict")):
            part.check(
                f"the column {what} is right",
                f"""
                found = [line.split(",") for line in lines({verdicts!r})]
                assert found[0] == ["release", "signed_by", "verdict"]
                assert all(len(row) == 3 for row in found)
                assert [row[{column}] for row in found[1:]] == {[row[column] for row in rows]!r}
                """,
            )
        part.check(
            "suspect-files.txt names the altered, missing and added files",
            f"assert lines({part.path('suspect-files.txt')!r}) == {suspects!r}",
        )
        part.unchanged("mirror and register are unchanged")
        part.output("verdicts.csv", "suspect-files.txt")


_DAY0 = 19_000
_FILES = (
    "agent.tar", "bundle.tar", "CHANGES.txt", "cli.tar", "docs.tar", "install.sh", "LICENSE.txt",
    "migrate.sql", "NOTICE.txt", "plugin.tar", "schema.json", "server.tar", "UPGRADING.txt",
)  # fmt: skip


def _holds(signer: _Signer, day: int) -> bool:
    """Whether a signature made on that day counts."""
    return signer.first <= day <= signer.last and (signer.revoked is None or day < signer.revoked)


def _day(number: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + number).isoformat()


def _prose(context: Context, size: int) -> bytes:
    words: list[str] = []
    while sum(map(len, words)) < size:
        words.append(context.rng.choice(_WORDS))
    return (" ".join(words) + "\n").encode()


_WORDS = (
    "apply backup cache default enable feature group handler index journal keep limit module node "
    "option path queue restart schema table update value worker"
).split()
_JUDGE = r"""
cat > /tmp/judge.py <<'EOF'
import csv

keys = {row["key"]: row for row in csv.DictReader(open("trust/keys.csv"))}
releases = {row["release"]: row for row in csv.DictReader(open("trust/releases.csv"))}
altered = {line.split("/")[0] for line in open("/tmp/altered.txt")}
added = {line.split("/")[0] for line in open("/tmp/added.txt")}
for line in open("/tmp/signed.csv"):
    name, by = line.strip().split(",")
    key, day = keys.get(by), releases[name]["day"]
    if key is None:
        verdict = "bad-signature"
    elif key["owner"] != releases[name]["publisher"]:
        verdict = "wrong-signer"
    elif not key["first_day"] <= day <= key["last_day"] or key["revoked_on"] and key["revoked_on"] <= day:
        verdict = "key-not-valid"
    else:
        verdict = "file-altered" if name in altered else "file-added" if name in added else "ok"
    print(name, by, verdict, sep=",")
EOF
"""
