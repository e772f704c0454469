"""Speed and cost of the environments, beside what a user would pick instead.

    python -m benchmarks                 every row, a table and a JSON file
    python -m benchmarks step reset      some
    python -m benchmarks --quick         fewer rounds

Each figure is a ratio of two things measured in turn, round by round, in one run: the machine's
mood falls on both alike.
"""
