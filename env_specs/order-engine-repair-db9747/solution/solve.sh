#!/bin/bash
ls -R pricing examples data | head -40
cat RULES.md
cat pricing/parse.py pricing/amounts.py
cat pricing/discount.py pricing/charges.py pricing/report.py
for f in examples/*.csv; do python3 -m pricing "$f" | diff - "${f%.csv}.expected"; done
fix() { python3 -c 'import sys; p, a, b = sys.argv[1:]; s = open(p).read(); assert a in s, a; open(p, "w").write(s.replace(a, b, 1))' "$@"; }
fix pricing/report.py 'tax(sum(q * c for q, c in lines), country) +' 'tax(net, country) +'
fix pricing/parse.py 'int(part or 0)' 'int(part.ljust(2, "0"))'
fix pricing/charges.py 'if net > FREE_FROM' 'if net >= FREE_FROM'
for f in examples/*.csv; do python3 -m pricing "$f" | diff - "${f%.csv}.expected" && echo "$f agrees"; done
python3 -m pricing data/orders.csv > out.csv; find . -name __pycache__ -exec rm -r {} +; head -3 out.csv; best_customer=$(head -1 out.csv | cut -d, -f1)
