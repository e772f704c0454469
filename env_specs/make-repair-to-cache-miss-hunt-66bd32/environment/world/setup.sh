set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/workspace/418698593 && cd /app/workspace/418698593
gzip -n builds/*.jsonl
mkdir -p /app/workspace/963676755 && cd /app/workspace/963676755
gzip -n builds/*.jsonl
cd /app/workspace/418698593
mkdir -p /app/workspace/783266708 && cd /app/workspace/783266708
gzip -n builds/*.jsonl
cd /app/workspace/418698593
mkdir -p /app/workspace/813107853 && cd /app/workspace/813107853
gzip -n builds/*.jsonl
cd /app/workspace/418698593
mkdir -p /app /app/intake /app/workspace/418698593
