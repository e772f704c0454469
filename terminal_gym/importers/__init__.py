"""Tasks in other formats, written as bundles."""
