#!/bin/bash
cd /app/intake
ls -l captures sample
cat FORMAT.md
xxd sample/short.rec | head -12
head -5 sample/short.csv; wc -l sample/short.csv
cat > decode.py <<'EOF'
"""Readings of a logger recording; see FORMAT.md."""
import sys
import zlib

MARK = bytes.fromhex("c788")


def check(data):
    return zlib.crc32(data)


def decode(data):
    now, offsets, readings, damaged, place = 0, {}, [], 0, 0
    while (place := data.find(MARK, place)) >= 0:
        head = data[place + 2 : place + 4]
        end = place + 4 + (head[1] if len(head) == 2 else 0)
        stored = data[end : end + 4]
        if len(head) < 2 or len(stored) < 4 or int.from_bytes(stored, "big") != check(data[place + 2 : end]):
            damaged, place = damaged + 1, place + 1
            continue
        kind, body = head[0], data[place + 4 : end]
        place = end + 4
        if kind == 20:
            now = int.from_bytes(body, "big")
        elif kind == 48:
            offsets[body[0]] = int.from_bytes(body[1:3], "big", signed=True)
        elif kind == 31:
            delta = shift = 0
            for at, byte in enumerate(body[1:], 1):
                delta |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
            now += delta
            raw = int.from_bytes(body[at + 1 : at + 3], "big", signed=True)
            readings.append((now, body[0], raw + offsets.get(body[0], 0)))
    return readings, damaged


if __name__ == "__main__":
    readings, damaged = decode(open(sys.argv[1], "rb").read())
    for now, channel, value in readings:
        print(f"{now},{channel},{value / 10:.1f}")
    print(damaged, "damaged", file=sys.stderr)
EOF
python3 decode.py sample/short.rec | diff - sample/short.csv && echo the sample agrees
for f in captures/*.rec; do echo "$f"; python3 decode.py "$f" | head -2; done
mkdir -p /tmp/csv && for f in captures/*.rec; do s=$(basename $f .rec); python3 decode.py $f > /tmp/csv/$s.csv 2> /tmp/csv/$s.err; done; cat /tmp/csv/*.err
for f in /tmp/csv/*.csv; do grep -c ',29,' $f; done
rm -f /tmp/rows; for f in captures/*.rec; do s=$(basename $f .rec); awk -F, -v s=$s -v d=$(cut -d' ' -f1 /tmp/csv/$s.err) 'NR == 1 {lo = hi = $1} {if ($1 < lo) lo = $1; if ($1 > hi) hi = $1; if ($2 == 29 && (!n++ || $3 > p)) p = $3 + 0} END {printf "{\"key\":\"%s\",\"value\":{\"readings\":%d,\"damaged\":%d,\"first\":%d,\"last\":%d,\"peak\":%.1f}}\n", s, NR, d, lo, hi, p}' /tmp/csv/$s.csv >> /tmp/rows; done; cat /tmp/rows
jq -s from_entries /tmp/rows > recordings.json; rm -rf __pycache__; cat recordings.json; top_station=$(jq -r 'to_entries | max_by(.value.peak) | .key' recordings.json)
cd /app/workspace/"$top_station"
cat PACKAGING.md
cat glacier/release.sh glacier/VERSION; find glacier | sort | head -50
find glacier -name '*.in' -exec tail -n +1 {} + | head -30; find glacier -type l -exec ls -l {} +
cat > glacier/release.sh <<'EOF'
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
find . -depth \( -name '*.tmp' -type f -o -name '*.bak' -type f -o -name '.cache' -type d -o -name 'drafts' -type d -o -name '.idea' -type d \) -exec rm -rf {} +
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
epoch=$(grep -oE 'entry is [0-9]+' PACKAGING.md | cut -d' ' -f3); sed -i s/@EPOCH/@$epoch/ glacier/release.sh; grep -n mtime glacier/release.sh
sh glacier/release.sh /tmp/one.tgz && tar tvzf /tmp/one.tgz | head -30
rm -rf /tmp/else; cp -r glacier /tmp/else; (cd /tmp; umask 077; TZ=Asia/Tokyo LANG=C.UTF-8 sh else/release.sh two.tgz); cmp /tmp/one.tgz /tmp/two.tgz && echo the same
sleep 1; touch glacier/VERSION; sh glacier/release.sh /tmp/three.tgz; sha256sum /tmp/*.tgz; xxd /tmp/one.tgz | head -1
tar tzf /tmp/one.tgz | grep -E '[.]tmp$|[.]bak$|/(.cache|drafts|.idea)/' ; tar xzOf /tmp/one.tgz --wildcards '*/VERSION'
cp /tmp/one.tgz release.tar.gz; ls -l release.tar.gz
rm -rf /tmp/unpacked; mkdir /tmp/unpacked; tar xzf /tmp/one.tgz -C /tmp/unpacked; find /tmp/unpacked -type f | wc -l
(cd /tmp/unpacked; find * -type f | LC_ALL=C sort | tr '\n' '\0' | xargs -0 sha256sum) > contents.sha256; head -3 contents.sha256
cd /app
sha256sum intake/recordings.json workspace/"$top_station"/contents.sha256 | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg station "$top_station" --argjson files "$digests" '{station: $station, files: $files}' > handover.json
