set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/workspace/beacon && cd /app/workspace/beacon
mkdir -p /app/workspace/alder && cd /app/workspace/alder
cd /app/workspace/beacon
mkdir -p /app/workspace/cairn && cd /app/workspace/cairn
cd /app/workspace/beacon
mkdir -p /app/workspace/cobalt && cd /app/workspace/cobalt
cd /app/workspace/beacon
mkdir -p /app /app/intake /app/workspace/beacon
