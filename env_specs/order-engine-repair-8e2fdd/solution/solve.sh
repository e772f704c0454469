#!/bin/bash
ls -R pricing examples data | head -40
cat RULES.md
cat pricing/parse.py pricing/amounts.py
cat pricing/discount.py pricing/charges.py pricing/report.py
for f in examples/*.csv; do python3 -m pricing "$f" | diff - "${f%.csv}.expected"; done
fix() { python3 -c 'import sys; p, a, b = sys.argv[1:]; s = open(p).read(); assert a in s, a; open(p, "w").write(s.replace(a, b, 1))' "$@"; }
fix pricing/parse.py 'row[0].startswith("#")' 'row[0].strip().startswith("#")'
fix pricing/parse.py 'int(part or 0)' 'int(part.ljust(2, "0"))'
fix pricing/discount.py 'best = best or tenths' 'best = max(best, tenths)'
fix pricing/charges.py '(1 + pieces // 7)' '(1 + (pieces - 1) // 7)'
for f in examples/*.csv; do python3 -m pricing "$f" | diff - "${f%.csv}.expected" && echo "$f agrees"; done
python3 -m pricing data/orders.csv > statements.csv; find . -name __pycache__ -exec rm -r {} +; head -3 statements.csv; best_customer=$(head -1 statements.csv | cut -d, -f1)
