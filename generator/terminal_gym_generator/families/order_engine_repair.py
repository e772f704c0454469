"""A pricing package with several faults, to be brought back to its written rules."""

from __future__ import annotations

import textwrap
from random import Random

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    The Python package `pricing` in `{where}` makes our customer statements, and since last week's
    clean-up its amounts are wrong. {boss} needs correct statements today. What it has to do
    is written in `RULES.md`, which is right word for word, and `examples/` holds orders with
    the statements that somebody has checked by hand. Several faults are in the code.
    """,
    """
    {boss} in accounting sent back our last statements: totals are off by cents for some customers
    and by a lot for others. The package `{where}/pricing` was touched by too many people lately.
    `RULES.md` beside it is the contract and is correct; in `examples/` there are checked pairs of
    orders and statements. Please repair the code, it has more than one fault.
    """,
    """
    We inherited the package `pricing` (in `{where}`) from a team that left {company}. It no longer
    does what `RULES.md` says, although that text is still valid and the checked pairs in
    `examples/` still hold. {boss} wants the package to follow them again.
    """,
)
_WANTED = (
    """
    Afterwards `python3 -m pricing FILE`, run in `{where}`, must print the right statement for any
    order file, not only for the examples; we will try it on others. Then make the statement of
    `data/orders.csv` and put it into `{where}/{name}`, exactly as the program prints it.
    Rules, examples and data stay as they are.
    """,
    """
    Done means: `cd {where} && python3 -m pricing FILE` follows the rules on whatever orders it
    is given (we keep some aside for that), and `{where}/{name}` holds its output for
    `data/orders.csv`. Do not change `RULES.md`, `examples/` or `data/`.
    """,
)
_FILES = {
    "__init__.py": '"""Customer statements from order files."""\n',
    "__main__.py": """
        import sys

        from pricing.parse import read_orders
        from pricing.report import statement

        sys.stdout.write(statement(read_orders(sys.argv[1])))
        """,
    "parse.py": """
        \"\"\"Reading order files.\"\"\"

        import csv


        def read_orders(path):
            \"\"\"Order id -> (customer, country, lines); a line is (quantity, cents).\"\"\"
            rows = {}
            with open(path, newline="", encoding="utf-8") as file:
                for row in csv.reader(file):
                    if not row or row[0].strip().startswith("#"):
                        continue
                    order, line, customer, country, quantity, price = (cell.strip() for cell in row)
                    whole, _, part = price.partition(".")
                    cents = int(whole) * 100 + int(part.ljust(2, "0"))
                    rows[order, line] = (customer, country.upper(), int(quantity), cents)
            orders = {}
            for (order, _), (customer, country, quantity, cents) in rows.items():
                orders.setdefault(order, (customer, country, []))[2].append((quantity, cents))
            return orders
        """,
    "amounts.py": """
        \"\"\"Whole cents only.\"\"\"


        def share(cents, tenths):
            \"\"\"`tenths` tenths of a percent of an amount, half a cent rounded up.\"\"\"
            return (cents * tenths + 500) // 1000
        """,
    "discount.py": """
        \"\"\"Discounts on lines and orders.\"\"\"

        from pricing.amounts import share

        TIERS = @TIERS@
        COUPON_FROM, COUPON = @COUPON_FROM@, @COUPON@


        def line_amount(quantity, cents):
            \"\"\"A line's amount after the volume discount.\"\"\"
            amount = quantity * cents
            best = 0
            for least, tenths in TIERS:
                if quantity >= least:
                    best = max(best, tenths)
            return amount - share(amount, best)


        def after_coupon(subtotal):
            \"\"\"An order's net amount.\"\"\"
            if subtotal >= COUPON_FROM:
                return subtotal - COUPON
            return subtotal
        """,
    "charges.py": """
        \"\"\"Tax and shipping.\"\"\"

        from pricing.amounts import share

        TAX = @TAX@
        OTHER_TAX = @OTHER_TAX@
        HOME = "@HOME@"
        FREE_FROM, NEAR, FAR = @FREE_FROM@, @NEAR@, @FAR@


        def tax(net, country):
            \"\"\"Tax on the net amount.\"\"\"
            return share(net, TAX.get(country, OTHER_TAX))


        def shipping(net, country, pieces):
            \"\"\"Shipping for one order.\"\"\"
            if net >= FREE_FROM:
                return 0
            rate = NEAR if country == HOME else FAR
            return rate * (1 + (pieces - 1) // @BOX@)
        """,
    "report.py": """
        \"\"\"The statement: a line per customer.\"\"\"

        from pricing.charges import shipping, tax
        from pricing.discount import after_coupon, line_amount


        def order_total(country, lines):
            \"\"\"What an order costs in all.\"\"\"
            net = after_coupon(sum(line_amount(*line) for line in lines))
            pieces = sum(quantity for quantity, _ in lines)
            return net + tax(net, country) + shipping(net, country, pieces)


        def statement(orders):
            \"\"\"Customers by falling total, then by name.\"\"\"
            totals = {}
            for customer, country, lines in orders.values():
                totals[customer] = totals.get(customer, 0) + order_total(country, lines)
            ranked = sorted(totals.items(), key=lambda entry: (-entry[1], entry[0]))
            return "".join(f"{name},{cents // 100}.{cents % 100:02d}\\n" for name, cents in ranked)
        """,
}
# module, what is right, what somebody made of it
_FAULTS = (
    ("parse.py", 'row[0].strip().startswith("#")', 'row[0].startswith("#")'),
    ("parse.py", 'int(part.ljust(2, "0"))', "int(part or 0)"),
    ("parse.py", "country.upper(), int", "country, int"),
    (
        "parse.py",
        "rows[order, line] = (",
        "rows.setdefault((order, line), ()); rows[order, line] = rows[order, line] or (",
    ),
    ("amounts.py", "(cents * tenths + 500) // 1000", "round(cents * tenths / 1000)"),
    ("discount.py", "if quantity >= least", "if quantity > least"),
    ("discount.py", "best = max(best, tenths)", "best = best or tenths"),
    ("discount.py", "if subtotal >= COUPON_FROM", "if subtotal > COUPON_FROM"),
    ("charges.py", "TAX.get(country, OTHER_TAX)", "TAX.get(country, 0)"),
    ("charges.py", "(1 + (pieces - 1) // @BOX@)", "(1 + pieces // @BOX@)"),
    ("charges.py", "if net >= FREE_FROM", "if net > FREE_FROM"),
    (
        "report.py",
        "shipping(net, country, pieces)",
        "shipping(net + tax(net, country), country, pieces)",
    ),
    ("report.py", "(-entry[1], entry[0])", "(entry[1], entry[0]), reverse=True"),
    ("report.py", "tax(net, country) +", "tax(sum(q * c for q, c in lines), country) +"),
)
_RULES = """\
# Statements

An order file is CSV without a header: order, line, customer, country, quantity, unit price (euros
with none, one or two decimals). Empty lines, and lines whose first character other than a space
is `#`, are skipped; spaces around a field do not count; countries may be in lower case. When the
same line of the same order comes again, the later one replaces the earlier one.

All amounts are whole cents, and every percentage of an amount is rounded to cents, half a cent up.

1. A line costs quantity times unit price, less the volume discount of the highest tier that the
   line's quantity reaches: {tiers}.
2. An order's lines add up to its subtotal. From a subtotal of {coupon_from} on (that amount
   included) {coupon} are taken off; what is left is the net amount.
3. Tax is a percentage of the net amount: {tax}; {other} everywhere else.
4. Shipping is free from a net amount of {free} EUR on (included). Else it costs {near} EUR per box
   to {home} and {far} EUR per box elsewhere. A box holds {box} pieces of the order, whatever they are.
5. An order's total is net amount, tax and shipping together. The statement has a line
   `customer,total` for every customer, the total in euros with two decimals; the largest total
   comes first, equal totals go by the customer's name.
"""


class OrderEngineRepair(Family):
    """Repair a pricing package that has drifted from its written rules.

    Hard because several faults overlap, most of them at the edges of rules only, and the repair
    is judged on orders that are not in the world.
    """

    name = "order-engine-repair"
    domain = "coding"
    skills = ("fault-localisation", "bug-repair", "exact-arithmetic")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        terms = _Terms(rng)
        faults = sorted(rng.sample(_FAULTS, context.scale(3, 8)))
        sources = {n: terms.fill(textwrap.dedent(s).lstrip("\n")) for n, s in _FILES.items()}
        for module, right, wrong in faults:
            sources[module] = sources[module].replace(terms.fill(right), terms.fill(wrong), 1)
        for name, source in sources.items():
            part.file(f"pricing/{name}", source.encode())
        part.file("RULES.md", terms.rules().encode())
        customers = [names.project() for _ in range(context.scale(5, 12))]
        for number in range(context.scale(2, 4)):
            orders = terms.orders(rng, customers[:4], 8)
            part.file(f"examples/{number + 1:02d}.csv", orders.encode())
            part.file(f"examples/{number + 1:02d}.expected", terms.statement(orders).encode())
        orders = terms.orders(rng, customers, context.scale(60, 200))
        part.file("data/orders.csv", orders.encode())
        statement = terms.statement(orders)
        name = rng.choice(("statement.csv", "statements.csv", "totals.csv", "out.csv"))
        words = {"where": part.where, "boss": names.person().name, "company": names.company}
        part.title = "repair a pricing package"
        part.ask(
            context.pick(_ASKS).format(**words), context.pick(_WANTED).format(**words, name=name)
        )
        self._solve(part, [tuple(map(terms.fill, fault)) for fault in faults], name)
        trials = [terms.orders(rng, customers, 40) for _ in range(4)]
        self._verify(part, name, statement, [(t, terms.statement(t)) for t in trials])
        part.output(name)
        for module, right, wrong in faults:
            code = "import sys; p, a, b = sys.argv[1:]; s = open(p).read(); open(p, 'w').write(s.replace(a, b, 1))"
            right, wrong = terms.fill(right), terms.fill(wrong)
            part.mutate(f'python3 -c "{code}" pricing/{module} {_quote(right)} {_quote(wrong)}')
        top = statement.split(",")[0]
        part.hide(*(line.split(",")[1] for line in statement.splitlines()))
        others = [customer for customer in customers if customer != top]
        phrase = "the customer with the largest total on the statement"
        part.reveals("customer", top, others[:3], phrase, "best_customer")
        return part

    @staticmethod
    def _solve(part: Part, faults: list[tuple[str, ...]], name: str) -> None:
        part.do(
            "ls -R pricing examples data | head -40",
            "cat RULES.md",
            "cat pricing/parse.py pricing/amounts.py",
            "cat pricing/discount.py pricing/charges.py pricing/report.py",
            'for f in examples/*.csv; do python3 -m pricing "$f" | diff - "${f%.csv}.expected"; done',
            'fix() { python3 -c \'import sys; p, a, b = sys.argv[1:]; s = open(p).read(); assert a in s, a; open(p, "w").write(s.replace(a, b, 1))\' "$@"; }',
        )
        # The last fault of a module was put in last: it comes out first.
        for module, right, wrong in reversed(faults):
            part.do(f"fix pricing/{module} {_quote(wrong)} {_quote(right)}")
        part.do(
            'for f in examples/*.csv; do python3 -m pricing "$f" | diff - "${f%.csv}.expected" && echo "$f agrees"; done',
            f"python3 -m pricing data/orders.csv > {name}; find . -name __pycache__ -exec rm -r {{}} +; head -3 {name}; best_customer=$(head -1 {name} | cut -d, -f1)",
        )

    @staticmethod
    def _verify(part: Part, name: str, statement: str, trials: list[tuple[str, str]]) -> None:
        part.check(
            "the statement of the orders is right",
            f"assert lines({part.path(name)!r}) == {statement.splitlines()!r}",
        )
        for number, (orders, wanted) in enumerate(trials, 1):
            part.check(
                f"the program is right on other orders ({number})",
                f"""
                import tempfile
                with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
                    file.write({orders!r})
                    file.flush()
                    os.chmod(file.name, 0o644)
                    argv = ["python3", "-B", "-m", "pricing", file.name]
                    code, out, err = run_agent_program(argv, cwd={part.root!r})
                assert (code, out) == (0, {wanted!r}), err[-200:] or out[:200]
                """,
                slow=True,
            )
        kept = {p: f.data.decode() for p, f in part.files.items() if "/pricing/" not in p}
        part.check(
            "rules, examples and data are as they were",
            f"""
            for path, content in {kept!r}.items():
                assert text(path) == content, path
            """,
        )


class _Terms:
    """One company's numbers, and what follows from them, computed apart from the package."""

    def __init__(self, rng: Random) -> None:
        low = rng.randint(4, 9)
        self.tiers = [(low, rng.randint(2, 4) * 10 + 5)]
        for _ in range(rng.randint(1, 2)):
            self.tiers.append(
                (self.tiers[-1][0] + rng.randint(6, 15), self.tiers[-1][1] + rng.randint(20, 45))
            )
        self.coupon_from, self.coupon = rng.randint(15, 40) * 1000, rng.randint(5, 19) * 100
        codes = rng.sample(["AT", "BE", "CZ", "DK", "ES", "FI", "HU", "IT", "NL", "PL"], 5)
        self.home, self.codes = codes[0], codes
        self.tax = {code: rng.randint(160, 250) for code in codes[:3]}
        self.other = rng.randint(5, 15) * 10 + 5
        self.free = self.coupon_from - self.coupon + rng.randint(1, 9) * 1000
        self.near, self.far = rng.randint(3, 6) * 100 + 50, rng.randint(8, 15) * 100
        self.box = rng.randint(4, 8)

    def fill(self, source: str) -> str:
        """Put the numbers into a template."""
        for key, value in {
            "TIERS": self.tiers, "COUPON_FROM": self.coupon_from, "COUPON": self.coupon,
            "TAX": self.tax, "OTHER_TAX": self.other, "HOME": self.home, "FREE_FROM": self.free,
            "NEAR": self.near, "FAR": self.far, "BOX": self.box,
        }.items():  # fmt: skip
            source = source.replace(f"@{key}@", str(value))
        return source

    def rules(self) -> str:
        """RULES.md."""
        tiers = ", ".join(f"{t / 10} % from {least} pieces on" for least, t in self.tiers)
        return _RULES.format(
            tiers=tiers,
            coupon_from=_euros(self.coupon_from),
            coupon=_euros(self.coupon),
            tax=", ".join(f"{rate / 10} % in {code}" for code, rate in self.tax.items()),
            other=f"{self.other / 10} %",
            free=_euros(self.free),
            near=_euros(self.near),
            far=_euros(self.far),
            home=self.home,
            box=self.box,
        )

    def orders(self, rng: Random, customers: list[str], count: int) -> str:
        """An order file that comes to the edges of every rule."""
        rows: list[list[str]] = []
        for number in range(1001, 1001 + count):
            head = [f"A{number}", "1", rng.choice(customers), rng.choice(self.codes)]
            edge = rng.randint(0, 7)
            if edge < 2:  # a net amount of exactly a limit; below the first tier
                limit = (self.coupon_from, self.free + self.coupon)[edge] // 100
                rows.append([*head, "1", f"{limit}{rng.choice(('', '.0', '.00'))}"])
                continue
            for line in range(1, rng.randint(2, 4)):
                least = rng.choice(self.tiers)[0]
                quantity = rng.choice((least, least - 1, self.box, rng.randint(1, 40)))
                cents = rng.randint(2, 18) * 100 + rng.choice((0, 5, 10, 50, rng.randint(0, 99)))
                price = _euros(cents)
                if rng.random() < 0.5:
                    price = price.removesuffix("0")
                row = [head[0], str(line), *head[2:], str(quantity), price]
                rows.append(row)
                if rng.random() < 0.12:
                    rows.append([*row[:4], str(quantity + 1), row[5]])
        twins = [
            ["B1", "1", f"{c}-{end}", self.codes[4], "2", "7.50"]
            for c in customers[:2]
            for end in "ab"
        ]
        rows += [[f"B{place}", *row[1:]] for place, row in enumerate(twins)]
        out = []
        for row in rows:
            if rng.random() < 0.15:
                row[3] = row[3].lower()
            out.append(rng.choice((",", ",", ", ")).join(row))
            if rng.random() < 0.06:
                out.append(rng.choice(("", "  # checked", "# page break")))
        # A comment that would be read as an order if its mark were overlooked.
        out.append(f"  # B9,1,{customers[0]},{self.home},900,3.00")
        return "\n".join(out) + "\n"

    def statement(self, orders: str) -> str:
        """What the rules give for an order file."""
        latest: dict[tuple[str, str], list[str]] = {}
        for line in orders.splitlines():
            if line.strip() and not line.strip().startswith("#"):
                cells = [cell.strip() for cell in line.split(",")]
                latest[cells[0], cells[1]] = cells
        groups: dict[str, list[list[str]]] = {}
        for cells in latest.values():
            groups.setdefault(cells[0], []).append(cells)
        totals: dict[str, int] = {}
        for lines in groups.values():
            net, pieces = 0, sum(int(cells[4]) for cells in lines)
            for cells in lines:
                amount = int(cells[4]) * round(float(cells[5]) * 100)
                tenths = max([0, *(t for least, t in self.tiers if int(cells[4]) >= least)])
                net += amount - _half_up(amount * tenths)
            net -= self.coupon if net >= self.coupon_from else 0
            country = lines[0][3].upper()
            boxes = -(-pieces // self.box) if net < self.free else 0
            total = net + _half_up(net * self.tax.get(country, self.other))
            total += boxes * (self.near if country == self.home else self.far)
            totals[lines[0][2]] = totals.get(lines[0][2], 0) + total
        ranked = sorted(totals, key=lambda name: (-totals[name], name))
        return "".join(f"{name},{_euros(totals[name])}\n" for name in ranked)


def _half_up(thousandths: int) -> int:
    whole, rest = divmod(thousandths, 1000)
    return whole + (rest >= 500)


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
