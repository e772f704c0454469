#!/bin/bash
cd /app/intake
ls mirror trust
cat trust/keys.csv trust/releases.csv
r=$(ls mirror | head -1); ls -l mirror/$r; cat mirror/$r/SHA256SUMS
for r in $(ls mirror); do by=none; for k in trust/k*.pem; do openssl pkeyutl -verify -pubin -inkey $k -rawin -in mirror/$r/SHA256SUMS -sigfile mirror/$r/SHA256SUMS.sig > /dev/null 2>&1 && by=$(basename $k .pem); done; echo $r,$by; done > /tmp/signed.csv
cat /tmp/signed.csv
for r in $(ls mirror); do (cd mirror/$r && sha256sum -c SHA256SUMS 2> /dev/null | grep -v ': OK$' | sed "s,^,$r/,; s/: FAILED.*//"); done > /tmp/altered.txt
for r in $(ls mirror); do (cd mirror/$r && find . -type f -name '*' | sed 's,^./,,' | grep -v '^SHA256SUMS' | while read -r f; do grep -q "  $f\$" SHA256SUMS || echo $r/$f; done); done > /tmp/added.txt
cat /tmp/altered.txt; echo; cat /tmp/added.txt
LC_ALL=C sort -u /tmp/altered.txt /tmp/added.txt > suspect-files.txt
cat > /tmp/judge.py <<'EOF'
import csv

keys = {row["key"]: row for row in csv.DictReader(open("trust/keys.csv"))}
releases = {row["release"]: row for row in csv.DictReader(open("trust/releases.csv"))}
altered = {line.split("/")[0] for line in open("/tmp/altered.txt")}
added = {line.split("/")[0] for line in open("/tmp/added.txt")}
for line in open("/tmp/signed.csv"):
    name, by = line.strip().split(",")
    key, day = keys.get(by), releases[name]["day"]
    if key is None:
        verdict = "bad-signature"
    elif key["owner"] != releases[name]["publisher"]:
        verdict = "wrong-signer"
    elif not key["first_day"] <= day <= key["last_day"] or key["revoked_on"] and key["revoked_on"] <= day:
        verdict = "key-not-valid"
    else:
        verdict = "file-altered" if name in altered else "file-added" if name in added else "ok"
    print(name, by, verdict, sep=",")
EOF
python3 /tmp/judge.py | LC_ALL=C sort > /tmp/verdicts.csv
cut -d, -f3 /tmp/verdicts.csv | sort | uniq -c
release=$(grep -m1 ',bad-signature$' /tmp/verdicts.csv | cut -d, -f1); echo $release
(echo release,signed_by,verdict; cat /tmp/verdicts.csv) > verdicts.csv
cd /app/workspace/"$release"
ls proxy proxy/* trust | head -60
cat proxy/conf.d/$(ls proxy/conf.d | head -1); head -4 trust/revoked.csv
openssl x509 -in trust/root.pem -noout -subject -dates; for f in proxy/issuers/*.pem; do openssl x509 -in $f -noout -subject -serial -enddate; done
for f in proxy/conf.d/*.conf; do awk '{sub(";", "", $2)} $1 == "server_name" {s = $2} $1 == "tls_certificate" {c = $2} $1 == "tls_intermediate" {i = $2} $1 == "tls_key" {k = $2} END {print s, c, i, k}' $f; done | LC_ALL=C sort > /tmp/hosts.txt
wc -l /tmp/hosts.txt; head -3 /tmp/hosts.txt
mkdir -p /tmp/facts; cd proxy; while read s c i k; do openssl x509 -in $c -noout -issuer -serial -startdate -enddate -dateopt iso_8601 -checkhost $s > /tmp/facts/$s; done < /tmp/hosts.txt
tail -n 6 $(ls -d /tmp/facts/* | head -2)
grep -L 'does match' /tmp/facts/* | xargs -r -n1 basename | tee /tmp/name-mismatch
while read s c i k; do [ "$(openssl x509 -in $c -noout -pubkey)" = "$(openssl pkey -in $k -pubout)" ] || echo $s; done < /tmp/hosts.txt | tee /tmp/key-mismatch
awk -F= '$1 == "notBefore" && $2 > "2024-07-08 12:00" {print FILENAME}' /tmp/facts/* | xargs -r -n1 basename | tee /tmp/not-yet-valid
awk -F= '$1 == "notAfter" && $2 < "2024-07-08 12:00" {print FILENAME}' /tmp/facts/* | xargs -r -n1 basename | tee /tmp/expired
while read s c i k; do openssl verify -attime $(date -ud '2024-07-08 12:00' +%s) -CAfile ../trust/root.pem -untrusted $i $c > /dev/null 2>&1 || echo $s; done < /tmp/hosts.txt | tee /tmp/untrusted
for i in issuers/*.pem; do echo "$i $(openssl x509 -in $i -noout -issuer -serial | sed 's/.*= *//' | paste -sd,)"; done | tee /tmp/issuers.txt
while read s c i k; do own=$(sed -n 's/^issuer=CN *= *//p; s/^serial=//p' /tmp/facts/$s | paste -sd,); over=$(sed -n "s,^$i ,,p" /tmp/issuers.txt); grep -qxF -e "$own" -e "$over" ../trust/revoked.csv && echo $s; done < /tmp/hosts.txt | tee /tmp/revoked
(echo server,problem,serial; while read s c i k; do p=none; for q in revoked untrusted expired not-yet-valid name-mismatch key-mismatch; do grep -qxF $s /tmp/$q && p=$q; done; echo $s,$p,$(sed -n s/^serial=//p /tmp/facts/$s); done < /tmp/hosts.txt) > ../report.csv; cd ..
cut -d, -f2 report.csv | sort | uniq -c
server=$(grep -m1 ,key-mismatch, report.csv | cut -d, -f1); echo $server
grep ,none, report.csv | cut -d, -f1 | while read s; do echo "$(sed -n 's/^notAfter=\(..........\).*/\1/p' /tmp/facts/$s) $s"; done | awk -v end=$(date -ud '2024-07-08 12:00 30 days' +%F) '$1 <= end' | sort > renew.txt
cd /app
sha256sum intake/verdicts.csv intake/suspect-files.txt workspace/"$release"/report.csv workspace/"$release"/renew.txt | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg release "$release" --argjson files "$digests" '{release: $release, files: $files}' > handover.json
