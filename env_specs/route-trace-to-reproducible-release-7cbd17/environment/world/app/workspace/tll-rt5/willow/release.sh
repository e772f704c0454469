#!/bin/sh
cd /app/workspace/tll-rt5/willow
read name version < VERSION
sed -i s/@VERSION@/$version/ *.in
tar czf $1 *
echo packed on $(date) >> release.tmp
