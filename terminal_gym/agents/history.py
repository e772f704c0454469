"""A conversation that is kept short enough for the model."""

from __future__ import annotations

Message = dict[str, str]


class History:
    """The task, and the latest rounds.

    What is over the limit is cut to half of it, so that the conversation's beginning then stays the
    same for a while and servers can read it from their cache.

    Args:
        limit: Characters of all messages together.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._task = ""
        self._rounds: list[tuple[str, str]] = []
        self.dropped = 0
        """Rounds left out so far."""

    def begin(self, task: str) -> None:
        """Start anew, with the first message."""
        self._task, self._rounds, self.dropped = task, [], 0

    def add(self, reply: str, answer: str) -> None:
        """Take in a round: what the model said, and what it is told then."""
        self._rounds.append((reply, answer))
        if self._size() > self._limit:
            self._cut(self._limit // 2)

    def append(self, text: str) -> None:
        """Say more in the last message."""
        reply, answer = self._rounds[-1]
        self._rounds[-1] = (reply, f"{answer}\n\n{text}")

    def shrink(self) -> bool:
        """Leave out about half of the rounds, the older ones; False if there is but one."""
        before = self.dropped
        self._cut(self._size() // 2)
        return self.dropped > before

    def messages(self) -> list[Message]:
        """The conversation, for a chat model."""
        task = self._task
        if self.dropped:
            task += f"\n\n[The first {self.dropped} rounds are left out here.]"
        messages = [{"role": "user", "content": task}]
        for reply, answer in self._rounds:
            messages.append({"role": "assistant", "content": reply or "(no reply)"})
            messages.append({"role": "user", "content": answer})
        return messages

    def _size(self) -> int:
        return len(self._task) + sum(len(reply) + len(answer) for reply, answer in self._rounds)

    def _cut(self, limit: int) -> None:
        while len(self._rounds) > 1 and self._size() > limit:
            self._rounds.pop(0)
            self.dropped += 1
