"""Access tokens in a repository's history, of which some still open doors."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.gitworld import GitWorld
from terminal_gym_generator.lexicon import Person
from terminal_gym_generator.part import Part

_ASKS = (
    """
    The repository `{where}/{repo}` is to be made public, and {boss} from security wants to know what
    access tokens were ever committed to it, on any branch, whether or not they have been removed since.
    Our tokens look like `{prefix}_` followed by {length} lower-case letters and digits.
    `{where}/register.csv` is the issuer's register: it holds the SHA-256 of each token it has issued
    (of the bytes of the whole token), never the token itself.
    """,
    """
    {boss} is worried about `{where}/{repo}`: until a scanner was put in place, people committed
    access tokens to it and removed them later, which does not remove them from the history. A token is
    `{prefix}_` and then {length} characters from a-z and 0-9. Which of them are real, and which
    still work, is known to `{where}/register.csv`, where the issuer keeps the SHA-256 of every token
    (the whole string, in hex).
    """,
)
_WANTED = (
    """
    Write `{where}/leaks.json`: a list with one object for each real token (one that the register knows) found
    in any version of any file in the history of any branch, ordered by `id`, with `id` (from the register),
    `status` (from the register), `commit` (full hash of the oldest commit, by committer date, whose tree
    contains it), `author` (e-mail address of that commit), `path` (where it is in that commit) and
    `present` (true if it is still in the tip of `{head}`, else false). Also write
    `{where}/revoke.txt`: the ids of those tokens whose status is `active`, ordered by the date of their
    oldest commit, the longest exposed first, one per line. No token may be written to either file. Leave
    repository and register as they are.
    """,
    """
    We want two files that hold no token themselves. `{where}/leaks.json`: a list with an object for every token that the register knows and that occurs in any version of any
    file on any branch, sorted by `id`. Its keys: `id` and `status` as in the register; `commit`, the full hash of the oldest commit (by committer date) in whose tree the
    token is; `author`, that commit's author's e-mail address; `path`, the file that holds it there; `present`, true if the tip of `{head}` still has it and false if not.
    `{where}/revoke.txt`: one id per line of the tokens that are `active`, those first that have been exposed for longest, counted from that oldest commit. The
    repository and the register are to stay as they are.
    """,
)


@dataclass
class _Leak:
    """A token, where it was committed and what the register says."""

    id: str
    token: str
    status: str
    path: str
    mark: int = 0
    author: str = ""
    present: bool = False


class TokenLeak(Family):
    """Find tokens in all versions of all branches, tell real from made-up, active from revoked.

    Hard because most tokens were removed later, some live on side branches only, examples and
    fixtures look alike, and exposure is counted from the oldest commit.
    """

    name = "token-leak"
    domain = "security"
    skills = ("secret-scanning", "exposure-assessment", "hash-comparison")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        repo, head = names.project(), rng.choice(("main", "trunk"))
        prefix, length = rng.choice(("tk", "svc", "pat", names.company[:3].lower())), 24
        people = names.people(context.scale(3, 6))
        world = GitWorld(start=1_650_000_000 + rng.randint(0, 40_000_000))
        real = context.scale(4, 12)
        statuses = ["active", "active", "revoked", "expired"]
        statuses += rng.choices(("active", "revoked", "expired"), k=real - 4)
        rng.shuffle(statuses)
        folders = [names.service() for _ in range(context.scale(3, 6))]
        paths = [f"{f}/{n}" for f in folders for n in ("settings.ini", "deploy.sh", "client.py")]
        ids = [f"T-{n}" for n in rng.sample(range(1000, 9999), real)]
        chosen = rng.sample(paths, min(real, len(paths)))
        leaks = [
            _Leak(ids[n], f"{prefix}_{_word(context, length)}", status, chosen[n % len(chosen)])
            for n, status in enumerate(statuses)
        ]
        self._history(context, world, people, head, paths, leaks, prefix)
        world.commit(head, people[0], "Bump the version\n", {"VERSION": "2.0\n"})
        world.install(part, repo, head=head)
        register = [f"{leak.id},{_sha(leak.token)},{leak.status}" for leak in leaks]
        for _ in range(context.scale(20, 80)):
            number, status = rng.randint(10_000, 99_999), rng.choice(statuses)
            register.append(f"T-{number},{_sha(_word(context, 30))},{status}")
        rng.shuffle(register)
        part.file("register.csv", "\n".join(["id,sha256,status", *register]) + "\n")
        part.title = "find leaked tokens in a history"
        words = {"where": part.where, "repo": repo, "prefix": prefix, "length": length}
        part.ask(context.pick(_ASKS).format(boss=names.person().name, **words))
        part.ask(context.pick(_WANTED).format(where=part.where, head=head))
        self._solve(part, repo, head, prefix, length)
        found = [
            {
                "id": leak.id,
                "status": leak.status,
                "commit": world.sha(leak.mark),
                "author": leak.author,
                "path": leak.path,
                "present": leak.present,
            }
            for leak in sorted(leaks, key=lambda leak: leak.id)
        ]
        active = sorted((leak.mark, leak.id) for leak in leaks if leak.status == "active")
        self._verify(part, found, [name for _, name in active], prefix, repo, world.refs())
        part.hide(*(leak.id for leak in leaks), *(leak.token for leak in leaks))
        part.reveals(
            "token",
            active[0][1],
            [leak.id for leak in leaks if leak.id != active[0][1]][:3],
            "the active token that has been exposed for longest (by its id)",
            "token",
        )
        return part

    @staticmethod
    def _history(
        context: Context,
        world: GitWorld,
        people: list[Person],
        head: str,
        paths: list[str],
        leaks: list[_Leak],
        prefix: str,
    ) -> None:
        """Ordinary work, in which tokens come and mostly go."""
        rng = context.rng
        world.commit(
            head, people[0], "Initial import", {path: _source(context, path, "") for path in paths}
        )
        branches = [head]
        waiting = list(leaks)
        total = context.scale(25, 120)
        removals: dict[int, list[tuple[_Leak, str]]] = {}
        for step in range(total):
            branch = rng.choice(branches)
            if step in (total // 3, total // 2) and context.difficulty >= 2:
                branch = f"{rng.choice(('feature', 'fix'))}/{context.names.token(5)}"
                world.branch_off(branch, head)
                branches.append(branch)
            who = rng.choice(people)
            for leak, where in removals.pop(step, []):
                clean = _source(context, leak.path, "")
                world.commit(where, who, _say(rng.choice(_CLEAN)), {leak.path: clean})
            hurry = len(waiting) > total - step - 8
            if waiting and (hurry or rng.random() < len(leaks) * 1.6 / total):
                leak = waiting.pop()
                secret = _source(context, leak.path, leak.token)
                leak.mark = world.commit(branch, who, _say(rng.choice(_WORK)), {leak.path: secret})
                leak.author = who.email
                if rng.random() < 0.75:
                    due = min(total - 1, step + rng.randint(1, 6))
                    removals.setdefault(due, []).append((leak, branch))
                continue
            free = [p for p in paths if p not in [leak.path for leak in leaks]] or ["NOTES.md"]
            path = rng.choice(free)
            # Some files hold a token of the right form that nobody has issued.
            sample = f"{prefix}_{_word(context, 24)}" if rng.random() < 0.15 else ""
            world.commit(
                branch, who, _say(rng.choice(_WORK)), {path: _source(context, path, sample)}
            )
        for leak in leaks:
            leak.present = leak.token in world.tree(head)[leak.path]

    @staticmethod
    def _solve(part: Part, repo: str, head: str, prefix: str, length: int) -> None:
        pattern = f"{prefix}_[a-z0-9]{{{length}}}"
        part.do(
            f"cd {repo} && git status -sb && git branch -a && git log --oneline --all | wc -l",
            "head -4 ../register.csv",
            f"git grep -nE '{pattern}' {head} -- | head",
            f"git log --all --reverse --date-order --format='%H %ct' > /tmp/commits.txt; git rev-list --all | xargs -n 50 git grep -ohE '{pattern}' | sort -u > /tmp/tokens.txt; wc -l /tmp/tokens.txt",
            "while read -r t; do s=$(printf %s \"$t\" | sha256sum | cut -d' ' -f1); grep -F \",$s,\" ../register.csv | awk -F, -v t=$t '{print $1, $3, t}'; done < /tmp/tokens.txt > /tmp/real.txt",
            "cut -d' ' -f1,2 /tmp/real.txt",
            "sort -s -k2,2n /tmp/commits.txt | cut -d' ' -f1 > /tmp/oldest-first.txt",
            'while read -r id status t; do for c in $(git log --all --format=%H -S"$t"); do git grep -F -l "$t" $c -- | sed "s/:/ /" | sed "s/^/$(git show -s --format=%ct $c) /"; done | sort -n | head -1 | sed "s/^/$id $status $t /"; done < /tmp/real.txt > /tmp/first.txt',
            "cut -d' ' -f1,2,4- /tmp/first.txt",
            f'while read -r id status t when c path; do git grep -qF "$t" {head} -- && p=true || p=false; echo $id $status $c $(git show -s --format=%ae $c) $path $p; done < /tmp/first.txt > /tmp/leaks.txt; cat /tmp/leaks.txt',
            'jq -nR \'[inputs | split(" ") | {id: .[0], status: .[1], commit: .[2], author: .[3], path: .[4], present: (.[5] == "true")}] | sort_by(.id)\' /tmp/leaks.txt > ../leaks.json; jq length ../leaks.json',
            "token=$(awk '$2 == \"active\"' /tmp/first.txt | sort -k4,4n | head -1 | cut -d' ' -f1); echo $token",
            "awk '$2 == \"active\"' /tmp/first.txt | sort -k4,4n | cut -d' ' -f1 > ../revoke.txt; cd ..",
        )

    @staticmethod
    def _verify(
        part: Part,
        found: list[dict[str, object]],
        active: list[str],
        prefix: str,
        repo: str,
        refs: dict[str, str],
    ) -> None:
        report = part.path("leaks.json")
        for keys in (("id", "status"), ("commit", "author"), ("path", "present")):
            wanted = json.dumps([[leak[key] for key in keys] for leak in found])
            part.check(
                f"leaks.json: {' and '.join(keys)}",
                f"""
                import json
                leaks = json_file({report!r})
                assert [[leak.get(key) for key in {keys!r}] for leak in leaks] == json.loads({wanted!r})
                assert all(set(leak) == set({sorted(found[0])!r}) for leak in leaks)
                """,
            )
        part.check(
            "revoke.txt orders the active tokens by their exposure",
            f"assert lines({part.path('revoke.txt')!r}) == {active!r}",
        )
        part.check(
            "repository and register are unchanged, and no token was copied",
            f"""
            found = git({part.path(repo)!r}, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
            assert dict(row.split() for row in found) == {refs!r}, found
            assert git({part.path(repo)!r}, "status", "--porcelain", "--untracked-files=all") == ""
            assert {prefix + "_"!r} not in text({report!r}) + text({part.path("revoke.txt")!r})
            """,
        )
        part.unchanged("the register is unchanged")
        part.output("leaks.json", "revoke.txt")


def _word(context: Context, length: int) -> str:
    return context.names.token(length, "abcdefghijklmnopqrstuvwxyz0123456789")


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _say(subject: str) -> str:
    return subject + "\n"


def _source(context: Context, path: str, token: str) -> str:
    """A version of a file, with the token where one would put it."""
    rng, host = context.rng, f"{path.split('/')[0]}.internal"
    seconds, tries = rng.randint(2, 90), rng.randint(1, 9)
    if path.endswith(".ini"):
        secret = token or "${ACCESS_TOKEN}"
        return (
            f"[client]\nhost = {host}\ntimeout = {seconds}\nretries = {tries}\ntoken = {secret}\n"
        )
    if path.endswith(".sh"):
        secret = token or '"$ACCESS_TOKEN"'
        return f'#!/bin/sh\nset -eu\nTOKEN={secret}\ncurl --retry {tries} -m {seconds} -H "Authorization: Bearer $TOKEN" https://{host}/deploy\n'
    if path.endswith(".md"):
        return f"# Notes\n\nTime-out {seconds} s, {tries} attempts. {'Example: ' + token if token else ''}\n"
    secret = f'"{token}"' if token else 'os.environ["ACCESS_TOKEN"]'
    return (
        f"import os\n\nHOST = {host!r}\nTIMEOUT = {seconds}\nRETRIES = {tries}\nTOKEN = {secret}\n"
    )


_WORK = (
    "Raise the time-out", "Retry less often", "Point at the new host", "Tune retries", "Fix staging",
    "Make the nightly deploy work", "Debug the 401s", "Try another time-out", "Settings for the demo",
)  # fmt: skip
_CLEAN = (
    "Read the token from the environment",
    "Oops",
    "Clean up settings",
    "Remove debug leftovers",
)
