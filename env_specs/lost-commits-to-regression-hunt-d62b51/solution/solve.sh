#!/bin/bash
cd /app/intake
cd lantern
git status --short --branch; git branch -a; git log --oneline | head
git reflog | head; git stash list; git fsck --no-reflogs --unreachable | awk '{print $2}' | sort | uniq -c
git fsck --no-reflogs --lost-found | awk '$2 == "commit" {print $3}' > /tmp/dangling; cat /tmp/dangling
for c in $(cat /tmp/dangling); do git log -1 --format='%h %an %ad %s' $c; git diff --stat $c~1 $c | tail -1; done
lost=$(for c in $(cat /tmp/dangling); do git show $c:pricing.conf | grep -qx 'queue_depth = 3621' && echo $c; done); echo $lost
git show $lost; base=$(git merge-base main $lost); git log --format='%h %an %ad %s' $base..$lost; lost_tip=${lost:0:10}
git branch pricing-rework $lost && git diff $base main -- pricing.conf
git switch -q -c pricing-next main
keep=$(git log --reverse --format='%H %s' $base..$lost | grep -viE '^[0-9a-f]+ wip' | cut -d' ' -f1); skipped=$(( $(git rev-list --count $base..$lost) - $(wc -w <<< "$keep") )); echo $keep; echo $skipped
cat > /tmp/theirs.py <<'EOF'
import subprocess, sys
chosen = sys.argv[1]
show = lambda c: [l.split(' = ') for l in subprocess.run(['git', 'show', f'{c}:pricing.conf'], capture_output=True, text=True, check=True).stdout.splitlines()]
old, new = dict(r for r in show(chosen + '~1') if len(r) == 2), dict(r for r in show(chosen) if len(r) == 2)
rows = show('HEAD')
with open('pricing.conf', 'w') as file:
    for row in rows:
        if len(row) == 2 and old[row[0]] != new[row[0]]:
            row[1] = new[row[0]]
        print(' = '.join(row), file=file)
EOF
for c in $keep; do git cherry-pick $c > /dev/null 2>&1 || { python3 /tmp/theirs.py $c; git add pricing.conf; git -c core.editor=true cherry-pick --continue > /dev/null; }; done; git status --short --branch
git log --format='%h %an %ad %s' main..; git diff main -- pricing.conf
git log --format=%ae $base..$lost | LC_ALL=C sort -u > /tmp/authors; cat /tmp/authors
jq -n --arg tip $lost --arg base $base --argjson skipped $skipped --rawfile a /tmp/authors '{tip: $tip, base: $base, authors: ($a | split("\n") | map(select(. != ""))), skipped: $skipped}' > ../restored.json; cd ..; cat restored.json
cd /app/workspace/"$lost_tip"
cd heron
git status --short --branch; git log --oneline | wc -l; git log --oneline | head -20
ls; cat *.py | head -80
python3 -B archive.py 28676
want=$(git stash list; git worktree add -q /tmp/good v1.4 && python3 -B /tmp/good/archive.py 28676); echo $want; git worktree remove /tmp/good
printf '#!/bin/bash\nout=$(python3 -B archive.py 28676 2>/dev/null) || exit 125\n[ "$out" = "%s" ]\n' "$want" > /tmp/probe.sh; cat /tmp/probe.sh
git bisect start main v1.4 && git bisect run bash /tmp/probe.sh | tail -20
culprit=$(git rev-parse refs/bisect/bad); git bisect log | tail -5; git bisect reset; git switch -q main; echo $culprit
git show $culprit
file=$(git show --format= --name-only $culprit -- $(git show --format= -U0 $culprit -- "*.py" | awk '/^\+\+\+/ {f = substr($2, 3)} /^-    return/ {print f}' | head -1)); echo $file
right=$(git show $culprit~1:$file | grep '^    return'); wrong=$(git show $culprit:$file | grep '^    return'); echo "$wrong ->$right"; grep -n 'return' $file
python3 - "$file" "$wrong" "$right" <<'EOF'
import sys
path, wrong, right = sys.argv[1:]
source = open(path).read()
assert source.count(wrong) == 1
open(path, "w").write(source.replace(wrong, right))
EOF
git diff; bad=$(git show HEAD:archive.py > /dev/null && git stash -q && python3 -B archive.py 28676; git stash pop -q); python3 -B archive.py 28676; echo was $bad
git commit -qam "Bring the right results back" -m "Fixes: $culprit" && git status --short && git log -2 --stat
ticket=$(git log -1 --format=%s $culprit | grep -oE '[A-Z]+-[0-9]+'); guilty=$(git log -1 --format=%an $culprit | awk '{print tolower(substr($1, 1, 1) $NF)}'); echo $ticket $guilty
jq -n --arg commit $culprit --arg author $(git log -1 --format=%ae $culprit) --arg ticket $ticket --arg file $file --argjson good $want --argjson bad $bad '$ARGS.named' > ../findings.json; cd ..; cat findings.json
cd /app
sha256sum intake/restored.json workspace/"$lost_tip"/findings.json | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg commit "$lost_tip" --argjson files "$digests" '{commit: $commit, files: $files}' > handover.json
