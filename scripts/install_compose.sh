#!/usr/bin/env bash
# Install Docker Compose v2 as a plugin of the docker client, where the machine's Debian has no
# version new enough: the binary of a later Debian's package, which needs nothing but libc.
# Usage: scripts/install_compose.sh [SUITE]     (as root; apt's own lists and packages stay as they are)
set -euo pipefail
suite=${1:-trixie}
plugins=/usr/local/lib/docker/cli-plugins
if docker compose version > /dev/null 2>&1; then
  echo "Docker Compose is there already"
  exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder"/{lists,cache/archives}/partial "$folder/parts"
# From where the machine fetches its own packages.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m 1 '/debian/$' || true)
echo "deb ${mirror:-http://deb.debian.org/debian} $suite main" > "$folder/list"
: > "$folder/status"
options=(
  -qq -o Dir::Etc::sourcelist="$folder/list" -o Dir::Etc::sourceparts="$folder/parts"
  -o Dir::Etc::preferencesparts="$folder/parts" -o Dir::State::lists="$folder/lists"
  -o Dir::State::status="$folder/status" -o Dir::Cache="$folder/cache"
  -o Acquire::Languages=none -o APT::Sandbox::User=root
)
cd "$folder"
apt-get "${options[@]}" update
apt-get "${options[@]}" download docker-compose
dpkg -x docker-compose_*.deb package
install -D package/usr/libexec/docker/cli-plugins/docker-compose "$plugins/docker-compose"
docker compose version
