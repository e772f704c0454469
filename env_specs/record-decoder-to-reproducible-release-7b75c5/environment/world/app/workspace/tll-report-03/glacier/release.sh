#!/bin/sh
cd /app/workspace/tll-report-03/glacier
read name version < VERSION
sed -i s/@VERSION@/$version/ *.in
tar czf $1 *
echo packed on $(date) >> release.tmp
