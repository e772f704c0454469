"""Customer statements from order files."""
