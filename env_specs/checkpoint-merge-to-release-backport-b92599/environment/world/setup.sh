set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/workspace/ckpt-08-xp7q && cd /app/workspace/ckpt-08-xp7q
git init -q -b main pebble
git -C pebble fast-import --quiet < /app/workspace/ckpt-08-xp7q/pebble.fi
rm /app/workspace/ckpt-08-xp7q/pebble.fi
git -C pebble reset -q --hard main
mkdir -p /app/workspace/ckpt-07-4tc2 && cd /app/workspace/ckpt-07-4tc2
git init -q -b main delta
git -C delta fast-import --quiet < /app/workspace/ckpt-07-4tc2/delta.fi
rm /app/workspace/ckpt-07-4tc2/delta.fi
git -C delta reset -q --hard main
cd /app/workspace/ckpt-08-xp7q
mkdir -p /app/workspace/ckpt-03-hgqk && cd /app/workspace/ckpt-03-hgqk
git init -q -b main tern
git -C tern fast-import --quiet < /app/workspace/ckpt-03-hgqk/tern.fi
rm /app/workspace/ckpt-03-hgqk/tern.fi
git -C tern reset -q --hard main
cd /app/workspace/ckpt-08-xp7q
mkdir -p /app/workspace/ckpt-05-6tjg && cd /app/workspace/ckpt-05-6tjg
git init -q -b main kestrel
git -C kestrel fast-import --quiet < /app/workspace/ckpt-05-6tjg/kestrel.fi
rm /app/workspace/ckpt-05-6tjg/kestrel.fi
git -C kestrel reset -q --hard main
cd /app/workspace/ckpt-08-xp7q
mkdir -p /app /app/intake /app/workspace/ckpt-08-xp7q
