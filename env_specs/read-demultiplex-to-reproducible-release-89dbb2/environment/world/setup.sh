set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/intake && cd /app/intake
gzip -n plate.fastq
mkdir -p /app/workspace/sparrow-B5 && cd /app/workspace/sparrow-B5
ln -s Readme19 marlin/latest
mkdir -p /app/workspace/slate-F2 && cd /app/workspace/slate-F2
ln -s Readme11 lantern/latest
cd /app/workspace/sparrow-B5
mkdir -p /app/workspace/quartz-E2 && cd /app/workspace/quartz-E2
ln -s VERSION indigo/latest
cd /app/workspace/sparrow-B5
mkdir -p /app/workspace/pebble-A8 && cd /app/workspace/pebble-A8
ln -s Readme6.sh marlin/latest
cd /app/workspace/sparrow-B5
mkdir -p /app /app/intake /app/workspace/sparrow-B5
