#!/bin/bash
cat backups/README.md
cat backups/catalog.csv; ls -l backups/*/ | head -50
for s in primary offsite; do tail -n +2 backups/catalog.csv | awk -F, -v s=$s '{print $4 "  " s "/" $1}'; done > /tmp/sums; (cd backups && sha256sum -c /tmp/sums 2> /dev/null) > /tmp/state; grep -c OK /tmp/state
grep -v ': OK$' /tmp/state | sed 's/: FAILED.*//' | LC_ALL=C sort > /tmp/damaged; cat /tmp/damaged
tail -n +2 backups/catalog.csv | while IFS=, read -r n k d s; do for t in offsite primary; do grep -qxF $t/$n /tmp/damaged || echo $n $k $d $t; done | tail -1; done | sort -k3,3 > /tmp/usable; cat /tmp/usable
awk '$3 <= "2024-08-28" {a[NR] = $0; if ($2 == "full") {f = NR; d = 0} if ($2 == "diff") d = NR; n = NR} END {print a[f]; if (d) print a[d]; for (i = (d ? d : f) + 1; i <= n; i++) print a[i]}' /tmp/usable > /tmp/plan; cat /tmp/plan
tar tvf backups/$(awk 'NR == 1 {print $4 "/" $1}' /tmp/plan) | head; tar xOf backups/$(awk 'END {print $4 "/" $1}' /tmp/plan) .deleted
mkdir restored; while read -r n k d t; do tar xpf backups/$t/$n -C restored; if [ -f restored/.deleted ]; then (cd restored && xargs -r -d '\n' rm -f < .deleted; rm .deleted); fi; done < /tmp/plan
find restored -type f | wc -l; find restored -type l -ls; find restored -type d -empty -delete
largest=$(find restored -type f -printf '%s %P\n' | sort -n | tail -1 | cut -d' ' -f2); folder=${largest%%/*}; echo $folder
jq -n --rawfile plan /tmp/plan --rawfile damaged /tmp/damaged --arg largest $largest --argjson files $(find restored -type f | wc -l) --argjson bytes $(find restored -type f -printf '%s\n' | awk '{s += $1} END {print s}') 'def rows: split("\n") | map(select(. != "")); {archives: ($plan | rows | map(split(" ") | {name: .[0], store: .[3]})), damaged: ($damaged | rows), $files, $bytes, $largest}' > restore.json
