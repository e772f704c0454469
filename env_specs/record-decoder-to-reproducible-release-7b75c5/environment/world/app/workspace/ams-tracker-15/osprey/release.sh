#!/bin/sh
cd /app/workspace/ams-tracker-15/osprey
read name version < VERSION
sed -i s/@VERSION@/$version/ *.in
tar czf $1 *
echo packed on $(date) >> release.o
