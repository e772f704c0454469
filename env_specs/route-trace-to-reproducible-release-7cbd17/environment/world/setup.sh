set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/workspace/vie-rt5 && cd /app/workspace/vie-rt5
ln -s Readme33.txt onyx/latest
mkdir -p /app/workspace/sto-rt4 && cd /app/workspace/sto-rt4
ln -s VERSION glacier/latest
cd /app/workspace/vie-rt5
mkdir -p /app/workspace/par-rt6 && cd /app/workspace/par-rt6
ln -s Readme6.sh pine/latest
cd /app/workspace/vie-rt5
mkdir -p /app/workspace/tll-rt5 && cd /app/workspace/tll-rt5
ln -s VERSION willow/latest
cd /app/workspace/vie-rt5
mkdir -p /app /app/intake /app/workspace/vie-rt5
