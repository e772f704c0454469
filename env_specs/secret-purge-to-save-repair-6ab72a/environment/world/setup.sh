set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/intake && cd /app/intake
git init -q -b main pine
git -C pine fast-import --quiet < /app/intake/pine.fi
rm /app/intake/pine.fi
git -C pine reset -q --hard main
mkdir -p /app/workspace/billing && cd /app/workspace/billing
mkdir -p /app/workspace/courier && cd /app/workspace/courier
cd /app/workspace/billing
mkdir -p /app/workspace/media && cd /app/workspace/media
cd /app/workspace/billing
mkdir -p /app/workspace/profile && cd /app/workspace/profile
cd /app/workspace/billing
mkdir -p /app /app/intake /app/workspace/billing
