set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/workspace/cedar-1.0.2 && cd /app/workspace/cedar-1.0.2
mkdir -p /app/workspace/cedar-1.0.1 && cd /app/workspace/cedar-1.0.1
cd /app/workspace/cedar-1.0.2
mkdir -p /app/workspace/cedar-1.0.3 && cd /app/workspace/cedar-1.0.3
cd /app/workspace/cedar-1.0.2
mkdir -p /app/workspace/cedar-1.0.4 && cd /app/workspace/cedar-1.0.4
cd /app/workspace/cedar-1.0.2
mkdir -p /app /app/intake /app/workspace/cedar-1.0.2
