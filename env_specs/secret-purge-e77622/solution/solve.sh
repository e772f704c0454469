#!/bin/bash
cat alert.json
cd summit && git status --short --branch && git for-each-ref --format='%(objectname:short) %(refname)'
git log --all --oneline --graph | head -40
git log --all -p | grep -E '^[-+].*KEY' | head -20
git log --all -p --format= -m | grep -oE 'tok[.][a-z0-9]+' | LC_ALL=C sort -u > /tmp/candidates; wc -l /tmp/candidates
while read k; do echo "$(printf %s "$k" | sha256sum | cut -d' ' -f1) $k"; done < /tmp/candidates > /tmp/sums; for s in $(jq -r '.sha256[]' ../alert.json); do grep $s /tmp/sums; done | tee /tmp/leaked
git rev-list --all --date-order --reverse --timestamp | sort -n -s -k1,1 | cut -d' ' -f2 > /tmp/commits; wc -l /tmp/commits
while read sum key; do git grep -lF $key $(cat /tmp/commits) -- | awk -F: '!seen[$1]++' > /tmp/hits.$sum; head -1 /tmp/hits.$sum; done < /tmp/leaked
while read sum key; do first=$(head -1 /tmp/hits.$sum); c=${first%%:*}; jq -n --arg sha256 $sum --arg file ${first#*:} --arg commit $c --arg author $(git log -1 --format=%ae $c) --argjson commits $(wc -l < /tmp/hits.$sum) '$ARGS.named'; done < /tmp/leaked > /tmp/rows; cat /tmp/rows
jq -s . /tmp/rows > ../leaks.json; leaky_service=$(jq -r '.[0].file' ../leaks.json | xargs basename | cut -d. -f1); echo $leaky_service
awk '{m = $2; gsub(/./, "x", m); gsub(/[.]/, "[.]", $2); print "s|" $2 "|" m "|g"}' /tmp/leaked > /tmp/mask.sed; cat /tmp/mask.sed
git fast-export --all > /tmp/old.fi && LC_ALL=C sed -f /tmp/mask.sed /tmp/old.fi > /tmp/new.fi; ls -l /tmp/*.fi
git fast-import --force --quiet < /tmp/new.fi && git reset -q --hard main && git for-each-ref
git reflog expire --expire=now --all; rm -f .git/ORIG_HEAD .git/FETCH_HEAD; git gc -q --prune=now; git cat-file --batch --batch-all-objects | grep -acF -f <(cut -d' ' -f2 /tmp/leaked); git fsck --unreachable; git status --short --branch; cd ..
