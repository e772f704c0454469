#!/bin/sh
cd /app/workspace/bcn-inventory-14/timber
read name version < VERSION
sed -i s/@VERSION@/$version/ *.in
tar czf $1 *
echo packed on $(date) >> release.orig
