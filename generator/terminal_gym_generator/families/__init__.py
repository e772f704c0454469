"""The families, one file each; found by folder."""
