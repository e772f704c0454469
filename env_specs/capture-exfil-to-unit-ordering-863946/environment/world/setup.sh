set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/workspace/10.99.124.9 && cd /app/workspace/10.99.124.9
mkdir -p /app/workspace/10.99.124.53 && cd /app/workspace/10.99.124.53
cd /app/workspace/10.99.124.9
mkdir -p /app/workspace/10.99.124.80 && cd /app/workspace/10.99.124.80
cd /app/workspace/10.99.124.9
mkdir -p /app/workspace/10.99.124.221 && cd /app/workspace/10.99.124.221
cd /app/workspace/10.99.124.9
mkdir -p /app /app/intake /app/workspace/10.99.124.9
