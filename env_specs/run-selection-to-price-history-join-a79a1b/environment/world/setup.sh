set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/workspace/run-azs4d3 && cd /app/workspace/run-azs4d3
sqlite3 catalogue.db < catalogue.sql && rm catalogue.sql
mkdir -p /app/workspace/run-22enbp && cd /app/workspace/run-22enbp
sqlite3 catalogue.db < catalogue.sql && rm catalogue.sql
cd /app/workspace/run-azs4d3
mkdir -p /app/workspace/run-xvj24z && cd /app/workspace/run-xvj24z
sqlite3 catalogue.db < catalogue.sql && rm catalogue.sql
cd /app/workspace/run-azs4d3
mkdir -p /app/workspace/run-3b2e95 && cd /app/workspace/run-3b2e95
sqlite3 catalogue.db < catalogue.sql && rm catalogue.sql
cd /app/workspace/run-azs4d3
mkdir -p /app /app/intake /app/workspace/run-azs4d3
