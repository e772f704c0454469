"""A long history in which one commit broke a calculation; to be found and mended."""

from __future__ import annotations

from random import Random

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.gitworld import GitWorld
from terminal_gym_generator.lexicon import Person
from terminal_gym_generator.part import Part

_ASKS = (
    """
    {boss} noticed that `python3 {tool}.py {probe}` in `{where}/{repo}` prints another number than it
    did at the tag `{good}`, which is known to be right for every input. Nobody
    knows which of the commits since then did it; the history has {count} commits, and some of them
    cannot even be run.
    """,
    """
    Somewhere between the tag `{good}` and the tip of `main` of `{where}/{repo}` the results changed:
    `python3 {tool}.py {probe}` no longer gives what it gave at `{good}`. The results at `{good}`
    are the right ones, for all inputs. Not every one of the {count} commits runs; {boss} has already
    given up on reading them one by one.
    """,
    """
    In `{where}/{repo}` we have a regression. At the tag `{good}` all numbers were right, at the tip
    of `main` `python3 {tool}.py {probe}` and others like it are wrong. {boss} needs to know which
    of the {count} commits is to blame (a few of them crash), and needs the results back.
    """,
)
_WANTED = (
    """
    Write `{where}/{report}`, a JSON object with the keys `commit` (full hash of the first commit from
    which on the number is another one), `author` (the e-mail address of its author), `ticket` (from its message),
    `file` (the file in which it changed the result) and `good` and `bad` (the number that the command above
    prints before and after it, as numbers). The commit changed more than that, and what
    else it did is wanted: mend only what broke the results. Put the repair on `main` as exactly one
    new commit whose message ends with a line `Fixes: ` and the full hash of the culprit. All of
    today's options and inputs must keep working, and the working tree must be clean at the end.
    """,
    """
    What we need is one new commit on top of `main`, and only one, that restores the results and leaves
    everything else that has been done since as it is, including what else the culprit did; its
    message's last line is `Fixes: <full hash of the culprit>`. Leave the working tree clean. The
    findings go to `{where}/{report}` as one JSON object: `commit` (full hash of the culprit: the first
    commit from which on the number differs), `author` (its author's e-mail address), `ticket` (named in its
    message), `file` (where it changed the result), and the numbers that the command above prints right before and
    from it on, as `good` and `bad`.
    """,
)
_MODULES = ("intake", "scale", "blend", "taper", "finish")
# Each step works on whole numbers; the second form is the wrong one.
_STEPS = (
    ("value * {a} + {b}", "value * {a} - {b}"),
    ("value + {a} * (value // {b})", "value + {a} * (value // {c})"),
    ("value * {a} // {b} + {c}", "value // {b} * {a} + {c}"),
    ("value + {c} if value % {b} < {d} else value", "value + {c} if value % {b} <= {d} else value"),
    ("max(value - {a}, {b}) * {c}", "max(value, {b}) * {c} - {a}"),
)


class RegressionHunt(Family):
    """Find the commit that changed a program's results, and undo just that.

    Hard because the history is long, some commits do not run, the culprit's message says nothing
    about the change, and the culprit did other things that must stay.
    """

    name = "regression-hunt"
    domain = "version_control"
    skills = ("bisection", "history-search")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        tool, repo = names.service(), names.project()
        people = names.people(context.scale(3, 8))
        count = context.scale(30, 160)
        culprit_at = rng.randint(count // 4, count - count // 4)
        broken = sorted(
            rng.sample(
                [n for n in range(4, count - 3) if abs(n - culprit_at) > 1], context.scale(3, 14)
            )
        )
        if context.difficulty > 1:  # commits next to it that do not run, but not right before
            broken += [culprit_at + 1]
        world, bad_module = GitWorld(), rng.choice(_MODULES)
        steps = _steps(rng)
        while not (probe := _probe(rng, steps, bad_module)):
            steps = _steps(rng)
        files = {f"{m}.py": _module(m, steps[m][0], []) for m in _MODULES} | {
            f"{tool}.py": _main(tool, [])
        }
        world.commit("main", people[0], "First version", {**files, "README.md": f"# {tool}\n"})
        good = f"v{rng.randint(1, 4)}.{rng.randint(0, 9)}"
        world.tag(good, "main")
        logs: dict[str, list[str]] = {m: [] for m in _MODULES}
        options: list[str] = []
        ticket, culprit = f"{tool[:3].upper()}-{rng.randint(1000, 9999)}", 0
        state = {m: steps[m][0] for m in _MODULES}
        for number in range(1, count):
            author, message = rng.choice(people), rng.choice(_MESSAGES)
            module = rng.choice(_MODULES)
            if number == culprit_at:
                module, state[bad_module] = bad_module, steps[bad_module][1]
            logs[module].append(f"{message.split()[0].lower()} {names.token(5)}")
            changes: dict[str, str | None] = {
                f"{module}.py": _module(module, state[module], logs[module])
            }
            if number % 5 == 0:
                options.append(f"{rng.choice(('trace', 'label', 'unit', 'note'))}-{names.token(4)}")
                changes[f"{tool}.py"] = _main(tool, options)
                message = f"Accept --{options[-1]}"
            if number in broken:
                changes[f"{tool}.py"] = _main(tool, options).replace(
                    "import sys", "import sys, tools_" + names.token(4)
                )
                message = "Start to use our tool box"
            elif number - 1 in broken:
                changes[f"{tool}.py"] = _main(tool, options)
                message = "Do without the tool box"
            if number == culprit_at:
                message = f"{message} ({ticket})\n\nAlso tidies up a little."
                culprit = world.commit(
                    "main", author, message + "\n", changes, hours=rng.randint(1, 30)
                )
                guilty: Person = author
            else:
                tag = f" ({tool[:3].upper()}-{rng.randint(1000, 9999)})"
                world.commit(
                    "main", author, message + tag + "\n", changes, hours=rng.randint(1, 30)
                )
        world.install(part, repo)
        report = rng.choice(("findings.json", "regression.json", "culprit.json"))
        words = {
            "where": part.where,
            "repo": repo,
            "tool": tool,
            "boss": names.person().name,
            "good": good,
            "count": count,
            "probe": probe,
            "report": report,
        }
        part.title = "find and mend a regression"
        part.ask(context.pick(_ASKS).format(**words), context.pick(_WANTED).format(**words))
        sha = world.sha(culprit)
        expected: dict[str, str | int] = {"commit": sha, "author": guilty.email, "ticket": ticket, "file": f"{bad_module}.py",
                    "good": _run(steps, None, probe), "bad": _run(steps, bad_module, probe)}  # fmt: skip
        tip = world.sha(count)
        self._solve(part, repo, tool, good, probe, report)
        self._verify(
            part, repo, tool, tip, expected, report, steps, options, rng, logs[bad_module][-12:]
        )
        part.hide(sha, sha[:7], ticket, expected["good"], expected["bad"])
        others = sorted({person.login for person in people} - {guilty.login})
        part.reveals(
            "developer",
            guilty.login,
            others[:3],
            "the author of the commit that broke the results (the login is the first letter of the given name and the family name, in lower case)",
            "guilty",
        )
        return part

    @staticmethod
    def _solve(part: Part, repo: str, tool: str, good: str, probe: int, report: str) -> None:
        part.do(
            f"cd {repo}",
            "git status --short --branch; git log --oneline | wc -l; git log --oneline | head -20",
            "ls; cat *.py | head -80",
            f"python3 -B {tool}.py {probe}",
            f"want=$(git stash list; git worktree add -q /tmp/good {good} && python3 -B /tmp/good/{tool}.py {probe}); echo $want; git worktree remove /tmp/good",
            f'printf \'#!/bin/bash\\nout=$(python3 -B {tool}.py {probe} 2>/dev/null) || exit 125\\n[ "$out" = "%s" ]\\n\' "$want" > /tmp/probe.sh; cat /tmp/probe.sh',
            f"git bisect start main {good} && git bisect run bash /tmp/probe.sh | tail -20",
            "culprit=$(git rev-parse refs/bisect/bad); git bisect log | tail -5; git bisect reset; git switch -q main; echo $culprit",
            "git show $culprit",
            "file=$(git show --format= --name-only $culprit -- $(git show --format= -U0 $culprit -- \"*.py\" | awk '/^\\+\\+\\+/ {f = substr($2, 3)} /^-    return/ {print f}' | head -1)); echo $file",
            "right=$(git show $culprit~1:$file | grep '^    return'); wrong=$(git show $culprit:$file | grep '^    return'); echo \"$wrong ->$right\"; grep -n 'return' $file",
            'python3 - "$file" "$wrong" "$right" <<\'EOF\'\nimport sys\npath, wrong, right = sys.argv[1:]\nsource = open(path).read()\nassert source.count(wrong) == 1\nopen(path, "w").write(source.replace(wrong, right))\nEOF',
            f"git diff; bad=$(git show HEAD:{tool}.py > /dev/null && git stash -q && python3 -B {tool}.py {probe}; git stash pop -q); python3 -B {tool}.py {probe}; echo was $bad",
            'git commit -qam "Bring the right results back" -m "Fixes: $culprit" && git status --short && git log -2 --stat',
            "ticket=$(git log -1 --format=%s $culprit | grep -oE '[A-Z]+-[0-9]+'); guilty=$(git log -1 --format=%an $culprit | awk '{print tolower(substr($1, 1, 1) $NF)}'); echo $ticket $guilty",
            f"jq -n --arg commit $culprit --arg author $(git log -1 --format=%ae $culprit) --arg ticket $ticket --arg file $file --argjson good $want --argjson bad $bad '$ARGS.named' > ../{report}; cd ..; cat {report}",
        )

    @staticmethod
    def _verify(part: Part, repo: str, tool: str, tip: str, expected: dict[str, str | int], report: str,
                steps: dict[str, tuple[str, str]], options: list[str], rng: Random, log: list[str]) -> None:  # fmt: skip
        folder, path = part.path(repo), part.path(report)
        for keys in (("commit", "author"), ("ticket", "file"), ("good", "bad")):
            wanted = {key: expected[key] for key in keys}
            part.check(
                f"the report: {' and '.join(keys)}",
                f"""
                report, wanted = json_file({path!r}), {wanted!r}
                assert {{key: report.get(key) for key in wanted}} == wanted
                assert set(report) == set({sorted(expected)!r})
                """,
            )
        part.check(
            "main has exactly one new commit, and it says what it fixes",
            f"""
            assert git({folder!r}, "rev-list", "--parents", "-1", "refs/heads/main").split()[1:] == [{tip!r}]
            message = git({folder!r}, "log", "-1", "--format=%B", "refs/heads/main").strip()
            assert message.splitlines()[-1] == "Fixes: {expected["commit"]}", message
            """,
        )
        part.check(
            "main is checked out, clean, and no bisection is left open",
            f"""
            assert git({folder!r}, "symbolic-ref", "HEAD") == "refs/heads/main"
            assert git({folder!r}, "status", "--porcelain", "--untracked-files=all") == ""
            assert not exists({folder + "/.git/BISECT_LOG"!r})
            assert git({folder!r}, "rev-parse", "HEAD~1") == {tip!r}
            """,
        )
        part.check(
            "the commit touches nothing but the culprit's file, and keeps what else was done there",
            f"""
            changed = git({folder!r}, "diff", "--name-only", "{tip}", "refs/heads/main")
            assert changed == {expected["file"]!r}, changed
            source = git({folder!r}, "show", "refs/heads/main:" + {expected["file"]!r})
            for note in {log!r}:
                assert note in source, note
            """,
        )
        inputs = sorted(rng.sample(range(1, 5000), 12))
        results = [_run(steps, None, n) for n in inputs]
        part.check(
            "the results are the right ones again, and the options work",
            f"""
            for number, result in zip({inputs!r}, {results!r}):
                argv = ["python3", "-B", {tool + ".py"!r}, str(number), *{[f"--{o}" for o in options[:3]]!r}]
                code, out, err = run_agent_program(argv, cwd={folder!r})
                assert (code, out.strip()) == (0, str(result)), (number, out, err[-200:])
            """,
            slow=True,
        )
        part.output(report)
        part.mutate(
            f"git -C {repo} commit -q --amend -m 'Repair'",
            f"git -C {repo} reset -q --hard HEAD~1",
            f"touch {repo}/probe.sh",
        )


_MESSAGES = (
    "Tidy up comments", "Explain the constants", "Sort imports", "Prepare for the audit", "Rename a note", "Shorten the log",
    "Note the review", "Update the notes", "Follow the style guide", "Drop an old remark", "Merge remarks of the team", "Record the meeting",
)  # fmt: skip


def _steps(rng: Random) -> dict[str, tuple[str, str]]:
    steps = {}
    for module, (right, wrong) in zip(_MODULES, rng.sample(_STEPS, len(_STEPS)), strict=True):
        b = rng.randint(7, 19)
        numbers = {
            "a": rng.randint(2, 6),
            "b": b,
            "c": b + rng.randint(1, 5),
            "d": rng.randint(2, b - 2),
        }
        steps[module] = (right.format(**numbers), wrong.format(**numbers))
    return steps


def _run(steps: dict[str, tuple[str, str]], bad: str | None, value: int) -> int:
    for module in _MODULES:
        value = int(eval(steps[module][module == bad], {"max": max, "value": value}))
    return value


def _probe(rng: Random, steps: dict[str, tuple[str, str]], bad: str) -> int:
    """An input that shows the fault; 0 where there seems to be none."""
    for _ in range(200):
        value = rng.randint(1000, 90_000)
        if _run(steps, bad, value) != _run(steps, None, value):
            return value
    return 0


def _module(name: str, step: str, log: list[str]) -> str:
    notes = "".join(f"# {line}\n" for line in log[-12:])
    return f'"""The step {name}."""\n\n{notes}\n\ndef {name}(value):\n    return {step}\n'


def _main(tool: str, options: list[str]) -> str:
    imports = "".join(f"from {m} import {m}\n" for m in sorted(_MODULES))
    calls = "".join(f"    value = {m}(value)\n" for m in _MODULES)
    known = "".join(f'    "--{option}",\n' for option in options)
    return (
        f'"""{tool}: one number in, one number out."""\n\nimport sys\n\n{imports}\nOPTIONS = {{\n{known}}}\n\n\n'
        f"def run(value):\n{calls}    return value\n\n\n"
        'for option in sys.argv[2:]:\n    if option not in OPTIONS:\n        sys.exit(f"unknown option {option}")\nprint(run(int(sys.argv[1])))\n'
    )
