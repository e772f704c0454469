#!/bin/sh
cd /app/workspace/par-rt6/pine
read name version < VERSION
sed -i s/@VERSION@/$version/ *.in
tar czf $1 *
echo packed on $(date) >> release.log
