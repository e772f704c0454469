#!/bin/bash
cd /app/intake
cat README.md; head -4 flows.csv; wc -l flows.csv
ls -R routers | head -20
r=routers/$(ls routers | head -1); tail -n +1 $r/addr.txt $r/rules.txt; head -20 $r/routes.txt
cat routers/*/routes.txt | awk '{print $1}' | grep -v '^[0-9]' | sort | uniq -c; grep -c linkdown routers/*/routes.txt
cat routers/*/rules.txt | sort | uniq -c | sort -rn | head
cat > /tmp/tables.py <<'EOF'
import glob, os
from ipaddress import ip_address, ip_interface, ip_network

owner, home, rules, routes = {}, {}, {}, {}
for folder in sorted(glob.glob("routers/*")):
    name = os.path.basename(folder)
    for line in open(f"{folder}/addr.txt"):
        port, _, address = line.split()
        owner[ip_interface(address).ip] = name
        if port.startswith("lan"):
            home[ip_interface(address).network] = name
    rules[name] = []
    for line in sorted(open(f"{folder}/rules.txt"), key=lambda line: int(line.split(":")[0])):
        word = line.split()
        rules[name].append((ip_network("0.0.0.0/0" if word[2] == "all" else word[2]), word[4]))
    routes[name] = {}
    for line in open(f"{folder}/routes.txt"):
        word = line.split()
        if word[-1] == "linkdown":
            continue
        kind = word.pop(0) if word[0] in ("blackhole", "unreachable") else ""
        value = lambda key, default: word[word.index(key) + 1] if key in word else default
        target = ip_network("0.0.0.0/0" if word[0] == "default" else word[0])
        via = ip_address(value("via", "0.0.0.0"))
        entry = (target, int(value("metric", 0)), kind, via)
        routes[name].setdefault(value("table", "main"), []).append(entry)

if __name__ == "__main__":
    print(len(owner), "addresses;", {name: sum(map(len, tables.values())) for name, tables in routes.items()})
EOF
python3 /tmp/tables.py
cat > /tmp/trace.py <<'EOF'
import csv
from tables import home, ip_address, owner, routes, rules

for flow in csv.DictReader(open("flows.csv")):
    source, goal = ip_address(flow["source"]), ip_address(flow["destination"])
    at, path, verdict = next(name for net, name in home.items() if source in net), [], ""
    while not verdict:
        path.append(at)
        if path.count(at) > 1:
            verdict = "loop"
            break
        fits = []
        for origin, table in rules[at]:
            if source in origin and not fits:
                fits = [r for r in routes[at].get(table, []) if goal in r[0]]
        if not fits:
            verdict = "no-route"
            break
        target, metric, kind, via = min(fits, key=lambda r: (-r[0].prefixlen, r[1]))
        if kind:
            verdict = "blackhole"
        elif via == ip_address("0.0.0.0"):
            verdict = "delivered"
        elif via not in owner:
            verdict = "dead-gateway"
        else:
            at = owner[via]
    print(flow["flow"], verdict, ">".join(path), sep=",")
EOF
python3 /tmp/trace.py > /tmp/traces.csv; head -5 /tmp/traces.csv
cut -d, -f2 /tmp/traces.csv | sort | uniq -c
(echo flow,verdict,path; cat /tmp/traces.csv) > traces.csv
for r in $(ls routers); do echo $r,$(cut -d, -f3 /tmp/traces.csv | grep -cE "(^|>)$r(>|$)"); done | LC_ALL=C sort -t, -k2,2nr -k1,1 > /tmp/load.csv
router=$(head -1 /tmp/load.csv | cut -d, -f1); echo $router
(echo router,flows; cat /tmp/load.csv) > load.csv
cd /app/workspace/"$router"
cat PACKAGING.md
cat onyx/release.sh onyx/VERSION; find onyx | sort | head -50
find onyx -name '*.in' -exec tail -n +1 {} + | head -30; find onyx -type l -exec ls -l {} +
cat > onyx/release.sh <<'EOF'
#!/bin/sh
# Packs a release; see PACKAGING.md.
set -eu
LC_ALL=C
export LC_ALL
case $1 in /*) output=$1 ;; *) output=$PWD/$1 ;; esac
case $0 in */*) cd "${0%/*}" ;; esac
read -r name version < VERSION
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
top=$stage/$name-$version
mkdir "$top"
cp -RP . "$top"
cd "$top"
rm -f release.sh
find . -depth \( -name '*.log' -type f -o -name '*.o' -type f -o -name '*.orig' -type f -o -name '*.tmp' -type f -o -name 'drafts' -type d -o -name 'staging' -type d -o -name 'scratch' -type d \) -exec rm -rf {} +
find . -type f -name '*.in' | while IFS= read -r file; do
    sed -e "s/@VERSION@/$version/g" -e "s/@NAME@/$name/g" "$file" > "${file%.in}"
    if [ -x "$file" ]; then chmod 755 "${file%.in}"; else chmod 644 "${file%.in}"; fi
    rm "$file"
done
find . -depth -type d -empty -exec rmdir {} \;
find . -type d -exec chmod 755 {} +
find . -type f -perm -u+x -exec chmod 755 {} +
find . -type f ! -perm -u+x -exec chmod 644 {} +
cd "$stage"
tar --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@EPOCH -cf "$stage/out.tar" "$name-$version"
gzip -9 -n < "$stage/out.tar" > "$output"
EOF
epoch=$(grep -oE 'entry is [0-9]+' PACKAGING.md | cut -d' ' -f3); sed -i s/@EPOCH/@$epoch/ onyx/release.sh; grep -n mtime onyx/release.sh
sh onyx/release.sh /tmp/one.tgz && tar tvzf /tmp/one.tgz | head -30
rm -rf /tmp/else; cp -r onyx /tmp/else; (cd /tmp; umask 077; TZ=Asia/Tokyo LANG=C.UTF-8 sh else/release.sh two.tgz); cmp /tmp/one.tgz /tmp/two.tgz && echo the same
sleep 1; touch onyx/VERSION; sh onyx/release.sh /tmp/three.tgz; sha256sum /tmp/*.tgz; xxd /tmp/one.tgz | head -1
tar tzf /tmp/one.tgz | grep -E '[.]log$|[.]o$|[.]orig$|[.]tmp$|/(drafts|staging|scratch)/' ; tar xzOf /tmp/one.tgz --wildcards '*/VERSION'
cp /tmp/one.tgz dist.tar.gz; ls -l dist.tar.gz
rm -rf /tmp/unpacked; mkdir /tmp/unpacked; tar xzf /tmp/one.tgz -C /tmp/unpacked; find /tmp/unpacked -type f | wc -l
(cd /tmp/unpacked; find * -type f | LC_ALL=C sort | tr '\n' '\0' | xargs -0 sha256sum) > manifest.txt; head -3 manifest.txt
cd /app
sha256sum intake/traces.csv intake/load.csv workspace/"$router"/manifest.txt | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg router "$router" --argjson files "$digests" '{router: $router, files: $files}' > handover.json
