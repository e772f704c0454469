set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app && cd /app
gzip -n logs/ams-orders-14/auth.log.1
gzip -n logs/dub-archive-10/auth.log.1
gzip -n logs/gva-ingest-12/auth.log.1
gzip -n logs/ist-voucher-09/auth.log.1
gzip -n logs/par-roster-14/auth.log.1
gzip -n logs/prg-ingest-18/auth.log.1
mkdir -p /app
