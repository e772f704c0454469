#!/bin/sh
cd /app/workspace/vie-rt5/onyx
read name version < VERSION
sed -i s/@VERSION@/$version/ *.in
tar czf $1 *
echo packed on $(date) >> release.log
