set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/intake && cd /app/intake
sqlite3 catalogue.db < catalogue.sql && rm catalogue.sql
mkdir -p /app/workspace/gva-sync-11 && cd /app/workspace/gva-sync-11
sqlite3 books.db < books.sql && rm books.sql
mkdir -p /app/workspace/ams-catalog-05 && cd /app/workspace/ams-catalog-05
sqlite3 books.db < books.sql && rm books.sql
cd /app/workspace/gva-sync-11
mkdir -p /app/workspace/bcn-report-01 && cd /app/workspace/bcn-report-01
sqlite3 books.db < books.sql && rm books.sql
cd /app/workspace/gva-sync-11
mkdir -p /app/workspace/fra-parcel-15 && cd /app/workspace/fra-parcel-15
sqlite3 books.db < books.sql && rm books.sql
cd /app/workspace/gva-sync-11
mkdir -p /app /app/intake /app/workspace/gva-sync-11
