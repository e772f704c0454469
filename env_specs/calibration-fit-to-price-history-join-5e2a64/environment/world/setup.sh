set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/workspace/meadow-53 && cd /app/workspace/meadow-53
sqlite3 catalogue.db < catalogue.sql && rm catalogue.sql
mkdir -p /app/workspace/cobalt-26 && cd /app/workspace/cobalt-26
sqlite3 catalogue.db < catalogue.sql && rm catalogue.sql
cd /app/workspace/meadow-53
mkdir -p /app/workspace/heron-88 && cd /app/workspace/heron-88
sqlite3 catalogue.db < catalogue.sql && rm catalogue.sql
cd /app/workspace/meadow-53
mkdir -p /app/workspace/juniper-64 && cd /app/workspace/juniper-64
sqlite3 catalogue.db < catalogue.sql && rm catalogue.sql
cd /app/workspace/meadow-53
mkdir -p /app /app/intake /app/workspace/meadow-53
