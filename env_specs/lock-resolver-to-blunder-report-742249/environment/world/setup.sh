set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/workspace/smrtlib && cd /app/workspace/smrtlib
sqlite3 season.db < season.sql && rm season.sql
mkdir -p /app/workspace/dcmio && cd /app/workspace/dcmio
sqlite3 season.db < season.sql && rm season.sql
cd /app/workspace/smrtlib
mkdir -p /app/workspace/gdclib && cd /app/workspace/gdclib
sqlite3 season.db < season.sql && rm season.sql
cd /app/workspace/smrtlib
mkdir -p /app/workspace/kgfmkit && cd /app/workspace/kgfmkit
sqlite3 season.db < season.sql && rm season.sql
cd /app/workspace/smrtlib
mkdir -p /app /app/intake /app/workspace/smrtlib
