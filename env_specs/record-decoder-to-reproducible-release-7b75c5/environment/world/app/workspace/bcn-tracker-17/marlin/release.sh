#!/bin/sh
cd /app/workspace/bcn-tracker-17/marlin
read name version < VERSION
sed -i s/@VERSION@/$version/ *.in
tar czf $1 *
echo packed on $(date) >> release.log
