"""Makes a tree of logs, the policy, and what rotates them badly."""

import gzip
import os
import random
from datetime import date, datetime, timedelta
from pathlib import Path

os.environ["TZ"] = "UTC"
APP = Path("/app")


def make_tree(root, seed, today):
    """A tree of logs: paths, modes and times are drawn from `seed`."""
    rng = random.Random(seed)
    held = []

    def put(path, size, mode, age):
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(f"{rng.randrange(10**9):09d} line of {path}\n" for _ in range(size // 20 + 1))
        file.write_bytes(text.encode()[:size])
        file.chmod(mode)
        # When a file was touched says nothing about its age.
        when = int(datetime(today.year, today.month, today.day, 1).timestamp()) - age * 86400
        os.utime(file, (when, when))

    homes = {
        "web": (["access", "error", "front end"], [0, 1, 2, 29, 30, 31, 45]),
        "web/admin": (["access", "login"], [1, 6, 7, 8, 31, 179, 180, 181]),
        "web/admin/eu": (["login"], [6, 7, 60, 61, 180, 181]),
        "web/static": (["fetch"], [1, 2, 31, 60, 61]),
        "audit": (["trail"], [1, 29, 30, 31, 61, 399, 400, 401]),
        "audit/db/main": (["queries", "a b"], [30, 61, 400, 500]),
        "batch/night": (["import", "export"], [0, 1, 13, 14, 15]),
        "batch/month end": (["close"], [1, 14, 15, 40]),
        "batch/night/steps": (["one"], [0, 1, 2, 15, 60, 61]),
        "debug": (["trace"], [0, 2, 3, 4]),
        "debug/deep/er": (["core"], [1, 3, 4, 9]),
        "mail": (["smtp", "[queue]"], [1, 2, 3, 59, 60, 61]),
    }
    for home, (names, ages) in homes.items():
        for name in names:
            put(f"{home}/{name}.log", rng.choice([0, 1, 300, 511, 512, 1023, 1024, 3000]), rng.choice([0o600, 0o640, 0o664]), 0)
            for age in ages:
                if rng.random() < 0.15:
                    continue
                number = rng.choice(["", "", "", ".1", ".2"])
                path = f"{home}/{name}-{today - timedelta(days=age)}{number}.log"
                packed = rng.random() < 0.4
                put(path, rng.randrange(40, 900), rng.choice([0o600, 0o640]), rng.randrange(0, 90))
                if packed:
                    info = (root / path).stat()
                    (root / f"{path}.gz").write_bytes(gzip.compress((root / path).read_bytes(), mtime=0))
                    (root / path).unlink()
                    path += ".gz"
                    (root / path).chmod(info.st_mode & 0o777)
                    os.utime(root / path, (info.st_mtime, info.st_mtime))
                if rng.random() < 0.12:
                    held.append(path)
    put("mail/old-2025-02-30.log", 50, 0o640, 400)
    put("mail/notes-2019-01-01.txt", 50, 0o640, 900)
    put("web/error-2019-01-01.log.bak", 50, 0o640, 900)
    put("web/2019-01-01.log", 1500, 0o640, 900)
    put("batch/stray.log", 700, 0o640, 2)
    (root / "web/current.log").symlink_to("access.log")
    (root / f"debug/last-{today - timedelta(days=50)}.log").symlink_to("trace.log")
    held.append("mail/nothing-2020-01-01.log")
    (root / ".hold").write_text("# kept for the lawyers\n\n" + "".join(f"{path}\n" for path in held))
    os.utime(root / ".hold", (1_750_000_000, 1_750_000_000))


make_tree(APP / "logs", 1103, date(2025, 11, 3))
for name in ("bin", "etc"):
    (APP / name).mkdir()
(APP / "bin/rotate").write_text("""#!/bin/bash
# rotate CONF ROOT DATE
conf=$1 root=$2 today=$3
cd $root
while read glob keep pack size mode; do
    for file in $(find . -path "./$glob"); do
        if [ $(stat -c %s $file) -gt $size ]; then
            mv $file ${file%.log}-$today.log
            touch $file
            chmod $mode $file
        fi
    done
    for file in $(find . -path "./${glob%.log}-*.log*" -mtime +$keep); do
        rm $file
    done
    for file in $(find . -path "./${glob%.log}-*.log" -mtime +$pack); do
        gzip -f $file
    done
done < $conf
""")
(APP / "bin/rotate").chmod(0o755)
(APP / "etc/rotate.conf").write_text("""# GLOB KEEP PACK SIZE MODE
*.log 60 2 1 0640
web/*.log 30 1 1000 0640
web/admin/*.log 180 1 1 0640
audit/*.log 365 30 1 0600
batch/*.log 14 0 512 0644
debug/*.log 3 1 1 0644
""")
(APP / "etc/crontab").write_text("""# m h dom mon dow user command
SHELL=/bin/bash
17 * * * * root /app/bin/collect
* 2 15 * * root /app/bin/rotate /app/etc/rotate.conf /app/logs $(date +%F)
@reboot root /app/bin/announce
""")
(APP / "policy.md").write_text("""# Logs: what is kept, and how

## Who keeps what
- Access and error logs of the web site (what lies directly in `web`) are personal data: deleted once they
  are more than 30 days old. They are packed from the age of one day on, rotated when they have 1 KiB or more,
  and the new file may be read by the group, 0640.
- `web/admin`, with all below it: half a year (180 days), packed at a week, rotated when there is anything in
  them; only the owner reads them, 0600.
- The audit trail, `audit` and all below it: 400 days, packed at 30, rotated when there is anything, 0600.
- `batch` has a folder per job. The logs that lie directly in such a folder: two weeks, packed at once, rotated
  from 512 bytes on, 0640.
- `debug` and all below: three days, packed at once, rotated when there is anything, 0644.
- All else, wherever it lies: 60 days, packed at two days, rotated when there is anything, 0640.

## rotate CONF ROOT DATE
CONF has lines `GLOB KEEP PACK SIZE MODE`; blank lines and those that begin with `#` say nothing. A glob is about paths
below ROOT: `*` stands for any characters but `/`, `**` for any characters at all, everything else for itself.
For each log the first line counts whose glob matches.

- A *log* is a regular file `NAME.log` that is not an old one. An *old* one is a regular file
  `NAME-YYYY-MM-DD.log` or `NAME-YYYY-MM-DD.N.log` (N: 1, 2, ...), packed with `.gz` behind it, where NAME is not empty and
  the date is one of the calendar. What is right for an old one is what is right for the path of `NAME.log` in the same folder,
  be there one or not. Symbolic links and all other files are left alone; links are not followed.
- A log with SIZE bytes or more is rotated: it is renamed to `NAME-DATE.log`, or if that is there already, packed or not,
  to `NAME-DATE.N.log` with the smallest N for which it is not. It keeps its mode and its time of change. In its place comes an
  empty file with mode MODE, whatever the umask.
- After that, old ones that are more than KEEP days older than DATE, by the date in their name, are deleted.
- Of the others, those that are PACK days older or more and not packed are packed with gzip. Mode and time of change stay.
- What is on hold is neither deleted nor packed: ROOT/.hold has its paths below ROOT, one per line, `#` as above. The
  file itself is left alone.

A second run with the same date does not change anything if nothing was logged in between.

## When
Every day at 02:15, by cron, as user `logs` (`/app/etc/crontab` has the form of `/etc/crontab`), with the date of that day.
""")
