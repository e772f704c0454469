#!/bin/bash
ls -R logs | head -40
for d in logs/*/; do zcat -f "$d"auth.log.1.gz "$d"auth.log > /tmp/$(basename "$d").log; done
wc -l /tmp/*.log
head -5 /tmp/$(ls logs | head -1).log
grep -h 'Failed password' /tmp/*.log | awk '{print $4, $(NF-3)}' | sort | uniq -c | sort -rn > /tmp/failed.txt
head -20 /tmp/failed.txt
awk '$1 >= 18 {print $3}' /tmp/failed.txt | LC_ALL=C sort -u > blocklist.txt
cat blocklist.txt
awk '$1 >= 18 {print $2, $3}' /tmp/failed.txt | while read h a; do grep -H "Accepted password for .* from $a " /tmp/$h.log | head -1; done | tee /tmp/hit.txt
host=$(basename $(cut -d: -f1 /tmp/hit.txt) .log); line=$(cut -d: -f2- /tmp/hit.txt); echo "$host"
address=$(awk '{print $(NF-3)}' <<< "$line"); account=$(awk '{print $9}' <<< "$line"); when=${line:0:15}
number=$(grep -nF "$line" /tmp/$host.log | cut -d: -f1); failures=$(head -$number /tmp/$host.log | grep -c "Failed password for .* from $address "); echo $failures
pid=$(grep -o 'sshd\[[0-9]*\]' <<< "$line"); grep -F "$pid" /tmp/$host.log
closed=$(grep -F "$pid" /tmp/$host.log | grep closed | cut -c1-15); seconds=$(( $(date -ud "$closed 2023" +%s) - $(date -ud "$when 2023" +%s) )); echo $seconds
jq -n --arg host "$host" --arg address "$address" --arg account "$account" --argjson failures "$failures" --arg first_login "$when" --argjson session_seconds "$seconds" '$ARGS.named' > incident.json
