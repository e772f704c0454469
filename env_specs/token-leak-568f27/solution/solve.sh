#!/bin/bash
cd ember && git status -sb && git branch -a && git log --oneline --all | wc -l
head -4 ../register.csv
git grep -nE 'gre_[a-z0-9]{24}' trunk -- | head
git log --all --reverse --date-order --format='%H %ct' > /tmp/commits.txt; git rev-list --all | xargs -n 50 git grep -ohE 'gre_[a-z0-9]{24}' | sort -u > /tmp/tokens.txt; wc -l /tmp/tokens.txt
while read -r t; do s=$(printf %s "$t" | sha256sum | cut -d' ' -f1); grep -F ",$s," ../register.csv | awk -F, -v t=$t '{print $1, $3, t}'; done < /tmp/tokens.txt > /tmp/real.txt
cut -d' ' -f1,2 /tmp/real.txt
sort -s -k2,2n /tmp/commits.txt | cut -d' ' -f1 > /tmp/oldest-first.txt
while read -r id status t; do for c in $(git log --all --format=%H -S"$t"); do git grep -F -l "$t" $c -- | sed "s/:/ /" | sed "s/^/$(git show -s --format=%ct $c) /"; done | sort -n | head -1 | sed "s/^/$id $status $t /"; done < /tmp/real.txt > /tmp/first.txt
cut -d' ' -f1,2,4- /tmp/first.txt
while read -r id status t when c path; do git grep -qF "$t" trunk -- && p=true || p=false; echo $id $status $c $(git show -s --format=%ae $c) $path $p; done < /tmp/first.txt > /tmp/leaks.txt; cat /tmp/leaks.txt
jq -nR '[inputs | split(" ") | {id: .[0], status: .[1], commit: .[2], author: .[3], path: .[4], present: (.[5] == "true")}] | sort_by(.id)' /tmp/leaks.txt > ../leaks.json; jq length ../leaks.json
token=$(awk '$2 == "active"' /tmp/first.txt | sort -k4,4n | head -1 | cut -d' ' -f1); echo $token
awk '$2 == "active"' /tmp/first.txt | sort -k4,4n | cut -d' ' -f1 > ../revoke.txt; cd ..
