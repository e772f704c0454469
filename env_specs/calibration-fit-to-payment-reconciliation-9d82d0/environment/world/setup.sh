set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/workspace/osprey-52 && cd /app/workspace/osprey-52
sqlite3 books.db < books.sql && rm books.sql
mkdir -p /app/workspace/cairn-38 && cd /app/workspace/cairn-38
sqlite3 books.db < books.sql && rm books.sql
cd /app/workspace/osprey-52
mkdir -p /app/workspace/quartz-95 && cd /app/workspace/quartz-95
sqlite3 books.db < books.sql && rm books.sql
cd /app/workspace/osprey-52
mkdir -p /app/workspace/tern-58 && cd /app/workspace/tern-58
sqlite3 books.db < books.sql && rm books.sql
cd /app/workspace/osprey-52
mkdir -p /app /app/intake /app/workspace/osprey-52
