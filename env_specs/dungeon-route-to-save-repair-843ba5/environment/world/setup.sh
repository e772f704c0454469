set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/workspace/larch && cd /app/workspace/larch
mkdir -p /app/workspace/meadow && cd /app/workspace/meadow
cd /app/workspace/larch
mkdir -p /app/workspace/summit && cd /app/workspace/summit
cd /app/workspace/larch
mkdir -p /app/workspace/glacier && cd /app/workspace/glacier
cd /app/workspace/larch
mkdir -p /app /app/intake /app/workspace/larch
