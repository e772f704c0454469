"""The command `terminal-gym`: one file per command, put together in `main.py`."""
