set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/intake && cd /app/intake
git init -q -b main lantern
git -C lantern fast-import --quiet < /app/intake/lantern.fi
rm /app/intake/lantern.fi
git -C lantern reset -q --hard main
git -C lantern for-each-ref --format='%(refname:short)' refs/heads/decoy* refs/heads/lost | xargs git -C lantern branch -q -D
rm -rf lantern/.git/logs
mkdir -p /app/workspace/b70ed5fa3d && cd /app/workspace/b70ed5fa3d
git init -q -b main heron
git -C heron fast-import --quiet < /app/workspace/b70ed5fa3d/heron.fi
rm /app/workspace/b70ed5fa3d/heron.fi
git -C heron reset -q --hard main
mkdir -p /app/workspace/9577e59e59 && cd /app/workspace/9577e59e59
git init -q -b main tern
git -C tern fast-import --quiet < /app/workspace/9577e59e59/tern.fi
rm /app/workspace/9577e59e59/tern.fi
git -C tern reset -q --hard main
cd /app/workspace/b70ed5fa3d
mkdir -p /app/workspace/18baf12da4 && cd /app/workspace/18baf12da4
git init -q -b main sparrow
git -C sparrow fast-import --quiet < /app/workspace/18baf12da4/sparrow.fi
rm /app/workspace/18baf12da4/sparrow.fi
git -C sparrow reset -q --hard main
cd /app/workspace/b70ed5fa3d
mkdir -p /app/workspace/adc6bfce64 && cd /app/workspace/adc6bfce64
git init -q -b main timber
git -C timber fast-import --quiet < /app/workspace/adc6bfce64/timber.fi
rm /app/workspace/adc6bfce64/timber.fi
git -C timber reset -q --hard main
cd /app/workspace/b70ed5fa3d
mkdir -p /app /app/intake /app/workspace/b70ed5fa3d
