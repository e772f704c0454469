#!/bin/sh
cd /app/workspace/quartz-E2/indigo
read name version < VERSION
sed -i s/@VERSION@/$version/ *.in
tar czf $1 *
echo packed on $(date) >> release.bak
