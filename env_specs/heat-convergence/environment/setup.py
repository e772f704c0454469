"""Writes the cases and the Makefile beside the solver."""

from pathlib import Path

APP = Path("/app")
KEYS = "length end alpha k h ambient amplitude decay wave phase drift omega probe coarsest levels dt tolerance".split()
CASES = {
    "blade": (0.8, 1.4, 0.11, 2.5, 4.0, 293.0, 35.0, 0.9, 5.1, 0.4, 12.0, 3.3, 0.28, 20, 5, 0.07, 5e-4),
    "cable": (2.0, 0.9, 0.35, 0.8, 0.3, 20.0, 4.0, 2.2, 2.7, -0.9, 1.5, 7.0, 1.3, 16, 5, 0.04, 1e-5),
    "duct": (1.25, 3.0, 0.05, 1.1, 9.0, 280.0, 18.0, 0.4, 6.4, 1.1, -6.0, 1.9, 0.5, 25, 4, 0.13, 2e-3),
}

(APP / "cases").mkdir()
for name, values in CASES.items():
    rows = [f"{key} = {value}" for key, value in zip(KEYS, values)]
    (APP / f"cases/{name}.case").write_text("\n".join(rows) + "\n")
(APP / "Makefile").write_text("heat: heat.c\n\tgcc -std=c11 -O2 -Wall -Wextra -o heat heat.c -lm\n")
