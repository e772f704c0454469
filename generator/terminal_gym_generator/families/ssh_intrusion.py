"""A break-in to be reconstructed from the authentication logs of several machines."""

from __future__ import annotations

import hashlib

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_MONTH = "Mar"
_ASKS = (
    """
    {boss} from the security desk needs a written answer before noon: one of our machines was
    taken over through SSH last week. The `auth.log` of every machine is under `{where}/logs`
    (one folder per machine; older days are rotated and compressed). Somebody guessed passwords
    on all of them, but only on one did the guessing end in a login from an address that had
    failed there at least {threshold} times before.
    """,
    """
    Last week's SSH logs are in `{where}/logs`, a folder per machine, with the older days
    compressed. Password guessing is constant background noise here. On exactly one machine it
    worked: an address with at least {threshold} failures on that machine later logged in there.
    {boss}, who runs the security desk, wants the facts written down.
    """,
)
_WANTED = (
    """
    Write `{where}/incident.json` with the keys `host`, `address` (of the intruder), `account` (that was
    taken over), `failures` (how often that address failed on that machine before it first got in, as a
    number), `first_login` (the log's own time stamp of that login, as written there, such as
    "Mar  4 10:11:12") and `session_seconds` (from that session's opening to its closing, a number;
    the process id in brackets ties the lines of a session together). Also write
    `{where}/blocklist.txt`: every address that failed at least {threshold} times on any single
    machine, one per line, sorted as plain text, without duplicates. The logs are evidence and
    must not change.
    """,
    """
    Two files, please, and the logs stay untouched, as they are evidence. `{where}/blocklist.txt`: all addresses with at least {threshold} failures on some single machine, sorted as plain text,
    one per line, each once. `{where}/incident.json`: an object with `host` (the machine), `account` (the one that was taken over), `address` (the intruder's), `failures` (failed attempts of
    that address on that machine before it first got in, a number), `first_login` (time stamp of that first login exactly as the log writes it, for example
    "Mar  4 10:11:12") and `session_seconds` (how long the session of that login lasted, from the line that opens it to the one that closes it, a number; lines of one
    session carry the same process id in brackets).
    """,
)


class SshIntrusion(Family):
    """Find the one machine where password guessing succeeded, and measure the intrusion.

    Hard because every machine is under attack, decoy attackers stop short of success, honest users
    mistype their passwords before they get in, and half of the evidence is compressed.
    """

    name = "ssh-intrusion"
    domain = "security"
    skills = ("log-forensics", "intrusion-timeline")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        threshold = rng.randint(12, 20)
        hosts = sorted(names.hosts(context.scale(3, 7)))
        victim = rng.choice(hosts)
        people = [person.login for person in names.people(context.scale(4, 9))]
        intruder, noisy = names.ipv4("203"), [names.ipv4("198") for _ in hosts]
        failures = threshold + rng.randint(1, 25)
        lines: dict[str, list[tuple[int, str]]] = {host: [] for host in hosts}
        for host, attacker in zip(hosts, noisy, strict=True):
            self._background(context, lines[host], people)
            for _ in range(rng.randint(threshold, threshold + 30)):
                self._fail(context, lines[host], rng.randint(0, 6 * 86400), "root", attacker)
        # The intruder tries everywhere, too seldom on the other machines to count there.
        for host in hosts:
            if host != victim:
                for _ in range(rng.randint(2, threshold - 2)):
                    moment = rng.randint(0, 6 * 86400)
                    self._fail(context, lines[host], moment, rng.choice(people), intruder)
        account = rng.choice(people)
        start = rng.randint(3 * 86400, 5 * 86400)
        for _ in range(failures):
            self._fail(context, lines[victim], rng.randint(0, start - 60), account, intruder)
        length = rng.randint(400, 5000)
        self._session(context, lines[victim], start, account, intruder, length)
        # It comes back: only the first login counts.
        self._session(context, lines[victim], start + length + 3600, account, intruder, 77)
        for host in hosts:
            self._write(part, host, sorted(lines[host]))
        boss = names.person().name
        part.title = "reconstruct an SSH intrusion"
        part.ask(context.pick(_ASKS).format(boss=boss, where=part.where, threshold=threshold))
        part.ask(context.pick(_WANTED).format(where=part.where, threshold=threshold))
        self._solve(part, threshold)
        expected = {
            "host": victim,
            "address": intruder,
            "account": account,
            "failures": failures,
            "first_login": _stamp(start),
            "session_seconds": length,
        }
        self._verify(part, expected, sorted({intruder, *noisy}))
        part.hide(victim, intruder, _stamp(start))
        part.reveals(
            "host",
            victim,
            [host for host in hosts if host != victim][:3],
            "the machine that was broken into",
            "host",
        )
        return part

    def _background(
        self, context: Context, lines: list[tuple[int, str]], people: list[str]
    ) -> None:
        """Honest logins, some after a few mistyped passwords, and cron's sessions."""
        rng = context.rng
        for _ in range(context.scale(60, 240)):
            moment, user = rng.randint(0, 6 * 86400), rng.choice(people)
            address = f"10.20.{rng.randint(0, 3)}.{rng.randint(2, 250)}"
            for late in range(rng.choice((0, 0, 0, 1, 2))):
                self._fail(context, lines, moment - 20 + 5 * late, user, address)
            self._session(context, lines, moment, user, address, rng.randint(30, 9000))
        for hour in range(6 * 24):
            pid = rng.randint(1000, 60000)
            text = f"CRON[{pid}]: pam_unix(cron:session): session opened for user root(uid=0)"
            lines.append((hour * 3600 + 60, text))

    @staticmethod
    def _fail(
        context: Context, lines: list[tuple[int, str]], moment: int, user: str, address: str
    ) -> None:
        pid, port = context.rng.randint(1000, 60000), context.rng.randint(32768, 60999)
        text = f"sshd[{pid}]: Failed password for {user} from {address} port {port} ssh2"
        lines.append((max(moment, 0), text))

    @staticmethod
    def _session(
        context: Context,
        lines: list[tuple[int, str]],
        moment: int,
        user: str,
        address: str,
        length: int,
    ) -> None:
        # Process ids of sessions lie above all others, so that they are unique.
        pid, port = 100_000 + len(lines) * 7, context.rng.randint(32768, 60999)
        accepted = f"sshd[{pid}]: Accepted password for {user} from {address} port {port} ssh2"
        session = f"sshd[{pid}]: pam_unix(sshd:session): session"
        lines += [
            (moment, accepted),
            (moment, f"{session} opened for user {user}(uid=1000) by (uid=0)"),
            (moment + length, f"{session} closed for user {user}"),
        ]

    @staticmethod
    def _write(part: Part, host: str, lines: list[tuple[int, str]]) -> None:
        """Split a week at its fourth day: the older half is rotated and compressed."""
        old = [f"{_stamp(at)} {host} {text}\n" for at, text in lines if at < 4 * 86400]
        new = [f"{_stamp(at)} {host} {text}\n" for at, text in lines if at >= 4 * 86400]
        part.file(f"logs/{host}/auth.log.1", "".join(old), transient=True)
        part.file(f"logs/{host}/auth.log", "".join(new))
        part.setup(f"gzip -n logs/{host}/auth.log.1")

    @staticmethod
    def _solve(part: Part, threshold: int) -> None:
        part.do(
            "ls -R logs | head -40",
            'for d in logs/*/; do zcat -f "$d"auth.log.1.gz "$d"auth.log > /tmp/$(basename "$d").log; done',
            "wc -l /tmp/*.log",
            "head -5 /tmp/$(ls logs | head -1).log",
            "grep -h 'Failed password' /tmp/*.log | awk '{print $4, $(NF-3)}' | sort | uniq -c | sort -rn > /tmp/failed.txt",
            "head -20 /tmp/failed.txt",
            f"awk '$1 >= {threshold} {{print $3}}' /tmp/failed.txt | LC_ALL=C sort -u > blocklist.txt",
            "cat blocklist.txt",
            f"awk '$1 >= {threshold} {{print $2, $3}}' /tmp/failed.txt | while read h a; do grep -H \"Accepted password for .* from $a \" /tmp/$h.log | head -1; done | tee /tmp/hit.txt",
            'host=$(basename $(cut -d: -f1 /tmp/hit.txt) .log); line=$(cut -d: -f2- /tmp/hit.txt); echo "$host"',
            "address=$(awk '{print $(NF-3)}' <<< \"$line\"); account=$(awk '{print $9}' <<< \"$line\"); when=${line:0:15}",
            'number=$(grep -nF "$line" /tmp/$host.log | cut -d: -f1); failures=$(head -$number /tmp/$host.log | grep -c "Failed password for .* from $address "); echo $failures',
            'pid=$(grep -o \'sshd\\[[0-9]*\\]\' <<< "$line"); grep -F "$pid" /tmp/$host.log',
            'closed=$(grep -F "$pid" /tmp/$host.log | grep closed | cut -c1-15); seconds=$(( $(date -ud "$closed 2023" +%s) - $(date -ud "$when 2023" +%s) )); echo $seconds',
            'jq -n --arg host "$host" --arg address "$address" --arg account "$account" --argjson failures "$failures" --arg first_login "$when" --argjson session_seconds "$seconds" \'$ARGS.named\' > incident.json',
        )

    @staticmethod
    def _verify(part: Part, expected: dict[str, object], blocked: list[str]) -> None:
        report = part.path("incident.json")
        for keys in (
            ("host", "address"),
            ("account", "failures"),
            ("first_login", "session_seconds"),
        ):
            wanted = {key: expected[key] for key in keys}
            part.check(
                f"incident.json: {' and '.join(keys)}",
                f"""
                report = json_file({report!r})
                wanted = {wanted!r}
                assert {{key: report.get(key) for key in wanted}} == wanted
                assert sorted(report) == {sorted(expected)!r}
                """,
            )
        part.check(
            "the block list is complete, sorted and unique",
            f"assert lines({part.path('blocklist.txt')!r}) == {blocked!r}",
        )
        evidence = {
            path: hashlib.sha256(file.data).hexdigest()
            for path, file in part.files.items()
            if path.endswith(".log")
        }
        rotated = {
            f"{path}.gz": hashlib.sha256(file.data).hexdigest()
            for path, file in part.files.items()
            if path.endswith(".log.1")
        }
        part.check(
            "the evidence is unchanged",
            f"""
            for path, digest in {evidence!r}.items():
                assert sha256(path) == digest, path
            for path, digest in {rotated!r}.items():
                assert hashlib.sha256(gzip.decompress(data(path))).hexdigest() == digest, path
            """,
        )
        part.helper("import gzip, hashlib")
        part.output("incident.json", "blocklist.txt")


def _stamp(moment: int) -> str:
    day, rest = divmod(moment, 86400)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{_MONTH} {day + 2:2d} {clock}"
