set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/intake && cd /app/intake
sqlite3 season.db < season.sql && rm season.sql
mkdir -p /app/workspace/kweber && cd /app/workspace/kweber
mkdir -p /app/workspace/cokafor && cd /app/workspace/cokafor
cd /app/workspace/kweber
mkdir -p /app/workspace/jito && cd /app/workspace/jito
cd /app/workspace/kweber
mkdir -p /app/workspace/ajansen && cd /app/workspace/ajansen
cd /app/workspace/kweber
mkdir -p /app /app/intake /app/workspace/kweber
