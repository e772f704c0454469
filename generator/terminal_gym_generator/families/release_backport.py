"""Fixes to be carried from main to a release branch by a written policy."""

from __future__ import annotations

from dataclasses import dataclass

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.gitworld import GitWorld
from terminal_gym_generator.lexicon import Person
from terminal_gym_generator.part import Part

_ASKS = (
    """
    Version {version} of `{where}/{repo}` is due. The branch `{branch}` has to get those fixes from
    `main` that our policy (`RELEASING.md` on `main`) asks for, none else, and {boss} wants
    the tag today.
    """,
    """
    {boss} is release manager this month and needs {version} of `{where}/{repo}`: the release branch
    `{branch}` plus the backports that `RELEASING.md` (on `main`) prescribes, tagged as it says.
    """,
    """
    Please make release {version} in `{where}/{repo}`. What goes from `main` to `{branch}`, in what
    order and in which form is laid down in `RELEASING.md` on `main`; {boss} will check it.
    """,
)
_WANTED = (
    """
    `main` and all existing tags and branches other than `{branch}` stay where they are; at the end
    `{branch}` is checked out with a clean working tree. Also write `{where}/{report}`, a JSON object
    with `picked` (the tickets of the backported commits in the order in which they were applied), `skipped` (object from ticket to
    reason, `reverted` or `present`, for each marked commit that was left out) and `tip` (full hash of the new tip of `{branch}`).
    """,
    """
    Leave `{branch}` checked out and clean, and do not move, add or remove any other branch or tag. {boss} also wants a record,
    `{where}/{report}`: a JSON object with `tip` (full hash of the tip of `{branch}`), `picked` (list of the backported tickets,
    in order of application) and `skipped` (for every marked commit that was not applied, ticket to
    `reverted` or `present`).
    """,
)
_POLICY = """\
# Releasing

The subject of every commit on `main` starts with its ticket and a colon.

1. A commit of `main` is marked for a release branch by a trailer `Backport: NAME`, where NAME is what
   follows `release/` in the branch's name. There may be several such trailers.
2. A commit that was reverted later on `main` (its revert says `This reverts commit HASH.`) is not
   backported ("reverted"), unless the revert itself was reverted again. Reverts are never backported
   and count as unmarked, whatever trailers they carry.
3. A marked commit whose change is already on the release branch, under whatever hash, is not
   backported again ("present"): a commit there has the same ticket.
4. A commit with a trailer `Needs: TICKET` is backported together with the commit of that ticket,
   marked or not (and with what that one needs in turn), unless that ticket is on the branch already.
5. All backports are applied in the order of their commits on `main`, one commit each, with
   `git cherry-pick -x`: author, author date and message stay and the origin is recorded.
6. After them comes one commit with the subject `Release VERSION`, which puts the version into
   the file `VERSION` and these lines at the top of `CHANGES`: `## VERSION`, an empty line, the line
   `- SUBJECT (AUTHOR)` for each backport in order (the author's name), and an empty line.
7. That commit gets an annotated tag `vVERSION` with the message `Release VERSION`.
"""
_VERBS = "Handle Reject Keep Limit Retry Close Round Order Escape Trim".split()
_THINGS = "empty input,late answers,double entries,long names,negative amounts,lost sessions,old clients,big files,odd time zones,closed accounts".split(
    ","
)


@dataclass
class _Change:
    """A commit of main."""

    ticket: str
    subject: str
    author: Person
    mark: int
    path: str
    text: str
    marked: bool
    needs: str = ""
    fate: str = ""


class ReleaseBackport(Family):
    """Backport what a policy demands to a release branch, and tag the release.

    Hard because marks, reverts, reverts of reverts, prerequisites and what is already there
    have to be weighed against each other over a long history.
    """

    name = "release-backport"
    domain = "version_control"
    skills = ("backporting", "release-tagging", "history-search")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        repo, people = names.project(), names.people(context.scale(3, 7))
        series = f"{rng.randint(1, 6)}.{rng.randint(0, 9)}"
        patch, branch, prefix = (
            rng.randint(1, 8),
            f"release/{series}",
            names.token(3, "BCDFGKLMNPRST"),
        )
        world, changes = GitWorld(), list[_Change]()
        parts = names.services(context.scale(4, 8))
        first = {f"src/{p}.txt": f"{p}\n" for p in parts} | {
            "VERSION": f"{series}.{patch - 1}\n",
            "CHANGES": f"## {series}.{patch - 1}\n\n- First.\n\n",
            "RELEASING.md": _POLICY,
        }
        world.commit("main", people[0], f"{prefix}-100: Start\n", {**first})
        world.branch_off(branch, "main")
        world.branch_off("release/0.9", "main")
        world.tag(f"v{series}.{patch - 1}", branch)
        tickets = iter(rng.sample(range(101, 999), 200))

        def change(marked: bool, needs: str = "") -> _Change:
            ticket = f"{prefix}-{next(tickets)}"
            subject = f"{ticket}: {rng.choice(_VERBS)} {rng.choice(_THINGS)}"
            path = f"src/{rng.choice(parts)}/{ticket.lower()}.txt"
            text, author = f"{subject}\n{names.token(12)}\n", rng.choice(people)
            trailers = [f"Backport: {rng.choice(('0.9', '9.9'))}"] if rng.random() < 0.3 else []
            trailers += [f"Backport: {series}"] if marked else []
            trailers += [f"Needs: {needs}"] if needs else []
            rng.shuffle(trailers)
            message = (
                subject
                + "\n\nSeen by support.\n"
                + ("\n" + "\n".join(trailers) + "\n" if trailers else "")
            )
            mark = world.commit("main", author, message, {path: text}, hours=rng.randint(1, 40))
            changes.append(_Change(ticket, subject, author, mark, path, text, marked, needs))
            return changes[-1]

        def revert(mark: int, subject: str, path: str, text: str | None) -> tuple[int, str]:
            title = f'{prefix}-{next(tickets)}: Revert "{subject}"'
            body = f"{title}\n\nThis reverts commit {world.sha(mark)}.\n" + (
                f"\nBackport: {series}\n" if rng.random() < 0.3 else ""
            )
            return world.commit("main", rng.choice(people), body, {path: text}), title

        for round_ in range(context.scale(2, 6)):
            for _ in range(context.scale(3, 8)):
                change(rng.random() < 0.25)
            need = change(False)
            if round_ % 2:
                need = change(False, need.ticket)
            change(True, need.ticket)
            gone = change(True)
            mark, title = revert(gone.mark, gone.subject, gone.path, None)
            gone.fate = "reverted"
            if round_ % 2:
                revert(mark, title, gone.path, gone.text)
                gone.fate = ""
            there = change(True)
            there.fate = "present"
            world.commit(
                branch, there.author, f"{there.subject}\n\nBy hand.\n", {there.path: there.text}
            )
        picks = self._picks(changes)
        skipped = {c.ticket: c.fate for c in changes if c.marked and c.fate}
        refs = world.refs()
        kept = {name: refs[f"refs/heads/{name}"] for name in ("main", "release/0.9")}
        version, start = f"{series}.{patch}", refs[f"refs/heads/{branch}"]
        tree = world.tree(branch) | {c.path: c.text for c in picks} | {"VERSION": version + "\n"}
        notes = "".join(f"- {c.subject} ({c.author.name})\n" for c in picks)
        tree["CHANGES"] = f"## {version}\n\n{notes}\n" + tree["CHANGES"]
        world.install(part, repo)
        words = {"where": part.where, "repo": repo, "version": version, "branch": branch, "boss": names.person().name,
                 "report": rng.choice(("release.json", "backports.json", "record.json")), "series": series}  # fmt: skip
        part.title = "make a release with backports"
        part.ask(context.pick(_ASKS).format(**words), context.pick(_WANTED).format(**words))
        self._solve(part, words)
        origins = [world.sha(c.mark) for c in picks]
        self._verify(part, words, start, kept, picks, origins, tree, skipped)
        part.hide(*(c.ticket for c in picks))
        others = [c.ticket for c in changes if c not in picks]
        part.reveals(
            "ticket",
            picks[-1].ticket,
            others[-3:],
            "the last ticket that was backported",
            "last_ticket",
        )
        return part

    @staticmethod
    def _picks(changes: list[_Change]) -> list[_Change]:
        by_ticket = {c.ticket: c for c in changes}
        chosen: set[str] = set()
        todo = [c.ticket for c in changes if c.marked and not c.fate]
        while todo:
            ticket = todo.pop()
            if by_ticket[ticket].fate != "present":
                chosen.add(ticket)
                todo += [by_ticket[ticket].needs] if by_ticket[ticket].needs else []
        return [c for c in changes if c.ticket in chosen]

    @staticmethod
    def _solve(part: Part, words: dict[str, str]) -> None:
        branch, series, version = words["branch"], words["series"], words["version"]
        part.do(
            f"cd {words['repo']} && git status --short --branch && git branch -a && git tag",
            "git show main:RELEASING.md",
            f"git log --oneline main | wc -l; git log --oneline {branch} | head",
            f"git log --format='%h %s%n%(trailers:unfold)' {branch}..main | grep -v '^$' | head -60",
            "git log --format='%H %s' --grep='This reverts commit' main | cut -c1-100",
            f"""cat > /tmp/plan.py <<'EOF'
import json, re, subprocess
run = lambda *a: subprocess.run(["git", *a], capture_output=True, text=True, check=True).stdout
there = {{s.split(":")[0] for s in run("log", "--format=%s", "{branch}").splitlines()}}
commits = [c.split("\\x1f") for c in run("log", "--reverse", "--topo-order", "--format=%H%x1f%s%x1f%B%x1e", "{branch}..main").split("\\x1e") if c.strip()]
rows = {{h.strip(): (s.split(":")[0], b) for h, s, b in commits}}
dead, reverts = set(), set()
for sha in reversed(list(rows)):
    found = re.search(r"This reverts commit (\\w+)", rows[sha][1])
    if found:
        reverts.add(sha)
        if sha not in dead:
            dead.add(found[1])
by_ticket = {{t: h for h, (t, _) in rows.items()}}
picked, skipped = set(), {{}}
def take(sha):
    ticket, body = rows[sha]
    if ticket not in there:
        picked.add(sha)
        for need in re.findall(r"^Needs: (.*)$", body, re.M):
            if need in by_ticket:
                take(by_ticket[need])
for sha, (ticket, body) in rows.items():
    if sha not in reverts and re.search(r"^Backport: {series.replace(".", "[.]")}$", body, re.M):
        if sha in dead: skipped[ticket] = "reverted"
        elif ticket in there: skipped[ticket] = "present"
        else: take(sha)
order = [h for h in rows if h in picked]
json.dump({{"picked": [rows[h][0] for h in order], "skipped": skipped}}, open("/tmp/plan.json", "w"))
print("\\n".join(order))
EOF""",
            "python3 /tmp/plan.py > /tmp/order; cat /tmp/plan.json",
            "for c in $(cat /tmp/order); do git log -1 --format='%h %an: %s' $c; done",
            f"git switch -q {branch} && git cherry-pick -x $(cat /tmp/order) > /dev/null && git log --oneline | head -30",
            f"{{ printf '## {version}\\n\\n'; for c in $(cat /tmp/order); do git log -1 --format='- %s (%an)' $c; done; echo; cat CHANGES; }} > /tmp/changes && mv /tmp/changes CHANGES && echo {version} > VERSION && head -20 CHANGES",
            f"git commit -qam 'Release {version}' && git tag -a -m 'Release {version}' v{version} && git show --stat v{version}",
            "git status --short --branch; git log -3 --format='%an %ad%n%B'",
            f"jq --arg tip $(git rev-parse HEAD) '. + {{tip: $tip}}' /tmp/plan.json > ../{words['report']}; last_ticket=$(jq -r '.picked[-1]' ../{words['report']}); cd ..; cat {words['report']}",
        )

    @staticmethod
    def _verify(part: Part, words: dict[str, str], start: str, kept: dict[str, str], picks: list[_Change],
                origins: list[str], tree: dict[str, str], skipped: dict[str, str]) -> None:  # fmt: skip
        folder, ref = part.path(words["repo"]), f"refs/heads/{words['branch']}"
        version, report = words["version"], part.path(words["report"])
        part.check(
            "other branches have not moved, and there are no new ones",
            f"""
            found = git({folder!r}, "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads").splitlines()
            found = dict(row.split() for row in found)
            assert found.pop({words["branch"]!r}) != {start!r}
            assert found == {kept!r}, found
            """,
        )
        part.check(
            "the backports are the right ones, in order, with their origin",
            f"""
            new = git({folder!r}, "rev-list", "--reverse", "{start}..{ref}").split()
            assert len(new) == {len(origins) + 1}, new
            assert git({folder!r}, "rev-list", "--merges", "{start}..{ref}") == ""
            picked, origins = new[:-1], {origins!r}
            form, one_by_one = "--format=%an <%ae> %at %s", "--no-walk=unsorted"
            assert git({folder!r}, "log", one_by_one, form, *picked) == git({folder!r}, "log", one_by_one, form, *origins)
            assert git({folder!r}, "show", "--format=", *picked) == git({folder!r}, "show", "--format=", *origins)
            bodies = git({folder!r}, "log", one_by_one, "--format=%B%x00", *picked).split("\\0")
            for body, origin in zip(bodies, origins):
                assert body.strip().endswith("(cherry picked from commit " + origin + ")"), body
            """,
            slow=True,
        )
        part.check(
            "the release's files are complete",
            f"""
            wanted = {tree!r}
            assert git({folder!r}, "ls-tree", "-r", "--name-only", "{ref}").splitlines() == sorted(wanted)
            for path in ("VERSION", "CHANGES", *{[c.path for c in picks]!r}):
                shown = git({folder!r}, "show", "{ref}:" + path)
                assert shown.rstrip("\\n") == wanted[path].rstrip("\\n"), path
            """,
            slow=True,
        )
        part.check(
            "the release commit is tagged",
            f"""
            assert git({folder!r}, "log", "-1", "--format=%B", "{ref}").strip() == "Release {version}"
            changed = git({folder!r}, "diff", "--name-only", "{ref}~1", "{ref}")
            assert changed.split() == ["CHANGES", "VERSION"], changed
            tags = git({folder!r}, "for-each-ref", "--format=%(refname:short) %(objecttype) %(contents:subject)", "refs/tags")
            assert len(tags.splitlines()) == 2 and "v{version} tag Release {version}" in tags.splitlines(), tags
            assert git({folder!r}, "rev-parse", "v{version}^{{commit}}") == git({folder!r}, "rev-parse", "{ref}")
            """,
        )
        part.check(
            "the release branch is checked out and clean",
            f"""
            assert git({folder!r}, "symbolic-ref", "HEAD") == {ref!r}
            assert git({folder!r}, "status", "--porcelain", "--untracked-files=all") == ""
            assert git({folder!r}, "rev-parse", "HEAD") != {start!r}
            """,
        )
        part.check(
            "the record is right",
            f"""
            tip = git({folder!r}, "rev-parse", "{ref}")
            assert json_file({report!r}) == {{"picked": {[c.ticket for c in picks]!r}, "skipped": {skipped!r}, "tip": tip}}
            """,
        )
        part.output(words["report"])
        repo = words["repo"]
        part.mutate(
            f"git -C {repo} tag -f v{version} v{version}~1",
            f"git -C {repo} commit -q --amend --allow-empty -m Release",
            f"git -C {repo} branch spare",
        )
