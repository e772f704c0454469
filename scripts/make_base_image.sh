#!/usr/bin/env bash
# Make the image that bundles are built from, for a Docker engine that can reach no registry.
# Usage: scripts/make_base_image.sh [NAME:TAG]     (as root; needs debootstrap and docker)
set -euo pipefail
image=${1:-debian:bookworm-slim}
suite=${image##*:}
suite=${suite%-slim}
if docker image inspect "$image" > /dev/null 2>&1; then
  echo "$image is there already"
  exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# In memory where there is room: dpkg waits for the disk after each file, which doubles the time.
if [ "$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)" -gt 3000000 ] &&
  mount -t tmpfs -o size=2g,mode=755 terminal-gym "$folder" 2> /dev/null; then
  trap 'umount "$folder"; rmdir "$folder"' EXIT
fi
debootstrap --variant=minbase "$suite" "$folder/root" > "$folder/log" 2>&1 || {
  tail -n 20 "$folder/log" >&2
  exit 1
}
# The host's own list of mirrors, so that builds fetch packages from where the host does.
for list in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
  if [ -s "$list" ]; then
    mkdir -p "$(dirname "$folder/root$list")"
    rm -f "$folder/root/etc/apt/sources.list"
    cp "$list" "$folder/root$list"
    break
  fi
done
rm -rf "$folder"/root/var/cache/apt/archives/*.deb "$folder"/root/var/lib/apt/lists/*
tar -C "$folder/root" -c . | docker import - "$image"
