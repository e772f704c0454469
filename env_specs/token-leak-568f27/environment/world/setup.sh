set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app && cd /app
git init -q -b trunk ember
git -C ember fast-import --quiet < /app/ember.fi
rm /app/ember.fi
git -C ember reset -q --hard trunk
mkdir -p /app
