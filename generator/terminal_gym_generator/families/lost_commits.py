"""Work that a careless clean-up lost from a repository, to be found among its loose ends."""

from __future__ import annotations

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.gitworld import GitWorld
from terminal_gym_generator.part import Part

_ASKS = (
    """
    {boss} tidied up the branches of `{where}/{repo}` and deleted one that was never merged. It
    carried the work on `{area}`: its last commit is the one in which `{area}.conf` first had
    `{key} = {value}`. Nobody wrote the hash down; the objects are still in the repository, together with those of
    other branches that were dropped on purpose.
    """,
    """
    In `{where}/{repo}` a branch got lost when {boss} cleaned up, and it has to come back. We know
    that its tip set `{key} = {value}` in `{area}.conf`, which no other commit did for the
    first time, and that its commits still exist as unreachable objects. Several
    other branches were thrown away rightly, some of which touched the same file.
    """,
    """
    Please get a lost branch back. {boss} removed it from `{where}/{repo}` by mistake; it ended with the
    commit that introduced `{key} = {value}` in `{area}.conf`. There are unreachable
    leftovers of other, rightly deleted branches as well, so look at what you restore.
    """,
)
_WANTED = (
    """
    Restore it as the branch `{branch}`, pointing at its original last commit. Then bring its
    commits to `{target}`, a new branch that starts at the tip of `main`: every commit of its own, in the
    original order, with original author, author date and message; only those whose message
    starts with `wip` or `WIP` are left out. Where `main` and a commit changed the same line of a file, the line from the
    lost commit wins. Check out `{target}` with a clean working tree. `main` and all other
    branches stay as they are, and no further ones are left over. Finally write
    `{where}/{report}`: a JSON object with `tip` (full hash of the restored branch), `base` (full hash of the commit on `main`
    from which it had forked), `authors` (the sorted list of the e-mail addresses of the authors of its own commits, each once) and `skipped` (how many were left out).
    """,
    """
    It belongs on `{branch}` again, with the hash its last commit had. Its own commits are also to
    appear on a new branch `{target}`, on top of today's `main`, one for one and in order, authors,
    author dates and messages unchanged, except that commits whose message begins with `wip` (in
    whatever case) are dropped. A line that both sides changed is taken from the lost
    commit. At the end `{target}` is checked out and clean, there are no other new branches, and the
    existing ones have not moved. For the record, `{where}/{report}` holds a JSON object: `tip` (the
    restored branch's full hash), `base` (full hash of the commit of `main` that it grew from), `authors` (e-mail
    addresses of its own commits' authors, sorted, without repetition), `skipped` (number of dropped commits).
    """,
)
_KEYS = (
    "retries timeout batch_size window backoff workers queue_depth max_age threshold burst".split()
)
_SUBJECTS = (
    "Tune {area}", "Raise limits for {area}", "Settle on values for {area}", "Follow the load test",
    "Adjust {area} after review", "Use what operations measured", "Give {area} more room",
)  # fmt: skip


class LostCommits(Family):
    """Find a deleted branch among unreachable objects and bring its work onto today's main.

    Hard because other deleted branches look alike, and the work conflicts with what main did since.
    """

    name = "lost-commits"
    domain = "version_control"
    skills = ("lost-work-recovery", "conflict-resolution", "object-model")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        repo, areas = names.project(), names.services(context.scale(3, 6))
        area, people = areas[0], names.people(context.scale(4, 8))
        world = GitWorld()
        values = {a: {key: rng.randint(2, 90) for key in _KEYS} for a in areas}
        world.commit(
            "main",
            people[0],
            "Settings of all services\n",
            {f"{a}.conf": _conf(a, v) for a, v in values.items()},
        )
        base = ""

        def grow(branch: str, name: str, changes: dict[str, int], message: str) -> str:
            """A commit of `branch` that changes values of `name`."""
            state = _parse(world.tree(branch)[f"{name}.conf"]) | changes
            mark = world.commit(
                branch,
                rng.choice(people),
                message + "\n",
                {f"{name}.conf": _conf(name, state)},
                hours=rng.randint(2, 40),
            )
            return world.sha(mark)

        def subject(name: str) -> str:
            return rng.choice(_SUBJECTS).format(area=name)

        key = rng.choice(_KEYS)
        value = rng.randint(1000, 9000)
        own: list[tuple[str, bool]] = []
        decoys: list[str] = []
        fork_at, length = rng.randint(3, 6), context.scale(3, 9)
        for number in range(context.scale(10, 40)):
            name = rng.choice(areas)
            sha = grow(
                "main",
                name,
                {rng.choice(_KEYS): rng.randint(100, 900)},
                f"{subject(name)} ({number})",
            )
            if number == fork_at:
                base = sha
                world.branch_off("lost", "main")
                for place in range(length):
                    wip = place != length - 1 and (place == 1 or rng.random() < 0.25)
                    change = {rng.choice([k for k in _KEYS if k != key]): rng.randint(1000, 9000)}
                    if place == length - 1:
                        change = {key: value}
                    message = (
                        f"{rng.choice(('wip', 'WIP:'))} {names.token(4)}"
                        if wip
                        else f"{subject(area)}\n\nSeen in test {names.token(5)}."
                    )
                    if wip:  # in a file of its own, so that leaving it out leaves nothing open
                        state = world.commit(
                            "lost",
                            rng.choice(people),
                            message + "\n",
                            {f"notes-{names.token(3)}.txt": names.token(9) + "\n"},
                        )
                        own.append((world.sha(state), True))
                    else:
                        own.append((grow("lost", area, change, message), False))
            elif number > fork_at and len(decoys) < context.scale(2, 7):
                world.branch_off(f"decoy{len(decoys)}", "main")
                branch = f"decoy{len(decoys)}"
                for _ in range(rng.randint(1, 4)):
                    other = rng.choice((area, rng.choice(areas)))
                    sha = grow(
                        branch,
                        other,
                        {
                            rng.choice((key, rng.choice(_KEYS))): rng.randint(1000, value + 999)
                            // 10
                            * 10
                            + (value + 1) % 10
                        },
                        subject(other),
                    )
                decoys.append(sha)
        # Main changed lines that the lost branch changed, too.
        lost = _parse(world.tree("lost")[f"{area}.conf"])
        touched = [k for k in _KEYS if lost[k] >= 1000]
        conflict = {k: rng.randint(100, 900) for k in sorted({key, rng.choice(touched)})}
        tip_main = grow(
            "main",
            area,
            dict(sorted(conflict.items())),
            "Interim values until the load test is through",
        )
        keep = names.project()
        world.branch_off(keep, "main")
        tip_keep = grow(keep, areas[1], {key: 77}, "Try something else")
        world.install(part, repo)
        part.setup(
            f"git -C {repo} for-each-ref --format='%(refname:short)' refs/heads/decoy* refs/heads/lost | xargs git -C {repo} branch -q -D",
            f"rm -rf {repo}/.git/logs",
        )
        branch, target = (
            f"{area}-{rng.choice(('tuning', 'limits', 'rework'))}",
            f"{area}-{rng.choice(('next', 'rebased', 'again'))}",
        )
        report = rng.choice(("recovered.json", "restored.json", "lost.json"))
        words: dict[str, str | int] = {"where": part.where, "repo": repo, "boss": names.person().name, "area": area, "key": key, "value": value,
                 "branch": branch, "target": target, "report": report}  # fmt: skip
        part.title = "recover a deleted branch"
        part.ask(context.pick(_ASKS).format(**words), context.pick(_WANTED).format(**words))
        skipped = sum(wip for _, wip in own)
        final = _parse(world.tree("main")[f"{area}.conf"]) | {
            k: v for k, v in lost.items() if v >= 1000
        }
        self._solve(part, words)
        self._verify(part, words, own, base, {"main": tip_main, keep: tip_keep}, final, skipped)
        part.hide(own[-1][0], own[-1][0][:7], base, base[:7])
        part.reveals(
            "commit",
            own[-1][0][:10],
            [sha[:10] for sha in decoys][:3],
            "the restored branch's last commit (the first ten digits of its hash)",
            "lost_tip",
        )
        return part

    @staticmethod
    def _solve(part: Part, words: dict[str, str | int]) -> None:
        area, key, value = words["area"], words["key"], words["value"]
        part.do(
            f"cd {words['repo']}",
            "git status --short --branch; git branch -a; git log --oneline | head",
            "git reflog | head; git stash list; git fsck --no-reflogs --unreachable | awk '{print $2}' | sort | uniq -c",
            "git fsck --no-reflogs --lost-found | awk '$2 == \"commit\" {print $3}' > /tmp/dangling; cat /tmp/dangling",
            "for c in $(cat /tmp/dangling); do git log -1 --format='%h %an %ad %s' $c; git diff --stat $c~1 $c | tail -1; done",
            f"lost=$(for c in $(cat /tmp/dangling); do git show $c:{area}.conf | grep -qx '{key} = {value}' && echo $c; done); echo $lost",
            "git show $lost; base=$(git merge-base main $lost); git log --format='%h %an %ad %s' $base..$lost; lost_tip=${lost:0:10}",
            f"git branch {words['branch']} $lost && git diff $base main -- {area}.conf",
            f"git switch -q -c {words['target']} main",
            "keep=$(git log --reverse --format='%H %s' $base..$lost | grep -viE '^[0-9a-f]+ wip' | cut -d' ' -f1); skipped=$(( $(git rev-list --count $base..$lost) - $(wc -w <<< \"$keep\") )); echo $keep; echo $skipped",
            "cat > /tmp/theirs.py <<'EOF'\nimport subprocess, sys\nchosen = sys.argv[1]\nshow = lambda c: [l.split(' = ') for l in subprocess.run(['git', 'show', f'{c}:"
            + f"{area}.conf"
            + "'], capture_output=True, text=True, check=True).stdout.splitlines()]\nold, new = dict(r for r in show(chosen + '~1') if len(r) == 2), dict(r for r in show(chosen) if len(r) == 2)\nrows = show('HEAD')\nwith open('"
            + f"{area}.conf"
            + "', 'w') as file:\n    for row in rows:\n        if len(row) == 2 and old[row[0]] != new[row[0]]:\n            row[1] = new[row[0]]\n        print(' = '.join(row), file=file)\nEOF",
            f"for c in $keep; do git cherry-pick $c > /dev/null 2>&1 || {{ python3 /tmp/theirs.py $c; git add {area}.conf; git -c core.editor=true cherry-pick --continue > /dev/null; }}; done; git status --short --branch",
            f"git log --format='%h %an %ad %s' main..; git diff main -- {area}.conf",
            "git log --format=%ae $base..$lost | LC_ALL=C sort -u > /tmp/authors; cat /tmp/authors",
            f'jq -n --arg tip $lost --arg base $base --argjson skipped $skipped --rawfile a /tmp/authors \'{{tip: $tip, base: $base, authors: ($a | split("\\n") | map(select(. != ""))), skipped: $skipped}}\' > ../{words["report"]}; cd ..; cat {words["report"]}',
        )

    @staticmethod
    def _verify(part: Part, words: dict[str, str | int], own: list[tuple[str, bool]], base: str,
                kept: dict[str, str], final: dict[str, int], skipped: int) -> None:  # fmt: skip
        folder, path = part.path(str(words["repo"])), part.path(str(words["report"]))
        branch, target, area = words["branch"], words["target"], words["area"]
        tip, wanted = own[-1][0], [sha for sha, wip in own if not wip]
        part.check(
            "the lost branch is back, with its hash",
            f"assert git({folder!r}, 'rev-parse', 'refs/heads/{branch}') == {tip!r}",
        )
        part.check(
            "the other branches stand where they stood, and there are no more",
            f"""
            heads = git({folder!r}, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()
            assert sorted(heads) == {sorted([*kept, str(branch), str(target)])!r}, heads
            for name, sha in {kept!r}.items():
                assert git({folder!r}, "rev-parse", "refs/heads/" + name) == sha, name
            """,
        )
        part.check(
            "the new branch carries the commits one for one on top of main",
            f"""
            new = git({folder!r}, "rev-list", "--reverse", "--parents", "{kept["main"]}..refs/heads/{target}").splitlines()
            chain = [{kept["main"]!r}, *(row.split()[0] for row in new)]
            assert [row.split()[1:] for row in new] == [[one] for one in chain[:-1]], new
            form = "--format=%an <%ae> %at%n%B"
            shown = [git({folder!r}, "log", "-1", form, one).strip() for one in chain[1:]]
            assert shown == [git({folder!r}, "log", "-1", form, one).strip() for one in {wanted!r}], shown
            """,
            slow=True,
        )
        part.check(
            "each commit has its own changes, and the lost lines win",
            f"""
            chain = git({folder!r}, "rev-list", "--reverse", "{kept["main"]}..refs/heads/{target}").split()
            assert len(chain) == {len(wanted)}
            added = lambda one: [l for l in git({folder!r}, "show", "--format=", "-U0", one).splitlines() if l[:1] == "+" and l[:3] != "+++"]
            for new, old in zip(chain, {wanted!r}):
                assert added(new) == added(old), new
                assert git({folder!r}, "show", "--format=", "--name-only", new) == "{area}.conf"
            found = git({folder!r}, "show", "refs/heads/{target}:{area}.conf").splitlines()
            assert [row for row in found if " = " in row] == {[f"{k} = {v}" for k, v in final.items()]!r}, found
            """,
            slow=True,
        )
        part.check(
            "the new branch is checked out, clean and nothing is half done",
            f"""
            assert git({folder!r}, "symbolic-ref", "HEAD") == "refs/heads/{target}"
            assert git({folder!r}, "status", "--porcelain", "--untracked-files=all") == ""
            for name in ("CHERRY_PICK_HEAD", "rebase-merge", "rebase-apply", "sequencer"):
                assert not exists({folder!r} + "/.git/" + name), name
            """,
        )
        part.check(
            "the report is right",
            f"""
            report = json_file({path!r})
            emails = git({folder!r}, "log", "--format=%ae", "{base}..{tip}").split()
            assert report == {{"tip": {tip!r}, "base": {base!r}, "authors": sorted(set(emails)), "skipped": {skipped}}}, report
            """,
        )
        part.output(str(words["report"]))
        repo = words["repo"]
        part.mutate(
            f"git -C {repo} branch -f {branch} {branch}~1",
            f"git -C {repo} branch spare",
            f"git -C {repo} commit -q --amend --reset-author --no-edit",
        )


def _conf(area: str, values: dict[str, int]) -> str:
    """A configuration with room between its lines, so that only one line conflicts with itself."""
    rows = [f"# {area}: {len(values)} settings"]
    for key, value in values.items():
        rows += ["", f"# {key} of {area}", "#", f"{key} = {value}"]
    return "\n".join(rows) + "\n"


def _parse(text: str) -> dict[str, int]:
    pairs = (line.split(" = ") for line in text.splitlines() if " = " in line)
    return {key: int(value) for key, value in pairs}
