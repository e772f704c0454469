#!/bin/sh
cd /app/workspace/pebble-A8/marlin
read name version < VERSION
sed -i s/@VERSION@/$version/ *.in
tar czf $1 *
echo packed on $(date) >> release.log
