"""Two machines' accounts to be merged, with ids that collide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.lexicon import Person
from terminal_gym_generator.part import Part

_ASKS = (
    """
    We are folding the machine {b} into {a}. Their account files are in `{where}/{a}` and
    `{where}/{b}` (`passwd`, `group` and `shadow` of each), and `{where}/manifest.csv` lists the files
    that will be copied over from {b}. {boss} needs the merged account files and the ownership of
    the copied files; what happens to colliding names and ids is in `{where}/MERGE.md`.
    """,
    """
    Next week {b} is switched off and its users move to {a}. {boss} has collected both machines' `passwd`,
    `group` and `shadow` in `{where}/{a}` and `{where}/{b}`, and the files to be moved in
    `{where}/manifest.csv` (with the numeric ids that they have on {b}). Prepare the merge by
    the rules in `{where}/MERGE.md`.
    """,
)
_WANTED = (
    """
    Write `passwd`, `group` and `shadow` of the merged machine into `{where}/merged`, and
    `{where}/ownership.csv`: the rows of the manifest in their order, with the header `path,uid,gid` and the ids
    that the files must have on {a}. Also write `{where}/renumbered.csv` with the header
    `kind,name,old,new` for every user and group of {b} whose id on {a} is another one: `kind` is `user` or
    `group`, users first, each kind ordered by old id. The originals must not change.
    """,
    """
    The result is five files. In `{where}/merged`: `passwd`, `group` and `shadow` as they are to be installed on {a}.
    `{where}/renumbered.csv` names every user and group of {b} that has another id on {a}: header
    `kind,name,old,new`, where `kind` is `user` or `group`; all users before all groups, each kind by the old id, ascending.
    And `{where}/ownership.csv` (header `path,uid,gid`) repeats the rows of the manifest, in the same order, with the
    ids that belong on {a}. What is in `{where}/{a}` and `{where}/{b}` stays untouched.
    """,
)


@dataclass(frozen=True)
class _User:
    """A line of passwd, and what belongs to it."""

    login: str
    uid: int
    gid: int
    name: str
    home: str
    shell: str
    secret: str

    @property
    def passwd(self) -> str:
        """The line of passwd."""
        return f"{self.login}:x:{self.uid}:{self.gid}:{self.name}:{self.home}:{self.shell}"

    @property
    def shadow(self) -> str:
        """The line of shadow."""
        return f"{self.login}:{self.secret}:19700:0:99999:7:::"


@dataclass(frozen=True)
class _Group:
    """A line of group."""

    name: str
    gid: int
    members: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The line."""
        return f"{self.name}:x:{self.gid}:{','.join(self.members)}"


class AccountMerge(Family):
    """Merge passwd, group and shadow of two machines and carry ownership along.

    Hard because names and numbers collide in every combination, groups are renumbered first and users refer to
    them, memberships are united, and the freed numbers are dealt in a fixed order.
    """

    name = "account-merge"
    domain = "system_admin"
    skills = ("account-management", "id-reconciliation")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        first, second = names.host(), names.host()
        people = names.people(context.scale(9, 24))
        shared = people[: len(people) // 3]
        only_a = people[len(shared) : len(shared) * 2]
        only_b = people[len(shared) * 2 :]
        teams = names.services(context.scale(4, 9))
        groups_a, users_a = self._machine(context, shared + only_a, teams[:-1], 1000)
        groups_b, users_b = self._machine(context, shared + only_b, teams[1:], 1000)
        merged_groups, gids = _merge_groups(groups_a, groups_b)
        merged_users, uids = _merge_users(users_a, users_b, gids)
        self._world(part, first, (groups_a, users_a))
        self._world(part, second, (groups_b, users_b))
        files: list[tuple[str, int, int]] = []
        moved = [user for user in users_b if uids[user.uid] != user.uid]
        for number in range(context.scale(25, 140)):
            user = rng.choice(moved if moved and number % 2 else users_b)
            gid = rng.choice((user.gid, rng.choice(groups_b).gid))
            files.append((f"{user.home}/{names.token(3)}/{names.token(6)}.{rng.choice(_KINDS)}", user.uid, gid))  # fmt: skip
        owned = {user: sum(uid == user.uid for _, uid, _ in files) for user in moved}
        most = max(owned.values())
        while list(owned.values()).count(most) > 1:
            top = next(user for user in moved if owned[user] == most)
            files.append((f"{top.home}/{names.token(9)}.dat", top.uid, top.gid))
            owned[top], most = most + 1, most + 1
        part.file("manifest.csv", _table("path,uid,gid", files))
        part.file("MERGE.md", _RULES.format(a=first, b=second).encode())
        part.title = "merge the accounts of two machines"
        words = {"where": part.where, "a": first, "b": second, "boss": names.person().name}
        part.ask(context.pick(_ASKS).format(**words), context.pick(_WANTED).format(**words))
        self._solve(part, first, second)
        renumbered = [
            ("user", u.login, u.uid, uids[u.uid]) for u in sorted(moved, key=lambda u: u.uid)
        ]
        renumbered += [("group", g.name, g.gid, gids[g.gid]) for g in sorted(groups_b, key=lambda g: g.gid) if gids[g.gid] != g.gid]  # fmt: skip
        results = {
            "merged/passwd": "".join(f"{user.passwd}\n" for user in merged_users),
            "merged/shadow": "".join(f"{user.shadow}\n" for user in merged_users),
            "merged/group": "".join(f"{group.line}\n" for group in merged_groups),
            "ownership.csv": _table("path,uid,gid", [(p, uids[u], gids[g]) for p, u, g in files]),
            "renumbered.csv": _table("kind,name,old,new", renumbered),
        }
        for name, content in results.items():
            part.check(
                f"{name} is right, line by line",
                f"assert lines({part.path(name)!r}) == {content.splitlines()!r}",
            )
        part.unchanged("the originals are unchanged")
        part.output(*results)
        winner = next(user for user in moved if owned[user] == most)
        part.hide(*(f":{uids[user.uid]}:" for user in moved))
        part.reveals(
            "account",
            winner.login,
            [user.login for user in users_b if user is not winner][:3],
            "the renumbered user who owns most of the files in the manifest",
            "account",
        )
        return part

    @staticmethod
    def _machine(
        context: Context, people: list[Person], teams: list[str], start: int
    ) -> tuple[list[_Group], list[_User]]:
        """The groups and users of one machine; numbers are dealt in the order of hiring."""
        rng = context.rng
        hired = rng.sample(people, len(people))
        groups: list[_Group] = []
        users: list[_User] = []
        gid = start + 500
        for team in rng.sample(teams, len(teams)):
            members = rng.sample(people, rng.randint(0, len(people) // 2))
            groups.append(_Group(team, gid, tuple(sorted(p.login for p in members))))
            gid += rng.randint(1, 2)
        uid = start
        for person in hired:
            uid += rng.choice((1, 1, 2))
            if context.difficulty >= 3 and rng.random() < 0.6:
                group = _Group(person.login, uid)
                groups.append(group)
            else:
                group = rng.choice([g for g in groups if g.gid >= start + 500])
            shell = rng.choice(("/bin/bash", "/bin/bash", "/bin/sh", "/usr/sbin/nologin"))
            secret = rng.choice(("!", f"$6${context.names.token(8)}${context.names.token(22)}"))
            users.append(_User(person.login, uid, group.gid, person.name, f"/home/{person.login}", shell, secret))  # fmt: skip
        return sorted(groups, key=lambda g: g.gid), users

    @staticmethod
    def _world(part: Part, host: str, files: tuple[list[_Group], list[_User]]) -> None:
        groups, users = files
        part.file(f"{host}/passwd", "".join(f"{user.passwd}\n" for user in users))
        part.file(f"{host}/shadow", "".join(f"{user.shadow}\n" for user in users))
        part.file(f"{host}/group", "".join(f"{group.line}\n" for group in groups))

    @staticmethod
    def _solve(part: Part, first: str, second: str) -> None:
        part.do(
            "cat MERGE.md",
            f"wc -l {first}/* {second}/* manifest.csv; head -3 {first}/*; head -3 manifest.csv",
            f"cut -d: -f1,3 {first}/passwd | sort > /tmp/a; cut -d: -f1,3 {second}/passwd | sort > /tmp/b; join -t: /tmp/a /tmp/b",
            "cut -d: -f2 /tmp/a | sort > /tmp/ids; cut -d: -f2 /tmp/b | sort | comm -12 /tmp/ids - | wc -l",
            _GROUPS.format(a=first, b=second),
            "python3 /tmp/groups.py | tee /tmp/gids.txt",
            _USERS.format(a=first, b=second),
            "python3 /tmp/users.py | tee /tmp/uids.txt",
            "cut -d: -f3 merged/passwd | sort | uniq -d; cut -d: -f3 merged/group | sort | uniq -d; cut -d: -f1 merged/passwd | diff - <(cut -d: -f1 merged/shadow) && echo consistent",
            '(echo kind,name,old,new; for k in user group; do sort -k3,3n /tmp/${k:0:1}ids.txt | awk -v k=$k \'$3 != $4 {print k "," $2 "," $3 "," $4}\'; done) > renumbered.csv',
            "cat renumbered.csv",
            "account=$(tail -n +2 manifest.csv | cut -d, -f2 | sort | uniq -c | sort -rn | awk '{print $2}' | while read u; do awk -v u=$u '$3 == u && $3 != $4 {print $2}' /tmp/uids.txt; done | head -1); echo $account",
            'awk -F\'[ ,]\' \'FILENAME == "/tmp/uids.txt" {u[$3] = $4; next} FILENAME == "/tmp/gids.txt" {g[$3] = $4; next} FNR == 1 {print "path,uid,gid"; next} {print $1 "," u[$2] "," g[$3]}\' /tmp/uids.txt /tmp/gids.txt manifest.csv > ownership.csv',
        )


def _table(header: str, rows: Sequence[tuple[object, ...]]) -> str:
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"


def _deal(start: int, taken: set[int]) -> int:
    """The lowest free number from `start` on."""
    while start in taken:
        start += 1
    taken.add(start)
    return start


def _merge_groups(ours: list[_Group], theirs: list[_Group]) -> tuple[list[_Group], dict[int, int]]:
    """The merged groups by id, and where each id of the other machine goes."""
    merged = {group.name: group for group in ours}
    taken = {group.gid for group in [*ours, *theirs]}
    used = {group.gid for group in ours}
    gids: dict[int, int] = {}
    for group in sorted(theirs, key=lambda g: g.gid):
        if group.name in merged:
            same = merged[group.name]
            members = tuple(sorted({*same.members, *group.members}))
            merged[group.name] = replace(same, members=members)
        else:
            gid = _deal(3000, taken) if group.gid in used else group.gid
            merged[group.name] = replace(group, gid=gid)
        gids[group.gid] = merged[group.name].gid
    return sorted(merged.values(), key=lambda group: group.gid), gids


def _merge_users(
    ours: list[_User], theirs: list[_User], gids: dict[int, int]
) -> tuple[list[_User], dict[int, int]]:
    """The merged users by id, and where each id of the other machine goes."""
    merged = {user.login: user for user in ours}
    taken = {user.uid for user in [*ours, *theirs]}
    used = {user.uid for user in ours}
    uids: dict[int, int] = {}
    for user in sorted(theirs, key=lambda u: u.uid):
        if user.login not in merged:
            uid = _deal(3000, taken) if user.uid in used else user.uid
            merged[user.login] = replace(user, uid=uid, gid=gids[user.gid])
        uids[user.uid] = merged[user.login].uid
    return sorted(merged.values(), key=lambda user: user.uid), uids


_KINDS = ("csv", "log", "odt", "py", "tar", "txt")
_RULES = """\
# Merging {b} into {a}

The same name on both machines means the same user or group; different names are different ones.

1. **Groups first.** A group of {a} keeps name and id. A group that is on both keeps the id of {a}, and its members are
   those of both. A group that is only on {b} keeps its id if no group of {a} has it; otherwise it
   gets the lowest id from 3000 on that no group of either machine has and that has not been given out yet.
   Groups are taken in the order of their ids on {b}. Members are listed in alphabetical order, in
   groups that are on both machines; elsewhere the list stays as it is.
2. **Then users**, in the same way: those of {a} stay as they are in every field, a user that is on both is taken from {a}
   in every field, and one that is only on {b} keeps the uid if no user of {a} has it; otherwise it gets the
   lowest from 3000 on that no user of either machine has and that has not been given out yet, in the order
   of uids on {b}. Its primary group is its group on {b}, under that group's id on {a}; all
   other fields, and the line in `shadow`, stay.
3. `passwd` and `group` are ordered by id, `shadow` has the order of `passwd`.
4. Copied files belong to the same users and groups as on {b}, under their new ids.
"""
_GROUPS = r"""
cat > /tmp/groups.py <<'EOF'
# prints "group NAME OLD NEW" for the other machine's groups, writes merged/group
import itertools, os

read = lambda path: [line.rstrip("\n").split(":") for line in open(path)]
ours, theirs = read("{a}/group"), read("{b}/group")
merged = {{row[0]: row for row in ours}}
ids, busy = {{row[2] for row in ours}}, {{int(row[2]) for row in ours + theirs}}
free = (n for n in itertools.count(3000) if n not in busy)
for row in sorted(theirs, key=lambda row: int(row[2])):
    name, _, old, members = row
    if name in merged:
        both = {{*merged[name][3].split(","), *members.split(",")}} - {{""}}
        merged[name][3] = ",".join(sorted(both))
    else:
        merged[name] = [name, "x", str(next(free)) if old in ids else old, members]
    print("group", name, old, merged[name][2])
os.makedirs("merged", exist_ok=True)
with open("merged/group", "w") as file:
    for row in sorted(merged.values(), key=lambda row: int(row[2])):
        print(":".join(row), file=file)
EOF
"""
_USERS = r"""
cat > /tmp/users.py <<'EOF'
# prints "user LOGIN OLD NEW" for the other machine's users, writes merged/passwd and merged/shadow
import itertools

read = lambda path: [line.rstrip("\n").split(":") for line in open(path)]
ours, theirs = read("{a}/passwd"), read("{b}/passwd")
secrets = {{row[0]: row for path in ("{b}", "{a}") for row in read(path + "/shadow")}}
gids = dict(line.split()[2:] for line in open("/tmp/gids.txt"))
merged = {{row[0]: row for row in ours}}
ids, busy = {{row[2] for row in ours}}, {{int(row[2]) for row in ours + theirs}}
free = (n for n in itertools.count(3000) if n not in busy)
for row in sorted(theirs, key=lambda row: int(row[2])):
    old = row[2]
    if row[0] not in merged:
        merged[row[0]] = [*row[:2], str(next(free)) if old in ids else old, gids[row[3]], *row[4:]]
    print("user", row[0], old, merged[row[0]][2])
with open("merged/passwd", "w") as passwd, open("merged/shadow", "w") as shadow:
    for row in sorted(merged.values(), key=lambda row: int(row[2])):
        print(":".join(row), file=passwd)
        print(":".join(secrets[row[0]]), file=shadow)
EOF
"""
