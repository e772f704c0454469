#!/bin/bash
cat /app/playbook.md; ls -R /app | head -60
cd /app/disk && jq -c . ../staff.json && head -3 var/lib/pkg/manifest var/log/*.log && cat var/lib/pkg/local etc/passwd etc/group
jq -r '.changes[].files | to_entries[] | "\(.value) \(.key)"' ../staff.json | while read -r sum path; do case $path in usr/*) mode=0755;; *) mode=0644;; esac; echo "$sum $mode ours $path"; done > /tmp/good && awk 'NR == FNR { own[$4] = 1; next } !($4 in own)' /tmp/good var/lib/pkg/manifest >> /tmp/good
{ find usr etc/cron.d var/www -path var/www/uploads -prune -o -type f -print; find var/www/uploads -type f -name '*.php'; } | LC_ALL=C sort > /tmp/files && wc -l /tmp/files /tmp/good
while IFS= read -r f; do want=$(awk -v f="$f" '$4 == f { print $1, $2 }' /tmp/good); have="$(sha256sum "$f" | cut -d' ' -f1) $(stat -c %a "$f" | awk '{ printf "%04d", $1 }')"; if [ -z "$want" ]; then echo "planted $f"; elif [ "${want% *}" != "${have% *}" ]; then echo "replaced $f"; elif [ "$want" != "$have" ]; then echo "loosened $f"; fi; done < /tmp/files | tee /tmp/found
for f in $(awk '$1 != "loosened" { print $2 }' /tmp/found); do install -D -m 600 "$f" "/app/evidence/files/$f"; done; (cd /app/evidence/files && find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum) > /app/evidence/SHA256SUMS; cat /app/evidence/SHA256SUMS $(awk '$1 == "planted" { print $2 }' /tmp/found)
for f in $(awk '$1 == "planted" { print $2 }' /tmp/found); do rm "$f"; done; for f in $(awk '$1 == "replaced" { print $2 }' /tmp/found); do tar -xpf var/cache/pkg/$(awk -v f=$f '$4 == f { print $3 }' var/lib/pkg/manifest).tar "$f" && chmod $(awk -v f=$f '$4 == f { print $2 }' var/lib/pkg/manifest) "$f"; done; for f in $(awk '$1 == "loosened" { print $2 }' /tmp/found); do chmod $(awk -v f=$f '$4 == f { print $2 }' /tmp/good) "$f"; done
while read -r sum ticket path; do [ "$(sha256sum < $path | cut -d' ' -f1)" = $sum ] && jq -e --arg t $ticket --arg p $path --arg s $sum '.changes[$t].files[$p] == $s' ../staff.json > /dev/null && echo "$sum $ticket $path"; done < var/lib/pkg/local > /tmp/local; diff var/lib/pkg/local /tmp/local; cat /tmp/local > var/lib/pkg/local
awk -F: '$3 == 0 && $1 != "root" { print $1 }' etc/passwd | tee /tmp/accounts
bad=$(cat /tmp/accounts); sed -i "/^$bad:/d" etc/passwd && sed -i "/^$bad:/d" etc/shadow && sed -i -E ":a; s/^(([^:]*:){3}([^:]*,)?)$bad(,|\$)/\1/; ta; s/,\$//" etc/group; cat etc/group; stat -c '%a %n' etc/*
jq -r '.keys[]' ../staff.json > /tmp/inuse; for f in $(find . -name authorized_keys); do while IFS= read -r row || [ -n "$row" ]; do key=$(grep -oE '(^| )ssh-[a-z0-9]+ [A-Za-z0-9+/=]+' <<< "$row" | awk '{ print $2 }'); if [ -n "$key" ]; then print="SHA256:$(base64 -d <<< "$key" | openssl dgst -sha256 -binary | base64 | tr -d =)"; grep -qxF "$print" /tmp/inuse || { echo "$print" >> /tmp/gone; echo "$f: $row" >&2; continue; }; fi; printf '%s\n' "$row"; done < $f > /tmp/keys && cat /tmp/keys > $f; done; sort -u /tmp/gone
shells=$(awk '$1 == "planted" && sub("^var/www", "", $2) { print $2 }' /tmp/found); echo $shells; awk -v s="$shells" '$9 == 200 && index($7, s) == 1 { print $1 }' var/log/web.log | sort | uniq -c
{ awk -v s="$shells" '$9 == 200 && index($7, s) == 1 { print $1 }' var/log/web.log; grep Accepted var/log/auth.log | grep -vFf /tmp/inuse | grep -oE 'from [0-9.]+' | cut -d' ' -f2; } | sort -u | tee /tmp/addresses; grep Accepted var/log/auth.log | grep -vFf /tmp/inuse
grep -E 'useradd|authorized_keys' var/log/auth.log; grep -F helper var/log/cron.log | head -2
cat > /tmp/timeline.py <<'PY'
import json, re
from datetime import datetime, timedelta
bad = set(open("/tmp/addresses").read().split())
shell = next(row.split()[1][len("var/www"):] for row in open("/tmp/found") if row.startswith("planted var/www"))
jump = datetime(2025, 3, 30, 1)
def utc(row):
    here = datetime.strptime("2025 " + row[:15], "%Y %b %d %H:%M:%S")
    early = here - timedelta(hours=1)
    return early if early < jump else here - timedelta(hours=2)
web = []
for row in open("/app/disk/var/log/web.log"):
    address, time, request, status = re.match(r'(\S+) - - \[(.*?) \+0000\] "(.*?)" (\d+)', row).groups()
    web.append((datetime.strptime(time, "%d/%b/%Y:%H:%M:%S"), address, request, status))
auth = [(utc(row), row) for row in open("/app/disk/var/log/auth.log")]
jobs = [(utc(row), row) for row in open("/app/disk/var/log/cron.log")]
first = {"shell": min(t for t, _, r, s in web if s == "200" and r.split()[1].startswith(shell))}
first["upload"] = max(t for t, a, r, s in web if a in bad and s == "200" and r.startswith("POST /upload.php") and t < first["shell"])
first["key"] = min(t for t, row in auth if "sudo[" in row and "authorized_keys" in row)
source = lambda row: (re.findall(r" from ([\d.]+) ", row) or [""])[0]
first["login"] = min(t for t, row in auth if "Accepted" in row and source(row) in bad)
first["account"] = min(t for t, row in auth if f"name={open('/tmp/accounts').read().strip()}," in row)
first["job"] = min(t for t, row in jobs if "/usr/lib/net/.helper" in row)
first["last"] = max([t for t, a, _, _ in web if a in bad] + [t for t, row in auth if source(row) in bad])
found = {kind: sorted(row.split()[1] for row in open("/tmp/found") if row.startswith(kind)) for kind in ("planted", "replaced", "loosened")}
report = {"addresses": sorted(bad), **found, "accounts": open("/tmp/accounts").read().split(), "keys": sorted(set(open("/tmp/gone").read().split())), "timeline": {k: t.strftime("%Y-%m-%dT%H:%M:%SZ") for k, t in first.items()}}
json.dump(report, open("/app/report.json", "w"), indent=1)
PY
python3 /tmp/timeline.py && cat /app/report.json
