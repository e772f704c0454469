"""The daemonless backend, on Linux namespaces and overlayfs."""
