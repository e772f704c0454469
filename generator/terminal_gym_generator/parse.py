"""Python's parser, for sources that several threads look at."""

from __future__ import annotations

import ast
import threading

_LOCK = threading.Lock()


def parse(source: str) -> ast.Module:
    """`ast.parse`, by one thread at a time.

    CPython 3.11 counts its recursion for all threads together, and where another one gets in
    between it fails with "SystemError: AST constructor recursion depth mismatch".

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: As `ast.parse` does.
    """
    with _LOCK:
        return ast.parse(source)
