#!/bin/bash
cd fathom && git status --short --branch && git branch -a && git tag
git show main:RELEASING.md
git log --oneline main | wc -l; git log --oneline release/1.9 | head
git log --format='%h %s%n%(trailers:unfold)' release/1.9..main | grep -v '^$' | head -60
git log --format='%H %s' --grep='This reverts commit' main | cut -c1-100
cat > /tmp/plan.py <<'EOF'
import json, re, subprocess
run = lambda *a: subprocess.run(["git", *a], capture_output=True, text=True, check=True).stdout
there = {s.split(":")[0] for s in run("log", "--format=%s", "release/1.9").splitlines()}
commits = [c.split("\x1f") for c in run("log", "--reverse", "--topo-order", "--format=%H%x1f%s%x1f%B%x1e", "release/1.9..main").split("\x1e") if c.strip()]
rows = {h.strip(): (s.split(":")[0], b) for h, s, b in commits}
dead, reverts = set(), set()
for sha in reversed(list(rows)):
    found = re.search(r"This reverts commit (\w+)", rows[sha][1])
    if found:
        reverts.add(sha)
        if sha not in dead:
            dead.add(found[1])
by_ticket = {t: h for h, (t, _) in rows.items()}
picked, skipped = set(), {}
def take(sha):
    ticket, body = rows[sha]
    if ticket not in there:
        picked.add(sha)
        for need in re.findall(r"^Needs: (.*)$", body, re.M):
            if need in by_ticket:
                take(by_ticket[need])
for sha, (ticket, body) in rows.items():
    if sha not in reverts and re.search(r"^Backport: 1[.]9$", body, re.M):
        if sha in dead: skipped[ticket] = "reverted"
        elif ticket in there: skipped[ticket] = "present"
        else: take(sha)
order = [h for h in rows if h in picked]
json.dump({"picked": [rows[h][0] for h in order], "skipped": skipped}, open("/tmp/plan.json", "w"))
print("\n".join(order))
EOF
python3 /tmp/plan.py > /tmp/order; cat /tmp/plan.json
for c in $(cat /tmp/order); do git log -1 --format='%h %an: %s' $c; done
git switch -q release/1.9 && git cherry-pick -x $(cat /tmp/order) > /dev/null && git log --oneline | head -30
{ printf '## 1.9.3\n\n'; for c in $(cat /tmp/order); do git log -1 --format='- %s (%an)' $c; done; echo; cat CHANGES; } > /tmp/changes && mv /tmp/changes CHANGES && echo 1.9.3 > VERSION && head -20 CHANGES
git commit -qam 'Release 1.9.3' && git tag -a -m 'Release 1.9.3' v1.9.3 && git show --stat v1.9.3
git status --short --branch; git log -3 --format='%an %ad%n%B'
jq --arg tip $(git rev-parse HEAD) '. + {tip: $tip}' /tmp/plan.json > ../release.json; last_ticket=$(jq -r '.picked[-1]' ../release.json); cd ..; cat release.json
