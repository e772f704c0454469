#!/bin/bash
export GIT_PAGER=cat
cat ticket.md; head -3 winter.csv; cd /app/repo && git status -sb && git log --oneline --decorate -8
cat CONTRIBUTING.md docs/readings.md && git tag && git log --oneline v1.4..main | wc -l
git worktree add -q --detach /tmp/tree v1.4 && make -s -C /tmp/tree && /tmp/tree/meterly /app/winter.csv | grep H-31 | tee /tmp/right
make -s && ./meterly /app/winter.csv | tee /tmp/main.out | grep H-31; head -3 /tmp/main.out
# Output changed its form on the way, so only the last column of one meter is looked at; what does
# not build or cannot take the file says nothing about the mistake.
cat > /tmp/judge.sh <<'SH'
make -s clean && make -s 2>/dev/null || exit 125
out=$(./meterly /app/winter.csv 2>/dev/null) || exit 125
test "$(printf '%s\n' "$out" | awk '$1 == "H-31" { print $NF }')" = "$1"
SH
right=$(awk '{ print $NF }' /tmp/right); cd /tmp/tree && git bisect start main v1.4 && git bisect run sh /tmp/judge.sh $right > /tmp/bisect.log; grep -E 'first bad|skipped' /tmp/bisect.log
bad=$(git rev-parse refs/bisect/bad) && git bisect reset v1.4; git show --stat -p $bad -- src
for c in $(git rev-list --reverse v1.4..main); do git checkout -q $c && git clean -qfdx && { make -s 2>/dev/null >&2 || echo $c; }; done | tee /tmp/unbuildable
cd /app/repo && git worktree remove --force /tmp/tree && git worktree list
grep -n 'span' src/*.c
git log --format='%h %an %s' -S'% span' -- src
git switch -q -c fix/mtr-118 main
sed -i '/^static long span_of/,/^}/s/long span = 1;/long span = 10; \/* the tenths have a wheel too *\//' src/totals.c && sed -i 's/^    long span = 1;/    long span = 10; \/* the tenths have a wheel too *\//' src/peaks.c && git diff
printf 'big,2,2025-01-01T00:00,5.0\nbig,2,2025-01-02T00:00,47.3\nbig,2,2025-01-03T00:00,40.1\n' > tests/cases/mtr-118.csv && printf 'big\t3\t135.1\n' > tests/cases/mtr-118.out && make -s test
cat CHANGELOG.md | head -8; sed -i '0,/^## Unreleased$/s//&\n- MTR-118: sums and peaks were too low where much was used between two readings./' CHANGELOG.md
git add -A && git commit -q -m "Let the span of a meter count its tenths" -m "$(printf 'Fixes: %s ("%s")\nTicket: MTR-118' $(git rev-parse --short=12 $bad) "$(git log -1 --format=%s $bad)")" && git show --stat
make -s clean; make -s test && ./meterly /app/winter.csv | grep H-31; make -s clean; git status -sb; git branch -a
jq -n --arg bad $bad --arg author "$(git log -1 --format=%an $bad)" --arg tags "$(git tag --contains $bad)" --rawfile un /tmp/unbuildable --arg wrong "$(awk '$1 == "H-31" { print $NF }' /tmp/main.out)" --arg right $right '{first_bad: $bad, author: $author, releases: ($tags | split("\n")), unbuildable: ($un | split("\n") | map(select(. != ""))), wrong: ($wrong | tonumber), right: ($right | tonumber)}' > /app/report.json && cat /app/report.json
