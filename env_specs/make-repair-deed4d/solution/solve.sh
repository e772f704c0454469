#!/bin/bash
cd heron; ls -R . | head -40
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

all: pricing

pricing: $(OBJECTS)
	$(CC) -o $@ $(OBJECTS) -lm

$(OBJECTS): %.o: %.c | gen/limits.h
	$(CC) $(CFLAGS) -c -o $@ $<

gen/limits.h: gen/limits.conf gen/mklimits.sh
	sh gen/mklimits.sh < gen/limits.conf > $@

clean:
	rm -f pricing src/*.o src/*.d gen/limits.h

install: pricing
	install -D -m 755 pricing $(DESTDIR)$(PREFIX)/bin/pricing
	install -D -m 644 MANUAL.txt $(DESTDIR)$(PREFIX)/share/doc/pricing/MANUAL.txt

-include $(OBJECTS:.o=.d)
EOF
make -j4 2>&1 | tail -20; make
touch src/common.h; make; touch gen/limits.conf; make | head -3
make install DESTDIR=/tmp/stage PREFIX=/opt/x && find /tmp/stage -type f -printf '%m %P\n'
./pricing < ../input.txt > ../numbers.txt; head -3 ../numbers.txt
make clean; ls . src gen; cd ..; heavy=$(grep -n . numbers.txt | sort -t: -k2,2n | tail -1 | cut -d: -f1); heavy=$(sed -n ${heavy}p input.txt); echo $heavy
