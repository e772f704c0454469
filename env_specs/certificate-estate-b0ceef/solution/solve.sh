#!/bin/bash
ls proxy proxy/* trust | head -60
cat proxy/conf.d/$(ls proxy/conf.d | head -1); head -4 trust/revoked.csv
openssl x509 -in trust/root.pem -noout -subject -dates; for f in proxy/issuers/*.pem; do openssl x509 -in $f -noout -subject -serial -enddate; done
for f in proxy/conf.d/*.conf; do awk '{sub(";", "", $2)} $1 == "server_name" {s = $2} $1 == "tls_certificate" {c = $2} $1 == "tls_intermediate" {i = $2} $1 == "tls_key" {k = $2} END {print s, c, i, k}' $f; done | LC_ALL=C sort > /tmp/hosts.txt
wc -l /tmp/hosts.txt; head -3 /tmp/hosts.txt
mkdir -p /tmp/facts; cd proxy; while read s c i k; do openssl x509 -in $c -noout -issuer -serial -startdate -enddate -dateopt iso_8601 -checkhost $s > /tmp/facts/$s; done < /tmp/hosts.txt
tail -n 6 $(ls -d /tmp/facts/* | head -2)
grep -L 'does match' /tmp/facts/* | xargs -r -n1 basename | tee /tmp/name-mismatch
while read s c i k; do [ "$(openssl x509 -in $c -noout -pubkey)" = "$(openssl pkey -in $k -pubout)" ] || echo $s; done < /tmp/hosts.txt | tee /tmp/key-mismatch
awk -F= '$1 == "notBefore" && $2 > "2024-09-15 12:00" {print FILENAME}' /tmp/facts/* | xargs -r -n1 basename | tee /tmp/not-yet-valid
awk -F= '$1 == "notAfter" && $2 < "2024-09-15 12:00" {print FILENAME}' /tmp/facts/* | xargs -r -n1 basename | tee /tmp/expired
while read s c i k; do openssl verify -attime $(date -ud '2024-09-15 12:00' +%s) -CAfile ../trust/root.pem -untrusted $i $c > /dev/null 2>&1 || echo $s; done < /tmp/hosts.txt | tee /tmp/untrusted
for i in issuers/*.pem; do echo "$i $(openssl x509 -in $i -noout -issuer -serial | sed 's/.*= *//' | paste -sd,)"; done | tee /tmp/issuers.txt
while read s c i k; do own=$(sed -n 's/^issuer=CN *= *//p; s/^serial=//p' /tmp/facts/$s | paste -sd,); over=$(sed -n "s,^$i ,,p" /tmp/issuers.txt); grep -qxF -e "$own" -e "$over" ../trust/revoked.csv && echo $s; done < /tmp/hosts.txt | tee /tmp/revoked
(echo server,problem,serial; while read s c i k; do p=none; for q in revoked untrusted expired not-yet-valid name-mismatch key-mismatch; do grep -qxF $s /tmp/$q && p=$q; done; echo $s,$p,$(sed -n s/^serial=//p /tmp/facts/$s); done < /tmp/hosts.txt) > ../report.csv; cd ..
cut -d, -f2 report.csv | sort | uniq -c
server=$(grep -m1 ,key-mismatch, report.csv | cut -d, -f1); echo $server
grep ,none, report.csv | cut -d, -f1 | while read s; do echo "$(sed -n 's/^notAfter=\(..........\).*/\1/p' /tmp/facts/$s) $s"; done | awk -v end=$(date -ud '2024-09-15 12:00 21 days' +%F) '$1 <= end' | sort > renew.txt
