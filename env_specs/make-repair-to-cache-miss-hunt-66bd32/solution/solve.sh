#!/bin/bash
cd /app/intake
cd quartz; ls -R . | head -40
cat Makefile
cat gen/limits.conf gen/mklimits.sh src/common.h src/main.c
grep -n '#include "' src/* | sort | head -30
make 2>&1 | tail -15
make -n clean 2>&1 | tail -3; make -n install | tail; ls . src gen
cat > Makefile <<'EOF'
PREFIX ?= /usr/local
CC = gcc
CFLAGS = -O1 -Wall -Isrc -Igen -MMD -MP
SOURCES = $(wildcard src/*.c)
OBJECTS = $(SOURCES:.c=.o)

.PHONY: all clean install

all: transit

transit: $(OBJECTS)
	$(CC) -o $@ $(OBJECTS) -lm

$(OBJECTS): %.o: %.c | gen/limits.h
	$(CC) $(CFLAGS) -c -o $@ $<

gen/limits.h: gen/limits.conf gen/mklimits.sh
	sh gen/mklimits.sh < gen/limits.conf > $@

clean:
	rm -f transit src/*.o src/*.d gen/limits.h

install: transit
	install -D -m 755 transit $(DESTDIR)$(PREFIX)/bin/transit
	install -D -m 644 NOTES.txt $(DESTDIR)$(PREFIX)/share/doc/transit/NOTES.txt

-include $(OBJECTS:.o=.d)
EOF
make -j4 2>&1 | tail -20; make
touch src/common.h; make; touch gen/limits.conf; make | head -3
make install DESTDIR=/tmp/stage PREFIX=/opt/x && find /tmp/stage -type f -printf '%m %P\n'
./transit < ../input.txt > ../results.txt; head -3 ../results.txt
make clean; ls . src gen; cd ..; heavy=$(grep -n . results.txt | sort -t: -k2,2n | tail -1 | cut -d: -f1); heavy=$(sed -n ${heavy}p input.txt); echo $heavy
cd /app/workspace/"$heavy"
ls -l builds; for f in builds/*; do zcat $f | wc -l; done
zcat builds/b2975.jsonl.gz | head -2 | jq -c .
for f in builds/*; do zcat $f | jq -r .target | sort > /tmp/$(basename $f .jsonl.gz).targets; done; comm -13 /tmp/b2966.targets /tmp/b2975.targets
zcat builds/*.gz | jq -c .env | sort | uniq -c | sort -rn | head
zcat builds/*.gz | jq -r '.command[:2] | join(" ")' | sort | uniq -c
cat > /tmp/misses.py <<'EOF'
import collections, gzip, hashlib, json, sys
def read(name):
    return {a["target"]: a for a in map(json.loads, gzip.open(f"builds/{name}.jsonl.gz", "rt"))}
def key(a):
    text = json.dumps([a["command"], a["env"], a["inputs"]], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
old, new = read("b2966"), read("b2975")
known = {key(a) for a in old.values()}
maker = {path: t for t, a in new.items() for path in a["outputs"]}
causes, variables = {}, set()
for t, a in new.items():
    if key(a) in known: continue
    b = old.get(t)
    if b is None: causes[t] = "new"
    elif a["command"] != b["command"]: causes[t] = "command"
    elif a["env"] != b["env"]:
        causes[t] = "env"
        variables |= {v for v in {*a["env"], *b["env"]} if a["env"].get(v) != b["env"].get(v)}
    elif set(a["inputs"]) != set(b["inputs"]) or any(a["inputs"][p] != b["inputs"][p] for p in a["inputs"] if p not in maker): causes[t] = "source"
    else: causes[t] = "upstream"
loose = sorted(t for t, a in new.items() if t in old and key(a) == key(old[t]) and a["outputs"] != old[t]["outputs"])
needs = {t: {maker[p] for p in a["inputs"] if p in maker} for t, a in new.items()}
def below(t, seen):
    for n in needs[t] - seen:
        seen.add(n)
        below(n, seen)
    return seen
weight = collections.Counter({t: 0 for t in [*loose, *(t for t, c in causes.items() if c != "upstream")]})
for t, c in causes.items():
    if c == "upstream": weight.update(set(weight) & below(t, set()))
with open(sys.argv[1], "w") as file:
    print("target,key,cause", file=file)
    for t in sorted(causes): print(t, key(new[t]), causes[t], sep=",", file=file)
json.dump({"hits": len(new) - len(causes), "misses": len(causes), "lost_millis": sum(new[t]["millis"] for t in causes), "causes": collections.Counter(causes.values()), "variables": sorted(variables), "nondeterministic": loose, "culprit": min(weight, key=lambda t: (-weight[t], t))}, open(sys.argv[2], "w"), indent=2)
EOF
python3 /tmp/misses.py /tmp/table.csv /tmp/report.json && cut -d, -f3 /tmp/table.csv | sort | uniq -c
cat /tmp/report.json; head -4 /tmp/table.csv
culprit=$(jq -r .culprit /tmp/report.json); for f in builds/*; do zcat $f | jq -c --arg t $culprit 'select(.target == $t) | [.env, .outputs]'; done
cp /tmp/table.csv misses.csv
cp /tmp/report.json cache.json; culprit=${culprit#//}; culprit=${culprit//[\/:]/-}; echo $culprit
cd /app
sha256sum intake/results.txt workspace/"$heavy"/misses.csv workspace/"$heavy"/cache.json | tee /tmp/digests
digests=$(awk '{print $2, $1}' /tmp/digests | jq -R 'split(" ") | {key: .[0], value: .[1]}' | jq -s from_entries)
jq -n --arg input "$heavy" --argjson files "$digests" '{input: $input, files: $files}' > handover.json
