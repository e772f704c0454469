#!/bin/bash
cd /app/project && find . -type f | xargs ls -l --time-style=+%F
cat docs/building.md
cat Makefile test/run.sh; grep -n '#include "' -r lib src include
ar t build/libunits.a | tee /tmp/members; ls lib
cp -r . /tmp/fresh && rm -r /tmp/fresh/build && make -C /tmp/fresh conv 2>&1 | tail -3; make -n 2>&1 | tail -3
ls lib/*.c | sed 's/.*\///; s/c$/o/' | { cat; echo names.o; } | sort > /tmp/wanted; sort /tmp/members | comm -23 - /tmp/wanted | tee /tmp/stale
cat > Makefile <<'MK'
# What this has to do is written in docs/building.md.
CC = gcc
CFLAGS = -O2 -Wall
LDFLAGS =
LDLIBS =
PREFIX = /usr/local

LIB_OBJECTS := $(sort $(patsubst lib/%.c,build/%.o,$(wildcard lib/*.c)) build/names.o)
SRC_OBJECTS := $(patsubst src/%.c,build/%.o,$(wildcard src/*.c))
COMPILE = $(CC) -Iinclude -Ibuild -Ilib $(DEFINES) $(CFLAGS) -MMD -MP -c

# Stamps change when what they hold does; at reading, so that `make -q` stays true to the facts.
remember = $(shell mkdir -p build; printf '%s\n' '$(subst ','\'',$(2))' | cmp -s - build/$(1) || printf '%s\n' '$(subst ','\'',$(2))' > build/$(1))
ifneq ($(MAKECMDGOALS),clean)
$(call remember,flags,$(CC) $(CFLAGS))
$(call remember,members,$(LIB_OBJECTS))
endif

conv: $(SRC_OBJECTS) build/libunits.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lm

build/libunits.a: $(LIB_OBJECTS) build/members
	rm -f $@
	ar rc $@ $(LIB_OBJECTS)

build/gentable: tools/gentable.c build/flags
	$(CC) $(CFLAGS) -o $@ $<

build/tables.h: units.tsv build/gentable
	build/gentable --header units.tsv > $@

build/names.c: units.tsv build/gentable
	build/gentable --names units.tsv > $@

build/%.o: lib/%.c build/flags | build/tables.h
	$(COMPILE) -o $@ $<

build/%.o: src/%.c build/flags | build/tables.h
	$(COMPILE) -o $@ $<

build/names.o: build/names.c build/flags
	$(COMPILE) -o $@ $<

build/version.o: DEFINES = -DVERSION=\"$(shell cat VERSION)\"
build/version.o: VERSION

test: conv
	sh test/run.sh ./conv

install: conv
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/include"
	install -m 755 conv "$(DESTDIR)$(PREFIX)/bin/conv"
	install -m 644 include/units.h "$(DESTDIR)$(PREFIX)/include/units.h"

clean:
	rm -rf build conv

.PHONY: test install clean
.DELETE_ON_ERROR:

-include $(wildcard build/*.d)
MK
make clean && GENTABLE_DELAY_MS=50 make -j8 && make -q && make test; echo "status $?"
touch lib/scale.h && make -n | grep -o 'build/[a-z]*\.o' | sort -u; touch VERSION && make -n; make -s
touch -d '1 hour ago' lib/scale.h && make -s && touch /tmp/mark && sleep 0.1 && touch lib/scale.h && make -s && find build -name '*.o' -newer /tmp/mark -printf '%f\n' | sort | tee /tmp/objects
make -s CFLAGS=-O0 LDLIBS= && make -s install DESTDIR=/tmp/stage PREFIX=/opt && find /tmp/stage -type f | xargs ls -l; cat > lib/extra.c <<<'int extra;' && make -s && ar t build/libunits.a && rm lib/extra.c && make -s && ar t build/libunits.a
make clean && make && make -q && jq -n --rawfile stale /tmp/stale --rawfile objects /tmp/objects --arg version "$(./conv --version)" --arg sum "$(./conv --table | sha256sum | cut -d' ' -f1)" '{stale: ($stale | split("\n") | map(select(. != ""))), version: $version, table_sha256: $sum, objects: ($objects | split("\n") | map(select(. != "")))}' | tee /app/report.json
