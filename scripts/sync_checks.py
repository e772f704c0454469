"""Copy what verifiers share, terminal_gym/verifier/checks.py, into every bundle's tests/.

python scripts/sync_checks.py            copies
python scripts/sync_checks.py --check    says which copies differ, exit code 1 if any does
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "terminal_gym" / "verifier" / "checks.py"


def stale(specs: Path) -> list[Path]:
    """Copies that differ from the source, or are missing beside a verifier that imports them."""
    wanted = [path.parent / "checks.py" for path in sorted(specs.glob("*/tests/verify.py"))]
    text = SOURCE.read_bytes()
    return [path for path in wanted if not path.exists() or path.read_bytes() != text]


def main() -> int:
    """Copy, or only look."""
    paths = stale(ROOT / "env_specs")
    check = "--check" in sys.argv[1:]
    for path in paths:
        print(f"{'differs' if check else 'copied'}: {path.relative_to(ROOT)}")
        if not check:
            path.write_bytes(SOURCE.read_bytes())
    return int(check and bool(paths))


if __name__ == "__main__":
    sys.exit(main())
