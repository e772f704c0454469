set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/intake && cd /app/intake
sqlite3 season.db < season.sql && rm season.sql
mkdir -p /app/workspace/lbauer && cd /app/workspace/lbauer
mkdir -p /app/workspace/dtanaka && cd /app/workspace/dtanaka
cd /app/workspace/lbauer
mkdir -p /app/workspace/fpetrov && cd /app/workspace/fpetrov
cd /app/workspace/lbauer
mkdir -p /app/workspace/nlarsen && cd /app/workspace/nlarsen
cd /app/workspace/lbauer
mkdir -p /app /app/intake /app/workspace/lbauer
