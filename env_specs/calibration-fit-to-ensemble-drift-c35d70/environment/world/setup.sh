set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/workspace/raven-75 && cd /app/workspace/raven-75
xz -T1 runs/basalt-97/78182.dat runs/coral-10/76110.dat runs/fathom-33/74134.dat runs/harbor-52/86268.dat runs/marlin-81/89672.dat runs/marlin-81/93934.dat runs/marlin-81/92532.dat runs/onyx-54/93363.dat runs/onyx-54/91087.dat runs/orchid-86/72509.dat runs/pebble-43/77383.dat runs/timber-41/91927.dat runs/timber-41/71223.dat runs/tundra-93/73094.dat runs/tundra-93/92420.dat runs/tundra-93/78450.dat
mkdir -p /app/workspace/birch-46 && cd /app/workspace/birch-46
xz -T1 runs/delta-82/99171.dat runs/pebble-81/86756.dat runs/sparrow-35/95139.dat runs/timber-91/85363.dat
cd /app/workspace/raven-75
mkdir -p /app/workspace/comet-26 && cd /app/workspace/comet-26
xz -T1 runs/heron-38/82559.dat runs/heron-38/84536.dat runs/lantern-29/86311.dat runs/meadow-27/83738.dat runs/osprey-34/91643.dat runs/walnut-83/85593.dat
cd /app/workspace/raven-75
mkdir -p /app/workspace/garnet-61 && cd /app/workspace/garnet-61
xz -T1 runs/cairn-12/98205.dat runs/sparrow-13/87838.dat
cd /app/workspace/raven-75
mkdir -p /app /app/intake /app/workspace/raven-75
