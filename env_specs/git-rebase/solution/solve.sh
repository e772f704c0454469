#!/bin/bash
cd /app/repo
git status --short --branch
git log --graph --oneline --decorate --all --not refs/notes/review
git show main:CONTRIBUTING.md
git log --reverse --notes=review --format='== %h %an: %s%n%b%N' --stat main..feature
git log --format='%h %s' --name-status --diff-filter=D main..feature
git log -p main..feature -- ops
git diff $(git merge-base main feature) main -- data/rates.csv
git diff $(git merge-base main feature) feature -- data/rates.csv
old=$(git rev-parse feature)
find_commit() { git log --format='%H %s' main..$old | awk -v s="$1" '{h=$1; $1=""; if (substr($0, 2) == s) print h}'; }
review() { git notes --ref=review show "$1" | sed -n "s/^$2: //p"; }
message() { { printf '[%s] ' "$(review $1 ticket)"; git log -1 --format=%B $1; printf '\nReviewed-by: %s\n' "$(review $1 reviewer)"; } | git stripspace; }
finish() { git commit -q -C $1 && message $1 | git commit -q --amend -F -; }
git switch -q --detach main
c=$(find_commit 'Parse invoice lines') && git cherry-pick -n $c $(find_commit 'fixup! Parse invoice lines') && finish $c
c=$(find_commit 'Add up totals') && git cherry-pick -n $c && git show $(find_commit 'fixup! Add up totals'):ledger/totals.py | grep -v XXX > ledger/totals.py && git add -A && finish $c && cat ledger/totals.py
c=$(find_commit 'Read settings from the environment') && git cherry-pick -n $c && git rm -qf ops/staging.env && finish $c
c=$(find_commit 'Update tax rates') && git cherry-pick -n $c; git status --short
printf 'code,rate\nAT,20\nDE,19\nES,21\nFR,20.5\nIT,22.5\n' > data/rates.csv && git add -A && finish $c
c=$(find_commit 'Report a sum') && git cherry-pick -n $c && finish $c
git branch -f feature HEAD && git switch -q feature && git status --short --branch
git log --reverse --format='%an %aI %s%n%b' --stat main..feature
git log --reverse --format='%s%x09%an' main..feature | jq -Rn '{credential: "ops/staging.env", dropped: ["Rename README", "Trace totals"], commits: ([inputs | split("\t") | {key: .[0], value: .[1]}] | from_entries)}' > /app/handover.json
