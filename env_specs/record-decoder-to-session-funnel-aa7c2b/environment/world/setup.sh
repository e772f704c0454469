set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/workspace/hel-roster-13 && cd /app/workspace/hel-roster-13
gzip -n events/*.jsonl
mkdir -p /app/workspace/bcn-tariff-12 && cd /app/workspace/bcn-tariff-12
gzip -n events/*.jsonl
cd /app/workspace/hel-roster-13
mkdir -p /app/workspace/dub-docs-18 && cd /app/workspace/dub-docs-18
gzip -n events/*.jsonl
cd /app/workspace/hel-roster-13
mkdir -p /app/workspace/fra-cache-06 && cd /app/workspace/fra-cache-06
gzip -n events/*.jsonl
cd /app/workspace/hel-roster-13
mkdir -p /app /app/intake /app/workspace/hel-roster-13
