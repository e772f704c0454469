set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/workspace/rfg4gp && cd /app/workspace/rfg4gp
sqlite3 season.db < season.sql && rm season.sql
mkdir -p /app/workspace/rf75mf && cd /app/workspace/rf75mf
sqlite3 season.db < season.sql && rm season.sql
cd /app/workspace/rfg4gp
mkdir -p /app/workspace/rer8ce && cd /app/workspace/rer8ce
sqlite3 season.db < season.sql && rm season.sql
cd /app/workspace/rfg4gp
mkdir -p /app/workspace/rbhkmq && cd /app/workspace/rbhkmq
sqlite3 season.db < season.sql && rm season.sql
cd /app/workspace/rfg4gp
mkdir -p /app /app/intake /app/workspace/rfg4gp
