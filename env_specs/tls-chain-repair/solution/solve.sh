#!/bin/bash
cd /app/pki && ls -lR . | head -80
cat POLICY.md
cat issuing/ca.conf && head -30 root/*.txt root/serial issuing/*.txt issuing/serial issuing/crlnumber && jq -c 'to_entries[]' inventory.json
openssl x509 -in root/ca.crt -noout -subject -dates && openssl x509 -in issuing/ca.crt -noout -subject -issuer -dates -ext basicConstraints,keyUsage,subjectKeyIdentifier
for s in $(ls services); do echo "== $s $(stat -c %a services/$s/tls.key)"; openssl x509 -in services/$s/tls.crt -noout -subject -serial -dates -ext basicConstraints,keyUsage,extendedKeyUsage,subjectAltName,authorityKeyIdentifier | grep -v '^X509v3'; grep -c BEGIN services/$s/chain.pem; done
cat > /tmp/faults.sh <<'SH'
cd /app/pki
for s in $(ls services); do
    crt=services/$s/tls.crt; bad=
    openssl verify -no_check_time -partial_chain -trusted issuing/ca.crt $crt >/dev/null 2>&1 || bad="$bad issuer"
    [ "$(openssl x509 -in $crt -noout -pubkey)" = "$(openssl pkey -in services/$s/tls.key -pubout)" ] || bad="$bad key"
    start=$(date -d "$(openssl x509 -in $crt -noout -startdate | cut -d= -f2)" +%s)
    end=$(date -d "$(openssl x509 -in $crt -noout -enddate | cut -d= -f2)" +%s)
    [ $((end - start)) -le $((398 * 86400)) ] || bad="$bad length"
    have=$(openssl x509 -in $crt -noout -ext subjectAltName | tail -1 | tr -d ' ' | tr , '\n' | sort)
    want=$(jq -r --arg s $s '.[$s] | (.names[] | "DNS:" + .), (.addresses[] | "IPAddress:" + .)' inventory.json | sort)
    [ "$have" = "$want" ] || bad="$bad names"
    openssl x509 -in $crt -noout -text | grep -q 'Public Key Algorithm: ED25519' || bad="$bad type"
    openssl pkey -in services/$s/tls.key -noout -text | grep -q ED25519 || bad="$bad type"
    uses=$(openssl x509 -in $crt -noout -ext keyUsage,extendedKeyUsage | grep -v X509v3 | tr -d ' ' | paste -sd,)
    [ "$uses" = DigitalSignature,TLSWebServerAuthentication ] || bad="$bad usage"
    for one in $(printf '%s\n' $bad | sort -u); do echo "$s $one"; done
done
SH
bash /tmp/faults.sh | tee /tmp/faults
jq -r 'to_entries[] | select(.value.state != "active") | .key' inventory.json
cat > /tmp/ca.ext <<< $'basicConstraints = critical, CA:TRUE, pathlen:0\nkeyUsage = critical, keyCertSign, cRLSign\nsubjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid'
openssl req -new -key issuing/ca.key -subj '/O=Harbour/CN=Harbour Issuing' -out /tmp/ca.csr && openssl ca -batch -notext -config root/ca.conf -in /tmp/ca.csr -out issuing/ca.crt -extfile /tmp/ca.ext -startdate 20250602000000Z -enddate $(date -u -d "$(openssl x509 -in root/ca.crt -noout -enddate | cut -d= -f2)" +%Y%m%d%H%M%SZ) 2>&1 | tail -2
cp issuing/index.txt /tmp/before && openssl genpkey -algorithm ed25519 -out services/wiki/tls.key && chmod 600 services/*/tls.key
for s in $(cut -d' ' -f1 /tmp/faults | sort -u); do names=$(jq -r --arg s $s '.[$s] | [(.names[] | "DNS:" + .), (.addresses[] | "IP:" + .)] | join(",")' inventory.json); printf 'basicConstraints = critical, CA:FALSE\nkeyUsage = critical, digitalSignature\nextendedKeyUsage = serverAuth\nsubjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\nsubjectAltName = %s\n' $names > /tmp/leaf.ext; openssl req -new -key services/$s/tls.key -subj "/O=Harbour/CN=$(jq -r --arg s $s '.[$s].names[0]' inventory.json)" -out /tmp/leaf.csr && openssl ca -batch -notext -config issuing/ca.conf -in /tmp/leaf.csr -out services/$s/tls.crt -extfile /tmp/leaf.ext -startdate 20250602000000Z -enddate 20260601235959Z 2>&1 | grep -E 'Updated|rror'; done
for s in $(cut -d' ' -f1 /tmp/faults | sort -u); do openssl ca -config issuing/ca.conf -revoke issuing/issued/$(awk -F'\t' -v n="CN=$s." 'index($6, n) { print $4 }' /tmp/before).pem -crl_reason superseded 2>&1 | tail -1; done
openssl ca -config issuing/ca.conf -revoke services/backup/tls.crt -crl_reason cessationOfOperation && rm -r services/backup
for s in $(ls services); do cat services/$s/tls.crt issuing/ca.crt > services/$s/chain.pem; openssl verify -attime 1748900000 -CAfile root/ca.crt -untrusted issuing/ca.crt -purpose sslserver services/$s/tls.crt; done; bash /tmp/faults.sh
openssl ca -config issuing/ca.conf -gencrl -crl_lastupdate 20250602000000Z -crl_nextupdate 20250702000000Z -out issuing/crl.pem && openssl crl -in issuing/crl.pem -noout -text | grep -E 'Update|Serial|Reason|CRL Number' -A1; cat issuing/index.txt; ls . issuing
jq -n --rawfile f /tmp/faults --rawfile i issuing/index.txt '($f | split("\n") | map(select(. != "") | split(" ")) | group_by(.[0]) | map({key: .[0][0], value: map(.[1])}) | from_entries) as $faults | {faults: $faults, serials: ($i | split("\n") | map(select(startswith("V")) | split("\t") | {key: (.[5] | capture("CN=(?<n>[a-z]+)").n), value: .[3]}) | map(select($faults[.key])) | from_entries)}' | tee report.json
