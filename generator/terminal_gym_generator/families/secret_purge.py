"""Leaked keys in a repository's history, to be removed without disturbing anything else."""

from __future__ import annotations

import hashlib

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.gitworld import GitWorld
from terminal_gym_generator.lexicon import Person
from terminal_gym_generator.part import Part

_ASKS = (
    """
    The provider's scanner found {keys} of ours in public, but the alert in `{where}/alert.json` gives
    nothing but SHA-256 sums (of the key as text, without a line end). What leaked came from the history of `{where}/{repo}`.
    {boss} wants it out of every branch and tag before {company} opens the repository to partners.
    Our history is full of strings that look the same, test keys and revoked ones, which stay.
    """,
    """
    `{where}/{repo}` is to be handed to a partner, but {keys} in its history must not go with it.
    All that {boss} got from the provider is `{where}/alert.json` with SHA-256 sums (each computed over a
    key's text, without a line end), not the keys themselves. All other keys in there are harmless and
    must be left as they are.
    """,
)
_WANTED = (
    """
    Replace each leaked key, wherever it stands in a file in any commit of any branch or tag, by as
    many `{mask}` as it has characters. Apart from that the rewritten history is the old one: the same commits and
    merges with the same messages, authors, committers and dates, the same branches and
    tags. No object that holds a leaked key may be left in the repository, not even an unreachable one, and no
    further refs. `main` stays checked out, clean. Then write `{where}/{report}`, a JSON
    array with an object for each leaked key, in the order of the alert: `sha256`, `file` (path in which it was first committed),
    `commit` (original full hash of the commit that first had it, by commit date), `author` (e-mail address of that commit's author) and `commits` (in how
    many commits of the original repository, all branches and tags together, some file holds it).
    """,
    """
    In the cleaned repository `{mask}` stands for every character of a leaked key, in all commits
    that any branch or tag reaches; everything else (tree contents, messages, people, dates,
    merges, names of branches and tags) is as before. Afterwards the leaked keys must be gone from the object
    database as well, loose ends included, nothing like `refs/original` is left, and `main` is
    checked out with a clean tree. Record in `{where}/{report}` what was found: a JSON array, one object per sum
    of the alert and in its order, with `sha256`, `file` (where the key was first committed), `commit`
    (full hash, before the rewriting, of the earliest commit with it, by commit date), `author` (that commit's author, e-mail address)
    and `commits` (the number of commits of the old history, over all branches and tags, in whose files it stands).
    """,
)


class SecretPurge(Family):
    """Find leaked keys by their digests and rewrite all of a history without them.

    Hard because look-alikes must stay, the keys moved between files and branches, and nothing
    else may change: the new hashes follow from the old history exactly.
    """

    name = "secret-purge"
    domain = "version_control"
    skills = ("secret-removal", "history-rewriting", "history-search")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        repo, mask = names.project(), rng.choice("xX*#")
        people, services = names.people(context.scale(3, 7)), names.services(context.scale(4, 8))
        prefix = rng.choice(("ak_live_", "sk-", "tok.", "key_"))
        keys = [prefix + names.token(rng.randint(20, 28)) for _ in range(context.scale(6, 16))]
        leaked = rng.sample(keys, context.scale(1, 4))
        old, new = GitWorld(), GitWorld()
        holders: dict[str, list[tuple[int, str, Person]]] = {key: [] for key in leaked}

        def clean(text: str) -> str:
            for key in leaked:
                text = text.replace(key, mask * len(key))
            return text

        def commit(
            branch: str, message: str, changes: dict[str, str], merge: str | None = None
        ) -> None:
            author, hours = rng.choice(people), rng.randint(2, 30)
            mark = old.commit(branch, author, message + "\n", {**changes}, merge=merge, hours=hours)
            new.commit(
                branch,
                author,
                message + "\n",
                {p: clean(t) for p, t in changes.items()},
                merge=merge,
                hours=hours,
            )
            for path, text in sorted(old.tree(branch).items()):
                for key in leaked:
                    if key in text and mark not in [m for m, _, _ in holders[key]]:
                        holders[key].append((mark, path, author))

        def env(service: str, key: str) -> str:
            level = rng.choice(("debug", "info", "warn"))
            return (
                f"SERVICE={service}\nPORT={rng.randint(2000, 9999)}\nAPI_KEY={key}\nLOG={level}\n"
            )

        commit(
            "main",
            "Deployment of all services",
            {f"deploy/{s}.env": env(s, "changeme") for s in services}
            | {"README.md": f"# {repo}\n"},
        )
        branches, plan = ["main"], list(keys)
        rng.shuffle(plan)
        for number in range(context.scale(24, 90)):
            branch, service = rng.choice(branches), rng.choice(services)
            path, roll = f"deploy/{service}.env", rng.random()
            if plan and (roll < 0.3 or number > context.scale(24, 90) - len(plan) - 2):
                key = plan.pop()
                commit(
                    branch,
                    rng.choice(
                        (
                            f"Let {service} start",
                            f"Configuration of {service}",
                            "Try the new provider",
                        )
                    ),
                    {path: env(service, key)},
                )
                if rng.random() < 0.4:
                    commit(
                        branch,
                        f"Notes on {service}",
                        {f"docs/{service}.md": f"# {service}\n\nStarts with key {key}.\n"},
                    )
            elif roll < 0.45:
                commit(
                    branch,
                    f"Read the key of {service} from the vault",
                    {path: env(service, "vault")},
                )
            elif roll < 0.55 and len(branches) < context.scale(3, 6):
                branches.append(f"{rng.choice(('topic', 'release', 'fix'))}/{names.token(5)}")
                old.branch_off(branches[-1], branch)
                new.branch_off(branches[-1], branch)
            elif roll < 0.6 and len(branches) > 1:
                other = rng.choice([b for b in branches if b != branch])
                commit(
                    branch,
                    f"Merge {other} into {branch}",
                    {"MERGES": f"{other} {number}\n"},
                    merge=other,
                )
            elif roll < 0.66:
                tag = f"v0.{number}"
                old.tag(tag, branch)
                new.tag(tag, branch)
            else:
                commit(
                    branch,
                    f"Work on {service}",
                    {f"src/{service}.txt": f"{service} {rng.randint(1, 10**6)}\n"},
                )
        old.install(part, repo)
        refs = new.refs()
        sums = [hashlib.sha256(key.encode()).hexdigest() for key in leaked]
        alert = "".join(f'    "{one}"{"," if one != sums[-1] else ""}\n' for one in sums)
        part.file(
            "alert.json",
            f'{{\n  "provider": "{names.company}",\n  "sha256": [\n{alert}  ]\n}}\n'.encode(),
        )
        expected = [
            {
                "sha256": one,
                "file": found[0][1],
                "commit": old.sha(found[0][0]),
                "author": found[0][2].email,
                "commits": len(found),
            }
            for one, found in zip(sums, holders.values(), strict=True)
        ]
        count = ("one key", "two keys", "three keys", "four keys")[len(leaked) - 1]
        words = {"where": part.where, "repo": repo, "boss": names.person().name, "company": names.company, "mask": mask,
                 "keys": count, "report": rng.choice(("leaks.json", "purged.json", "keys.json"))}  # fmt: skip
        part.title = "purge leaked keys from a history"
        part.ask(context.pick(_ASKS).format(**words), context.pick(_WANTED).format(**words))
        self._solve(part, words, prefix)
        self._verify(part, words, refs, leaked, expected)
        part.hide(*leaked, *(str(row["commit"]) for row in expected))
        guilty = expected[0]["file"]
        service = str(guilty).split("/")[-1].split(".")[0]
        phrase = "the service in whose file the first key of the alert was first committed"
        part.reveals(
            "service", service, sorted(set(services) - {service})[:3], phrase, "leaky_service"
        )
        return part

    @staticmethod
    def _solve(part: Part, words: dict[str, str], prefix: str) -> None:
        pattern = prefix.replace(".", "[.]") + "[a-z0-9]+"
        part.do(
            "cat alert.json",
            f"cd {words['repo']} && git status --short --branch && git for-each-ref --format='%(objectname:short) %(refname)'",
            "git log --all --oneline --graph | head -40",
            "git log --all -p | grep -E '^[-+].*KEY' | head -20",
            f"git log --all -p --format= -m | grep -oE '{pattern}' | LC_ALL=C sort -u > /tmp/candidates; wc -l /tmp/candidates",
            "while read k; do echo \"$(printf %s \"$k\" | sha256sum | cut -d' ' -f1) $k\"; done < /tmp/candidates > /tmp/sums; for s in $(jq -r '.sha256[]' ../alert.json); do grep $s /tmp/sums; done | tee /tmp/leaked",
            "git rev-list --all --date-order --reverse --timestamp | sort -n -s -k1,1 | cut -d' ' -f2 > /tmp/commits; wc -l /tmp/commits",
            "while read sum key; do git grep -lF $key $(cat /tmp/commits) -- | awk -F: '!seen[$1]++' > /tmp/hits.$sum; head -1 /tmp/hits.$sum; done < /tmp/leaked",
            "while read sum key; do first=$(head -1 /tmp/hits.$sum); c=${first%%:*}; jq -n --arg sha256 $sum --arg file ${first#*:} --arg commit $c --arg author $(git log -1 --format=%ae $c) --argjson commits $(wc -l < /tmp/hits.$sum) '$ARGS.named'; done < /tmp/leaked > /tmp/rows; cat /tmp/rows",
            f"jq -s . /tmp/rows > ../{words['report']}; leaky_service=$(jq -r '.[0].file' ../{words['report']} | xargs basename | cut -d. -f1); echo $leaky_service",
            f'awk \'{{m = $2; gsub(/./, "{words["mask"]}", m); gsub(/[.]/, "[.]", $2); print "s|" $2 "|" m "|g"}}\' /tmp/leaked > /tmp/mask.sed; cat /tmp/mask.sed',
            "git fast-export --all > /tmp/old.fi && LC_ALL=C sed -f /tmp/mask.sed /tmp/old.fi > /tmp/new.fi; ls -l /tmp/*.fi",
            "git fast-import --force --quiet < /tmp/new.fi && git reset -q --hard main && git for-each-ref",
            "git reflog expire --expire=now --all; rm -f .git/ORIG_HEAD .git/FETCH_HEAD; git gc -q --prune=now; git count-objects -v",
            "git cat-file --batch --batch-all-objects | grep -acF -f <(cut -d' ' -f2 /tmp/leaked); git fsck --unreachable; git status --short --branch; cd ..",
        )
        # Nothing behind what changes the repository last.
        last = part.commands.pop()
        part.commands[-1] = part.commands[-1].replace("; git count-objects -v", f"; {last}")

    @staticmethod
    def _verify(
        part: Part,
        words: dict[str, str],
        refs: dict[str, str],
        leaked: list[str],
        expected: list[dict[str, object]],
    ) -> None:
        folder = part.path(words["repo"])
        part.check(
            "branches and tags are exactly the old history without the keys",
            f"""
            found = git({folder!r}, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
            assert dict(row.split() for row in found) == {refs!r}, found
            """,
        )
        part.check(
            "no object holds a leaked key",
            f"""
            names = git({folder!r}, "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)")
            blobs = "".join(row.split()[0] + "\\n" for row in names.splitlines() if row.endswith("blob"))
            shown = sh(["git", "-C", {folder!r}, "cat-file", "--batch"], stdin=blobs).stdout
            assert len(shown) > 200
            for key in {leaked!r}:
                assert key not in shown, "a key is left"
            """,
        )
        part.check(
            "main is checked out and clean",
            f"""
            assert git({folder!r}, "symbolic-ref", "HEAD") == "refs/heads/main"
            assert git({folder!r}, "status", "--porcelain", "--untracked-files=all") == ""
            assert git({folder!r}, "rev-parse", "HEAD") == {refs["refs/heads/main"]!r}
            """,
        )
        report = part.path(words["report"])
        for keys in (("sha256", "file"), ("commit", "author"), ("commits",)):
            wanted = [{key: row[key] for key in keys} for row in expected]
            part.check(
                f"the report: {' and '.join(keys)}",
                f"""
                report = json_file({report!r})
                assert [{{key: row[key] for key in {keys!r}}} for row in report] == {wanted!r}, report
                assert all(len(row) == 5 for row in report)
                """,
            )
        part.output(words["report"])
        repo = words["repo"]
        part.mutate(
            f"git -C {repo} tag spare",
            f"git -C {repo} commit -q --amend --reset-author --no-edit",
            f"git -C {repo} hash-object -w --stdin <<< {leaked[0]}",
        )
