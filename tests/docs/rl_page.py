"""The programs of docs/rl.md, by name."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def programs() -> dict[str, str]:
    text = (ROOT / "docs" / "rl.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    return {block.removeprefix("# ").partition(":")[0]: block for block in blocks}
