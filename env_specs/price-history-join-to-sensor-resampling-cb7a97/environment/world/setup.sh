set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/intake && cd /app/intake
sqlite3 catalogue.db < catalogue.sql && rm catalogue.sql
mkdir -p /app/workspace/sto-wallet-14 && cd /app/workspace/sto-wallet-14
xz -T1 readings/*.txt
mkdir -p /app/workspace/ams-archive-08 && cd /app/workspace/ams-archive-08
xz -T1 readings/*.txt
cd /app/workspace/sto-wallet-14
mkdir -p /app/workspace/fra-transit-18 && cd /app/workspace/fra-transit-18
xz -T1 readings/*.txt
cd /app/workspace/sto-wallet-14
mkdir -p /app/workspace/fra-wallet-12 && cd /app/workspace/fra-wallet-12
xz -T1 readings/*.txt
cd /app/workspace/sto-wallet-14
mkdir -p /app /app/intake /app/workspace/sto-wallet-14
