set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app && cd /app
xz -T1 runs/delta-68/86490.dat runs/kestrel-85/74929.dat runs/kestrel-85/83884.dat runs/quartz-64/73223.dat runs/saffron-27/91264.dat runs/saffron-27/73819.dat runs/tundra-46/80501.dat runs/vesper-54/84424.dat runs/vesper-54/97443.dat runs/willow-45/77314.dat runs/willow-45/70149.dat
mkdir -p /app
