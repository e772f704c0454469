"""The rules of the mine. One instance is one game; call `step` once per tick."""

WIDTH = 7
VEIN = 5
TAX_EVERY = 18
BONUS = 2


class Mine:
    def __init__(self, seed):
        self._random = seed
        self.x = WIDTH // 2
        self.depth = 0
        self.score = 0
        self.tick = 0

    def _roll(self, sides):
        self._random = (self._random * 1664525 + 1) % 2**31
        return (self._random >> 16) % sides

    def step(self, key):
        self.tick += 1
        if key == "L":
            self.x = (self.x - 1) % WIDTH
        elif key == "R":
            self.x = (self.x + 1) % WIDTH
        elif key == "D":
            self.depth += 1
            if self._roll(VEIN) == self.x % VEIN:
                self.score += BONUS + self.depth
        elif key == "W":
            self.score += self.depth // 10
        if self.tick % TAX_EVERY == 0:
            self.score -= self.score // 20

    def checkpoint(self):
        return f"{self.x}:{self.depth}:{self.score}:{self._random & 0xFFFF:04x}"
