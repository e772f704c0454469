set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app && cd /app
git init -q -b main osprey
git -C osprey fast-import --quiet < /app/osprey.fi
rm /app/osprey.fi
git -C osprey reset -q --hard main
git -C osprey for-each-ref --format='%(refname:short)' refs/heads/decoy* refs/heads/lost | xargs git -C osprey branch -q -D
rm -rf osprey/.git/logs
mkdir -p /app
