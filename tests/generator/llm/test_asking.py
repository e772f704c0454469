"""Long conversations: what a machine printed first is left out, the rest stays."""

from terminal_gym_generator.llm.asking import shorten
from terminal_gym_generator.llm.calls import Message, system, user


def talk(rounds, length=1000):
    messages = [system("s" * 500), user("u" * 500)]
    for number in range(rounds):
        messages.append(Message(role="assistant", content=f"round {number}"))
        messages.append(Message(role="tool", content=str(number % 10) * length))
    return messages


def size(messages):
    return sum(len(message.content) for message in messages)


def test_a_short_conversation_stays():
    messages = talk(5)
    shorten(messages, 10_000)
    assert messages == talk(5)


def test_a_long_one_loses_its_oldest_output_and_then_stays_the_same_for_a_while():
    messages = talk(12)
    shorten(messages, 10_000)
    assert size(messages) <= 5_000
    assert messages[:3] == talk(12)[:3]
    assert "left out" in messages[3].content
    assert messages[-6:] == talk(12)[-6:]
    before = list(messages)
    messages += talk(4)[2:]
    shorten(messages, 10_000)
    assert messages[: len(before)] == before


def test_the_latest_output_stays_however_long_it_is():
    messages = talk(3, length=20_000)
    shorten(messages, 10_000)
    assert messages[-6:] == talk(3, length=20_000)[-6:]
