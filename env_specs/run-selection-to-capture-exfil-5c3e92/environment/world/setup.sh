set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/workspace/run-64z48b && cd /app/workspace/run-64z48b
mkdir -p /app/workspace/run-22xy59 && cd /app/workspace/run-22xy59
cd /app/workspace/run-64z48b
mkdir -p /app/workspace/run-2gt5mk && cd /app/workspace/run-2gt5mk
cd /app/workspace/run-64z48b
mkdir -p /app/workspace/run-48dcyn && cd /app/workspace/run-48dcyn
cd /app/workspace/run-64z48b
mkdir -p /app /app/intake /app/workspace/run-64z48b
