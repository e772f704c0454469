"""An estate of TLS certificates, to be judged on a given day before it is put behind a new proxy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part
from terminal_gym_generator.pki import Certificate, Key

_ASKS = (
    """
    On {day} we switch to a new proxy, and {boss} wants every virtual host's TLS set-up checked for
    that day (noon UTC) beforehand. The old proxy's configuration is in `{where}/proxy/conf.d`, one
    file per host; it names the server name, the certificate, the intermediate and the key,
    relative to `{where}/proxy`. The only trusted root is `{where}/trust/root.pem`, and
    `{where}/trust/revoked.csv` lists revoked certificates by issuer and serial number.
    """,
    """
    {boss} inherited a proxy with too many certificates. Its virtual hosts are described by the files
    in `{where}/proxy/conf.d`, which name certificate, intermediate and private key by their paths
    below `{where}/proxy`. Judge each of them as a strict client would at noon UTC on {day}: it trusts
    `{where}/trust/root.pem` alone and honours the revocations in `{where}/trust/revoked.csv`
    (issuer's common name and serial number).
    """,
)
_WANTED = (
    """
    Write `{where}/report.csv` with the header `server,problem,serial`, a row for each virtual host, ordered
    by server name as plain text; `serial` is its certificate's serial number in upper-case hex as
    openssl prints it. `problem` is the first of these that applies:

    - `key-mismatch`: the private key does not belong to the certificate
    - `name-mismatch`: the certificate is not valid for the server name (a wildcard stands for
      exactly one label)
    - `not-yet-valid` or `expired`: on that day
    - `untrusted`: certificate and intermediate, in their own validity on that day, do not lead to the root
    - `revoked`: the certificate or the intermediate that it came with is revoked
    - `none`

    For the renewals desk also write `{where}/renew.txt`: of the hosts whose problem is `none`, the server
    names whose certificate ends within {within} days after that day, one `YYYY-MM-DD server` per line
    (the certificate's last day), in ascending order. Certificates, keys and configuration must not be
    changed.
    """,
    """
    The findings belong into `{where}/report.csv`: header `server,problem,serial`, one row per virtual host, sorted by
    server name as plain text, with the serial number of its certificate in upper-case hex as openssl prints it. Where several
    problems apply, the one that comes first here counts:

    - `key-mismatch`: certificate and private key do not belong together
    - `name-mismatch`: the certificate does not cover the server name (a wildcard covers exactly one label)
    - `not-yet-valid` or `expired`: on the day in question
    - `untrusted`: no chain from the certificate over the intermediate, both within their own validity on that day, to the root
    - `revoked`: the certificate itself or the intermediate configured with it
    - `none`

    In addition `{where}/renew.txt` is to list the servers without a problem whose certificate's last day is at most
    {within} days after that day: lines `YYYY-MM-DD server` (that last day and the name), ascending. Leave all certificates, keys and
    configuration files alone.
    """,
)
_PROBLEMS = (
    "key-mismatch",
    "name-mismatch",
    "not-yet-valid",
    "expired",
    "untrusted",
    "revoked",
)


@dataclass(frozen=True)
class _Authority:
    """An intermediate, its files and whether clients accept it."""

    name: str
    key: Key
    serial: int
    file: str


class CertificateEstate(Family):
    """Judge many certificates, chains and keys as a strict client would on a given day.

    Hard because faults are of six kinds with an order of precedence, intermediates can be the problem,
    wildcards and alternative names decide, and the machine's clock must not.
    """

    name = "certificate-estate"
    domain = "security"
    skills = ("certificate-inspection", "chain-validation", "key-matching")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        day = date(2024, 1, 10) + timedelta(days=rng.randint(0, 300))
        within = rng.choice((21, 30, 45))
        root = Key.draw(rng)
        authorities = self._authorities(part, context, root, day)
        good, stale, revoked_one = authorities[:-2], authorities[-2], authorities[-1]
        revoked = [("Estate Root", revoked_one.serial)]
        problems = list(_PROBLEMS) + rng.choices(_PROBLEMS, k=context.scale(0, 5))
        problems += ["none"] * context.scale(4, 11)
        rng.shuffle(problems)
        rows: list[tuple[str, str, str]] = []
        renew: list[str] = []
        for problem in problems:
            server = f"{names.token(4)}.{names.service()}.{names.domain}"
            parent = server.split(".", 1)[1]
            issuer, signer = rng.choice(good), None
            first, last = day - timedelta(rng.randint(30, 300)), day + timedelta(rng.randint(5, 90))
            if problem == "none" and not renew:
                last = day + timedelta(rng.randint(3, within))
            alternatives = rng.choice(((server,), (f"*.{parent}",), (parent, server)))
            serial, key = rng.getrandbits(62) | 1 << 62, Key.draw(rng)
            private = key
            if problem == "key-mismatch":
                private = Key.draw(rng)
            elif problem == "name-mismatch":
                alternatives = rng.choice(
                    ((parent,), (f"*.{names.domain}",), (f"www.{server}", f"*.{server}"))
                )
            elif problem == "not-yet-valid":
                first = day + timedelta(rng.randint(1, 4))
            elif problem == "expired":
                last = day - timedelta(rng.randint(1, 25))
            elif problem == "untrusted" and rng.random() < 0.5:
                issuer = stale
            elif problem == "untrusted":
                signer = Key.draw(rng)
            elif problem == "revoked" and rng.random() < 0.5:
                issuer = revoked_one
            elif problem == "revoked":
                revoked.append((issuer.name, serial))
            certificate = Certificate(
                server,
                key,
                issuer.name,
                signer or issuer.key,
                serial,
                (f"{first:%y%m%d}", f"{last:%y%m%d}"),
                alternatives,
            )
            self._install(part, context, server, certificate.pem, private, issuer)
            rows.append((server, problem, f"{serial:X}"))
            if problem == "none" and last <= day + timedelta(within):
                renew.append(f"{last} {server}")
            if problem == "none" and rng.random() < 0.3:
                # The same number at another issuer is another certificate.
                revoked.append((rng.choice([a.name for a in good if a != issuer]), serial))
        rng.shuffle(revoked)
        table = "".join(f"{name},{serial:X}\n" for name, serial in revoked)
        part.file("trust/revoked.csv", "issuer,serial\n" + table)
        part.title = "audit an estate of certificates"
        text = context.pick(_ASKS).format(
            boss=names.person().name, where=part.where, day=f"{day.day} {day:%B %Y}"
        )
        part.ask(text, context.pick(_WANTED).format(where=part.where, within=within))
        self._solve(part, f"{day} 12:00", within)
        self._verify(part, sorted(rows), sorted(renew))
        odd = next(row for row in sorted(rows) if row[1] == "key-mismatch")
        part.hide(*(row[0] for row in rows))
        part.reveals(
            "server",
            odd[0],
            [row[0] for row in rows if row[1] != "key-mismatch"][:3],
            "the first server of the report whose key does not match",
            "server",
        )
        return part

    @staticmethod
    def _authorities(part: Part, context: Context, root: Key, day: date) -> list[_Authority]:
        """The root and its intermediates: good ones, then one that has ended, then a revoked one."""
        rng = context.rng
        made: list[_Authority] = []
        count = context.scale(2, 4) + 2
        pem = Certificate("Estate Root", root, "Estate Root", root, 1, ("200101", "391231")).pem
        part.file("trust/root.pem", pem)
        for index, label in enumerate(rng.sample("ABCDEFGHKM", count)):
            key, serial = Key.draw(rng), rng.getrandbits(62) | 1 << 62
            ends = day - timedelta(3) if index == count - 2 else day + timedelta(900)
            name = f"Estate Issuing {label}{rng.randint(1, 9)}"
            file = f"issuers/{name.split()[-1].lower()}.pem"
            days = ("210101", f"{ends:%y%m%d}")
            certificate = Certificate(name, key, "Estate Root", root, serial, days)
            part.file(f"proxy/{file}", certificate.pem)
            made.append(_Authority(name, key, serial, file))
        return made

    @staticmethod
    def _install(
        part: Part, context: Context, server: str, pem: str, key: Key, issuer: _Authority
    ) -> None:
        """The host's files and its configuration; file names say nothing about the host."""
        stem = f"c{context.names.token(6)}"
        part.file(f"proxy/certs/{stem}.pem", pem)
        part.file(f"proxy/keys/{stem}.key", key.private_pem)
        part.file(
            f"proxy/conf.d/{context.rng.randint(10, 99)}-{stem}.conf",
            f"""
            server {{
                listen 443 ssl;
                server_name {server};
                tls_certificate certs/{stem}.pem;
                tls_intermediate {issuer.file};
                tls_key keys/{stem}.key;
                upstream {context.names.ipv4()}:8080;
            }}
            """,
        )

    @staticmethod
    def _solve(part: Part, noon: str, within: int) -> None:
        part.do(
            "ls proxy proxy/* trust | head -60",
            "cat proxy/conf.d/$(ls proxy/conf.d | head -1); head -4 trust/revoked.csv",
            "openssl x509 -in trust/root.pem -noout -subject -dates; for f in proxy/issuers/*.pem; do openssl x509 -in $f -noout -subject -serial -enddate; done",
            'for f in proxy/conf.d/*.conf; do awk \'{sub(";", "", $2)} $1 == "server_name" {s = $2} $1 == "tls_certificate" {c = $2} $1 == "tls_intermediate" {i = $2} $1 == "tls_key" {k = $2} END {print s, c, i, k}\' $f; done | LC_ALL=C sort > /tmp/hosts.txt',
            "wc -l /tmp/hosts.txt; head -3 /tmp/hosts.txt",
            "mkdir -p /tmp/facts; cd proxy; while read s c i k; do openssl x509 -in $c -noout -issuer -serial -startdate -enddate -dateopt iso_8601 -checkhost $s > /tmp/facts/$s; done < /tmp/hosts.txt",
            "tail -n 6 $(ls -d /tmp/facts/* | head -2)",
            "grep -L 'does match' /tmp/facts/* | xargs -r -n1 basename | tee /tmp/name-mismatch",
            'while read s c i k; do [ "$(openssl x509 -in $c -noout -pubkey)" = "$(openssl pkey -in $k -pubout)" ] || echo $s; done < /tmp/hosts.txt | tee /tmp/key-mismatch',
            f'awk -F= \'$1 == "notBefore" && $2 > "{noon}" {{print FILENAME}}\' /tmp/facts/* | xargs -r -n1 basename | tee /tmp/not-yet-valid',
            f'awk -F= \'$1 == "notAfter" && $2 < "{noon}" {{print FILENAME}}\' /tmp/facts/* | xargs -r -n1 basename | tee /tmp/expired',
            f"while read s c i k; do openssl verify -attime $(date -ud '{noon}' +%s) -CAfile ../trust/root.pem -untrusted $i $c > /dev/null 2>&1 || echo $s; done < /tmp/hosts.txt | tee /tmp/untrusted",
            "for i in issuers/*.pem; do echo \"$i $(openssl x509 -in $i -noout -issuer -serial | sed 's/.*= *//' | paste -sd,)\"; done | tee /tmp/issuers.txt",
            'while read s c i k; do own=$(sed -n \'s/^issuer=CN *= *//p; s/^serial=//p\' /tmp/facts/$s | paste -sd,); over=$(sed -n "s,^$i ,,p" /tmp/issuers.txt); grep -qxF -e "$own" -e "$over" ../trust/revoked.csv && echo $s; done < /tmp/hosts.txt | tee /tmp/revoked',
            "(echo server,problem,serial; while read s c i k; do p=none; for q in revoked untrusted expired not-yet-valid name-mismatch key-mismatch; do grep -qxF $s /tmp/$q && p=$q; done; echo $s,$p,$(sed -n s/^serial=//p /tmp/facts/$s); done < /tmp/hosts.txt) > ../report.csv; cd ..",
            "cut -d, -f2 report.csv | sort | uniq -c",
            "server=$(grep -m1 ,key-mismatch, report.csv | cut -d, -f1); echo $server",
            f"grep ,none, report.csv | cut -d, -f1 | while read s; do echo \"$(sed -n 's/^notAfter=\\(..........\\).*/\\1/p' /tmp/facts/$s) $s\"; done | awk -v end=$(date -ud '{noon} {within} days' +%F) '$1 <= end' | sort > renew.txt",
        )

    @staticmethod
    def _verify(part: Part, rows: list[tuple[str, str, str]], renew: list[str]) -> None:
        report = part.path("report.csv")
        for column, what in enumerate(("server", "problem", "serial")):
            part.check(
                f"report.csv: the column {what} is right",
                f"""
                found = [line.split(",") for line in lines({report!r})]
                assert found[0] == ["server", "problem", "serial"]
                assert all(len(row) == 3 for row in found)
                assert [row[{column}] for row in found[1:]] == {[row[column] for row in rows]!r}
                """,
            )
        part.check(
            "renew.txt lists the sound certificates that end soon",
            f"assert lines({part.path('renew.txt')!r}) == {renew!r}",
        )
        part.unchanged("certificates, keys and configuration are unchanged")
        part.output("report.csv", "renew.txt")
