set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
git config --system --add safe.directory '*'
git config --system user.name agent && git config --system user.email agent@sandbox.example

mkdir -p /app/workspace/tll-report-03 && cd /app/workspace/tll-report-03
ln -s Readme21.sh glacier/latest
mkdir -p /app/workspace/ams-tracker-15 && cd /app/workspace/ams-tracker-15
ln -s Readme6 osprey/latest
cd /app/workspace/tll-report-03
mkdir -p /app/workspace/bcn-inventory-14 && cd /app/workspace/bcn-inventory-14
ln -s VERSION timber/latest
cd /app/workspace/tll-report-03
mkdir -p /app/workspace/bcn-tracker-17 && cd /app/workspace/bcn-tracker-17
ln -s VERSION marlin/latest
cd /app/workspace/tll-report-03
mkdir -p /app /app/intake /app/workspace/tll-report-03
