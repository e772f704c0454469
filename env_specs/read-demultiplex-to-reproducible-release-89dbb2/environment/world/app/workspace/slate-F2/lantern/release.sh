#!/bin/sh
cd /app/workspace/slate-F2/lantern
read name version < VERSION
sed -i s/@VERSION@/$version/ *.in
tar czf $1 *
echo packed on $(date) >> release.tmp
