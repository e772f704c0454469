#!/bin/bash
cat policy.md; cat bin/rotate etc/rotate.conf etc/crontab
find logs -printf '%y %m %s %TY-%Tm-%Td %p\n' | sort -k5 | head -150; cat logs/.hold
cp -a logs /tmp/before
printf '# GLOB KEEP PACK SIZE MODE\nweb/*.log 30 1 1024 0640\nweb/admin/**.log 180 7 1 0600\naudit/**.log 400 30 1 0600\nbatch/*/*.log 14 0 512 0640\ndebug/**.log 3 0 1 0644\n**.log 60 2 1 0640\n' > etc/rotate.conf
sed -i 's#^\* 2 15 \* \* root .*#15 2 * * * logs /app/bin/rotate /app/etc/rotate.conf /app/logs "$(date +\\%F)"#' etc/crontab && cat etc/crontab
cat > bin/rotate <<'PY'
#!/usr/bin/env python3
"""rotate CONF ROOT DATE: what it does is written in policy.md."""
import gzip, os, re, sys
from datetime import date

OLD = re.compile(r"(.+)-(\d{4}-\d\d-\d\d)(?:\.[1-9]\d*)?\.log(\.gz)?", re.S)
conf, root, today = sys.argv[1], sys.argv[2], date.fromisoformat(sys.argv[3])


def told(path):
    with open(path, errors="surrogateescape") as file:
        return [row for row in file.read().split("\n") if row.strip() and not row.startswith("#")]


def pattern(glob):
    parts = re.split(r"(\*\*|\*)", glob)
    return re.compile("".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts), re.S)


rules = [(pattern(glob), int(keep), int(pack), int(size), int(mode, 8)) for glob, keep, pack, size, mode in map(str.split, told(conf))]
hold = set(told(f"{root}/.hold")) if os.path.exists(f"{root}/.hold") else set()


def rule(path):
    return next((values for glob, *values in rules if glob.fullmatch(path)), None)


def old(name):
    """Name, date and whether it is packed, of a name as an old log has it."""
    match = OLD.fullmatch(name)
    try:
        return match and (match[1], date.fromisoformat(match[2]), bool(match[3]))
    except ValueError:
        return None


def files():
    for folder, folders, names in os.walk(root):
        folders.sort()
        here = os.path.relpath(folder, root)
        for name in sorted(names):
            full = os.path.join(folder, name)
            if not os.path.islink(full) and os.path.isfile(full):
                yield full, "" if here == "." else f"{here}/", name


for full, here, name in list(files()):
    if not name.endswith(".log") or name == ".log" or old(name) or not (found := rule(here + name)):
        continue
    keep, pack, size, mode = found
    if os.path.getsize(full) >= size:
        base, number = f"{full[:-4]}-{today}", 0
        to = f"{base}.log"
        while os.path.lexists(to) or os.path.lexists(f"{to}.gz"):
            number += 1
            to = f"{base}.{number}.log"
        os.rename(full, to)
        os.close(os.open(full, os.O_CREAT | os.O_EXCL, 0o600))
        os.chmod(full, mode)
        print("rotated", here + name)
for full, here, name in list(files()):
    if not (parts := old(name)) or not (found := rule(f"{here}{parts[0]}.log")):
        continue
    age, (keep, pack, _, _) = (today - parts[1]).days, found
    what = "deleted" if age > keep else "packed" if age >= pack and not parts[2] else None
    if what and here + name in hold:
        what = "spared"
    if what == "deleted":
        os.unlink(full)
    elif what == "packed":
        info = os.stat(full)
        with open(full, "rb") as file:
            data = gzip.compress(file.read(), mtime=0)
        with open(f"{full}.gz", "xb") as file:
            file.write(data)
        os.chmod(f"{full}.gz", info.st_mode & 0o7777)
        os.utime(f"{full}.gz", ns=(info.st_atime_ns, info.st_mtime_ns))
        os.unlink(full)
    if what:
        print(what, here + name)
PY
cp -a logs /tmp/trial && bin/rotate etc/rotate.conf /tmp/trial 2025-11-03 > /tmp/first && bin/rotate etc/rotate.conf /tmp/trial 2025-11-03 | grep -v spared; sort /tmp/first | head -100
find /tmp/trial -ls | awk '{ $1 = $2 = $4 = $5 = $6 = ""; print }' | sort | head -120
bin/rotate etc/rotate.conf logs 2025-11-03 > /tmp/done && diff /tmp/first /tmp/done && diff -r --no-dereference /tmp/trial logs && cut -d' ' -f1 /tmp/done | sort | uniq -c
jq -Rn '[inputs | capture("^(?<what>[a-z]+) (?<path>.*)$")] | {rotated: map(select(.what == "rotated")) | length, deleted: map(select(.what == "deleted")) | length, packed: map(select(.what == "packed")) | length, spared: map(select(.what == "spared").path) | sort}' /tmp/done > report.json && cat report.json
