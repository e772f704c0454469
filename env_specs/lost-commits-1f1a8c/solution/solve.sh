#!/bin/bash
cd osprey
git status --short --branch; git branch -a; git log --oneline | head
git reflog | head; git stash list; git fsck --no-reflogs --unreachable | awk '{print $2}' | sort | uniq -c
git fsck --no-reflogs --lost-found | awk '$2 == "commit" {print $3}' > /tmp/dangling; cat /tmp/dangling
for c in $(cat /tmp/dangling); do git log -1 --format='%h %an %ad %s' $c; git diff --stat $c~1 $c | tail -1; done
lost=$(for c in $(cat /tmp/dangling); do git show $c:parcel.conf | grep -qx 'retries = 2045' && echo $c; done); echo $lost
git show $lost; base=$(git merge-base main $lost); git log --format='%h %an %ad %s' $base..$lost; lost_tip=${lost:0:10}
git branch parcel-tuning $lost && git diff $base main -- parcel.conf
git switch -q -c parcel-again main
keep=$(git log --reverse --format='%H %s' $base..$lost | grep -viE '^[0-9a-f]+ wip' | cut -d' ' -f1); skipped=$(( $(git rev-list --count $base..$lost) - $(wc -w <<< "$keep") )); echo $keep; echo $skipped
cat > /tmp/theirs.py <<'EOF'
import subprocess, sys
chosen = sys.argv[1]
show = lambda c: [l.split(' = ') for l in subprocess.run(['git', 'show', f'{c}:parcel.conf'], capture_output=True, text=True, check=True).stdout.splitlines()]
old, new = dict(r for r in show(chosen + '~1') if len(r) == 2), dict(r for r in show(chosen) if len(r) == 2)
rows = show('HEAD')
with open('parcel.conf', 'w') as file:
    for row in rows:
        if len(row) == 2 and old[row[0]] != new[row[0]]:
            row[1] = new[row[0]]
        print(' = '.join(row), file=file)
EOF
for c in $keep; do git cherry-pick $c > /dev/null 2>&1 || { python3 /tmp/theirs.py $c; git add parcel.conf; git -c core.editor=true cherry-pick --continue > /dev/null; }; done; git status --short --branch
git log --format='%h %an %ad %s' main..; git diff main -- parcel.conf
git log --format=%ae $base..$lost | LC_ALL=C sort -u > /tmp/authors; cat /tmp/authors
jq -n --arg tip $lost --arg base $base --argjson skipped $skipped --rawfile a /tmp/authors '{tip: $tip, base: $base, authors: ($a | split("\n") | map(select(. != ""))), skipped: $skipped}' > ../recovered.json; cd ..; cat recovered.json
