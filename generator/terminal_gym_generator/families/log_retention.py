"""A log partition that has to be brought in line with the retention policy."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    The log partition of our {site} site is at 94 per cent. {boss} wants the retention policy carried out on
    `{where}/log` as of {day}; the job that should have done it has been dead for months. What is to
    be kept for how long is in `{where}/retention.conf`, and `{where}/RETENTION.md` explains it.
    """,
    """
    {boss} found out in an audit that nobody has enforced log retention in {site} for a long time. Please put
    the tree `{where}/log` into the state that the policy asks for on {day}: the periods are in
    `{where}/retention.conf`, the rules in `{where}/RETENTION.md`. Mind that legal has asked for
    some logs to be held.
    """,
)
_WANTED = (
    """
    Afterwards the tree holds exactly what it should, every file that stays uncompressed or was compressed before
    being untouched. Then write `{where}/retention.csv` with the header `service,plain,packed,newly_packed,deleted,oldest`,
    one row per service folder, ordered by name: how many dated logs are left uncompressed, how many
    compressed (including new ones), how many you compressed and how many you deleted, and the date (as
    `YYYY-MM-DD`) of the oldest dated log that is left, or `-` if there is none.
    """,
    """
    When you are done, the tree holds what the policy leaves and nothing else; logs that need not be compressed, and those that were already, are not to be touched.
    For the auditors write `{where}/retention.csv`: header `service,plain,packed,newly_packed,deleted,oldest` and a row for each service folder in the order of
    their names, with the numbers of dated logs that are there uncompressed, that are there compressed (yours included), that you compressed, and that you
    deleted; `oldest` is the date of the oldest dated log still there, written `YYYY-MM-DD`, or `-` if none is.
    """,
)


@dataclass(frozen=True)
class _Log:
    """A dated log, and what has to become of it."""

    path: str
    day: date
    packed: bool
    fate: str
    body: bytes


class LogRetention(Family):
    """Compress, keep and delete dated logs by a policy with overrides and holds.

    Hard because periods come from defaults and overrides, holds and open files are exempt in different ways,
    dates are written differently, and links have to follow what they point to.
    """

    name = "log-retention"
    domain = "system_admin"
    skills = ("log-retention", "disk-usage", "shell-scripting")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        today = date(2024, 1, 1) + timedelta(rng.randint(150, 500))
        default = {"compress_after": rng.randint(5, 9), "delete_after": rng.randint(50, 70)}
        services = sorted(names.services(context.scale(4, 9)))
        settings = {service: dict(default) for service in services}
        config = ["[default]", *(f"{key} = {value}" for key, value in default.items())]
        for service in rng.sample(services, len(services) // 2):
            config += ["", f"[{service}]"]
            for key, span in (("compress_after", (2, 20)), ("delete_after", (25, 120))):
                if rng.random() < 0.7:
                    settings[service][key] = rng.randint(*span)
                    config.append(f"{key} = {settings[service][key]}")
        holds = self._holds(context, services, today)
        open_logs: list[str] = []
        while True:
            logs = [
                log
                for service in services
                for log in self._service(
                    context, service, settings[service], holds, today, open_logs
                )
            ]
            deleted = {s: _count(logs, s, "delete") for s in services}
            top = sorted(services, key=lambda service: -deleted[service])
            if deleted[top[0]] > deleted[top[1]] and any(log.fate == "pack" for log in logs):
                break
            open_logs.clear()
        links = self._write(part, context, services, logs)
        part.file("retention.conf", "\n".join(config) + "\n")
        part.file("holds.txt", "".join(f"{hold}\n" for hold in ["# log/ is the root", *holds]))
        rows = "".join(f"{rng.randint(300, 9000)} {name}\n" for name in sorted(open_logs))
        part.file("open-files.txt", f"# pid path\n{rows}")
        part.file("RETENTION.md", _RULES.encode())
        part.title = "enforce log retention"
        words = {"where": part.where, "boss": names.person().name, "site": names.site()}
        text = context.pick(_ASKS).format(day=f"{today.day} {today:%B %Y}", **words)
        part.ask(text, context.pick(_WANTED).format(where=part.where))
        self._solve(part, today)
        self._verify(part, services, logs, links)
        part.hide(*(log.path for log in logs if log.fate == "delete"))
        part.reveals(
            "service",
            top[0],
            top[1:4],
            "the service of which most logs had to be deleted",
            "service",
        )
        return part

    @staticmethod
    def _holds(context: Context, services: list[str], today: date) -> list[str]:
        """Patterns of logs that must not be deleted."""
        rng = context.rng
        old = today - timedelta(rng.randint(80, 140))
        service = rng.choice(services)
        holds = [f"{service}/*{old:%Y%m}*", f"{rng.choice(services)}/audit*"]
        return holds[: 1 + (context.difficulty >= 2)]

    @staticmethod
    def _service(
        context: Context,
        service: str,
        settings: dict[str, int],
        holds: list[str],
        today: date,
        open_logs: list[str],
    ) -> list[_Log]:
        """The dated logs of a service with their fates."""
        rng, logs = context.rng, list[_Log]()
        style = (
            rng.choice(("-%Y%m%d", ".%Y%m%d", "-%Y-%m-%d"))
            if context.difficulty >= 3
            else "-%Y%m%d"
        )
        for stem in rng.sample(("app", "audit", "access", "error"), context.scale(1, 3)):
            ages = rng.sample(range(1, 150), context.scale(8, 16))
            # The days on which the periods end, on either side.
            ages += [
                settings["compress_after"],
                settings["delete_after"],
                settings["delete_after"] + 1,
            ]
            for age in sorted(set(ages)):
                day = today - timedelta(age)
                packed = age > settings["compress_after"] + 3 and rng.random() < 0.6
                name = f"{service}/{stem}.log{day.strftime(style)}"
                held = any(fnmatchcase(name, hold) for hold in holds)
                busy = context.difficulty >= 2 and not packed and rng.random() < 0.05
                fate = "keep"
                if busy:
                    open_logs.append(f"log/{name}")
                elif age > settings["delete_after"] and not held:
                    fate = "delete"
                elif age > settings["compress_after"] and not packed:
                    fate = "pack"
                body = "".join(
                    f"{day}T{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d} {service} {rng.choice(_WORDS)} {rng.randint(1, 9999)}\n"
                    for _ in range(rng.randint(2, 12))
                )
                logs.append(_Log(name, day, packed, fate, body.encode()))
        return logs

    @staticmethod
    def _write(
        part: Part, context: Context, services: list[str], logs: list[_Log]
    ) -> dict[str, str]:
        """Put the tree into the world; gives the links to logs and where they have to lead."""
        links: dict[str, str] = {}
        for log in logs:
            kept = log.fate == "keep" and not log.packed
            part.file(f"log/{log.path}", log.body, transient=not kept)
        packed = " ".join(f"log/{log.path}" for log in logs if log.packed)
        part.setup(f"gzip -n {packed}")
        for service in services:
            part.file(f"log/{service}/app.log", f"{service} is running\n")
        if context.difficulty >= 3:
            for service in services:
                moved = [
                    log for log in logs if log.path.startswith(f"{service}/") and log.fate == "pack"
                ]
                if moved:
                    target = moved[-1].path.split("/")[1]
                    part.setup(f"ln -s {target} log/{service}/incident")
                    links[f"log/{service}/incident"] = f"{target}.gz"
        return links

    @staticmethod
    def _solve(part: Part, today: date) -> None:
        part.do(
            "cat RETENTION.md retention.conf",
            "cat holds.txt open-files.txt",
            "ls log; find log -type f | wc -l; find log -type l -ls; ls log/$(ls log | head -1) | head -30",
            "find log -type f | sed -E 's,.*/,,; s/[0-9]/9/g' | sort | uniq -c",
            r"find log -type f | grep -E '[-.][0-9]{4}-?[0-9]{2}-?[0-9]{2}(\.gz)?$' | LC_ALL=C sort > /tmp/dated.txt; wc -l < /tmp/dated.txt; find log -type f | grep -vxFf /tmp/dated.txt | head",
            _PLAN,
            f"python3 /tmp/plan.py {today} > /tmp/plan.txt; cut -d' ' -f1 /tmp/plan.txt | sort | uniq -c",
            "grep -E '^(held|open)' /tmp/plan.txt",
            "grep '^delete ' /tmp/plan.txt | cut -d' ' -f3 | xargs -r rm --",
            "grep '^pack ' /tmp/plan.txt | cut -d' ' -f3 | xargs -r gzip --",
            "find log -xtype l | while read -r l; do t=$(readlink $l); [ -e $(dirname $l)/$t.gz ] && ln -sfn $t.gz $l; done; find log -type l -ls",
            "service=$(grep '^delete ' /tmp/plan.txt | cut -d/ -f2 | sort | uniq -c | sort -rn | awk 'NR == 1 {print $2}'); echo $service",
            'for s in $(ls log); do awk -v s=$s \'BEGIN {o = "-"} split($3, p, "/") && p[2] == s {if ($1 == "delete") {d++; next} n += $1 == "pack"; if ($3 ~ /gz$/ || $1 == "pack") k++; else u++; if (o == "-" || $2 < o) o = $2} END {if (o != "-") o = substr(o, 1, 4) "-" substr(o, 5, 2) "-" substr(o, 7); printf "%s,%d,%d,%d,%d,%s\\n", s, u, k, n, d, o}\' /tmp/plan.txt; done > /tmp/rows.csv',
            "(echo service,plain,packed,newly_packed,deleted,oldest; cat /tmp/rows.csv) > retention.csv",
        )

    @staticmethod
    def _verify(part: Part, services: list[str], logs: list[_Log], links: dict[str, str]) -> None:
        rows = []
        for service in services:
            mine = [log for log in logs if log.path.startswith(f"{service}/")]
            left = [log for log in mine if log.fate != "delete"]
            new, gone = _count(logs, service, "pack"), _count(logs, service, "delete")
            packed = new + sum(log.packed for log in left)
            first = min((str(log.day) for log in left), default="-")
            rows.append(f"{service},{len(left) - packed},{packed},{new},{gone},{first}")
        part.check(
            "retention.csv sums up every service",
            f"assert lines({part.path('retention.csv')!r}) == {['service,plain,packed,newly_packed,deleted,oldest', *rows]!r}",
        )
        packed_logs = {
            f"{log.path}.gz": hashlib.sha256(log.body).hexdigest()
            for log in logs
            if log.fate == "pack" or (log.packed and log.fate == "keep")
        }
        plain = [log.path for log in logs if log.fate == "keep" and not log.packed]
        plain += [f"{service}/app.log" for service in services]
        tree = sorted([*packed_logs, *plain, *(name[4:] for name in links)])
        part.helper("import gzip, hashlib, os")
        part.check(
            "the tree holds exactly the logs that should be left",
            f"""
            root, found = {part.path("log")!r}, []
            for folder, _, names in os.walk(root):
                found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
            assert sorted(found) == {tree!r}, sorted(set(found) ^ set({tree!r}))[:5]
            """,
        )
        part.check(
            "compressed logs hold what the logs held",
            f"""
            for name, digest in {packed_logs!r}.items():
                body = gzip.decompress(data({part.path("log")!r} + "/" + name))
                assert hashlib.sha256(body).hexdigest() == digest, name
            """,
        )
        if links:
            part.check(
                "links lead to the compressed logs",
                f"""
                for name, target in { {part.path(k): v for k, v in links.items()}!r}.items():
                    assert os.path.islink(name), name
                    assert os.path.basename(os.readlink(name)) == target, name
                """,
            )
        part.unchanged("logs that stay as they are and the policy are unchanged")
        part.output("retention.csv")
        sample = next(log.path for log in logs if log.fate == "pack")
        part.mutate(
            f"gunzip log/{sample}.gz",
            f"echo more | gzip >> log/{sample}.gz",
            f"rm log/{sample}.gz",
            f"touch log/{services[0]}/app.log-20230101",
        )


def _count(logs: list[_Log], service: str, fate: str) -> int:
    return sum(log.path.startswith(f"{service}/") and log.fate == fate for log in logs)


_WORDS = ("started", "retry", "timeout", "accepted", "rejected", "flushed", "rotated", "ping")
_RULES = """\
# Log retention

- A dated log has a date at the end of its name, before `.gz` if it is compressed. Its age on a day is the number of
  days from that date to the day. Files without a date are in use and are never touched.
- The periods come from the section of the service (the folder), and from `[default]` where it has no such
  line. A log whose age is above `delete_after` is deleted, compressed or not. Otherwise, one
  whose age is above `compress_after` is compressed with gzip (`name` becomes `name.gz`).
- `holds.txt` has shell patterns for paths below `log/`, without `.gz`; a log that fits one is never deleted, but it is
  compressed like any other.
- `open-files.txt` lists files that a process has open. They are neither deleted nor compressed.
- A symbolic link whose target is compressed afterwards points to the compressed file.
"""
_PLAN = r"""
cat > /tmp/plan.py <<'EOF'
# what to do, date and path of every dated log
import configparser, fnmatch, re, sys
from datetime import date

config = configparser.ConfigParser(default_section="default")
config.read("retention.conf")
holds = [line.strip() for line in open("holds.txt") if not line.startswith("#")]
busy = {line.split()[1] for line in open("open-files.txt") if not line.startswith("#")}
today = date.fromisoformat(sys.argv[1])
for line in open("/tmp/dated.txt"):
    path = line.strip()
    parts = re.search(r"(\d{4})-?(\d{2})-?(\d{2})(\.gz)?$", path).groups()
    day, age = "".join(parts[:3]), (today - date(*map(int, parts[:3]))).days
    service, plain = path.split("/")[1], path.removesuffix(".gz")
    limits = config[service] if service in config else config["default"]
    held = any(fnmatch.fnmatchcase(plain[4:], hold) for hold in holds)
    verb = "keep"
    if path in busy:
        verb = "open"
    elif age > limits.getint("delete_after") and not held:
        verb = "delete"
    elif age > limits.getint("compress_after") and path == plain:
        verb = "pack"
    elif held and age > limits.getint("delete_after"):
        verb = "held"
    print(verb, day, path)
EOF
"""
