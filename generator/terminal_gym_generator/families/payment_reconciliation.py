"""Two books of the same payments that do not agree, to be matched by written rules."""

from __future__ import annotations

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    The bank and our books disagree, and {boss} has to explain the difference to the auditors of {company}. The invoices are in the SQLite database
    `{where}/books.db` (table `invoices`), the bank's statements in `{where}/statements`, a CSV file per account.
    """,
    """
    {boss} closes the quarter at {company} and needs the open invoices matched with what the bank received: table `invoices` of `{where}/books.db` against the
    account statements (CSV) in `{where}/statements`.
    """,
    """
    Please reconcile `{where}/books.db` (SQLite, table `invoices`) with the bank statements in `{where}/statements`. {boss} has agreed the rules
    below with {company}'s auditors.
    """,
)
_RULES = """
Amounts in the books are in cents; in the statements they are written with a dot for thousands and a comma for decimals. Only bookings with a positive amount are
payments. Statements overlap: a booking with the same `reference` as an earlier one of the same account is the same booking. A payment names an invoice if
its text contains the invoice's number, in any case, perhaps with spaces or hyphens between its characters (`INV 20-417` names `INV20417`); no text names two.
Payments that name an invoice are put to it, whatever the amount. Payments that name none are then taken by date, ones of the same date by reference (as plain text): each goes to the oldest
invoice (by `issued`, then number) that nothing has been put to yet, was issued no later than the payment's date and no more than {days} days before it, and has
exactly its amount; else it is unassigned. An invoice is `paid` if what was put to it is within {slack} cents of its amount (inclusive), `over` or `under` if it is
more or less than that, and `open` if nothing was put to it.
"""
_WANTED = (
    """
    Write `{where}/{table}`, CSV with the header `number,status,received`, a line for each invoice, sorted by number, with the cents received; and
    `{where}/{report}`, a JSON object with `paid`, `over`, `under` and `open` (numbers of invoices), `unassigned` (sorted list of the references of unassigned payments),
    `missing_cents` (what is lacking on all `open` and `under` invoices together) and `worst_customer` (customer with the most cents lacking on those). The inputs stay as they are.
    """,
    """
    The auditors want `{where}/{table}` (CSV, header `number,status,received`: every invoice, ordered by number, and the cents put to it) and
    `{where}/{report}`, one JSON object: how many invoices are `paid`, `over`, `under`, `open`; `unassigned`, the sorted references of the payments
    left over; `missing_cents`, the cents still lacking on `open` and `under` invoices; `worst_customer`, the customer who owes most of them. Do not change the inputs.
    """,
)
_SOLVE = """
cat > /tmp/match.py <<'EOF'
import csv, datetime, glob, json, re, sqlite3, sys
rows = sqlite3.connect("file:books.db?mode=ro", uri=True).execute("SELECT number, customer, issued, cents FROM invoices").fetchall()
day = datetime.date.fromisoformat
payments = []
for path in sorted(glob.glob("statements/*.csv")):
    seen = set()
    for row in csv.DictReader(open(path), delimiter=";"):
        if row["reference"] in seen: continue
        seen.add(row["reference"])
        cents = int(row["amount"].replace(".", "").replace(",", ""))
        if cents > 0: payments.append((row["date"], row["reference"], cents, row["text"]))
put, loose = {}, []
patterns = [(n, re.compile("[ -]*".join(n), re.I)) for n, *_ in rows]
for date, reference, cents, text in payments:
    named = [n for n, p in patterns if p.search(text)]
    if named: put[named[0]] = put.get(named[0], 0) + cents
    else: loose.append((date, reference, cents))
unassigned = []
for date, reference, cents in sorted(loose):
    fits = [(issued, n) for n, _, issued, c in rows if n not in put and c == cents and 0 <= (day(date) - day(issued)).days <= @DAYS@]
    if fits: put[min(fits)[1]] = cents
    else: unassigned.append(reference)
counts, lacking = dict.fromkeys(("paid", "over", "under", "open"), 0), {}
with open(sys.argv[1], "w") as file:
    print("number,status,received", file=file)
    for n, customer, _, c in sorted(rows):
        got = put.get(n, 0)
        status = "open" if n not in put else "paid" if abs(got - c) <= @SLACK@ else "over" if got > c else "under"
        counts[status] += 1
        if status in ("open", "under"): lacking[customer] = lacking.get(customer, 0) + c - got
        print(n, status, got, sep=",", file=file)
json.dump({**counts, "unassigned": sorted(unassigned), "missing_cents": sum(lacking.values()), "worst_customer": max(lacking, key=lacking.get)}, open(sys.argv[2], "w"), indent=2)
EOF
"""


class PaymentReconciliation(Family):
    """Match bank statements with invoices and explain what does not match.

    Hard because numbers are mistyped, statements overlap, and the order of matching decides.
    """

    name = "payment-reconciliation"
    domain = "data_science"
    skills = ("reconciliation", "data-cleaning", "deduplication")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        days, slack = rng.randint(20, 45), rng.randint(2, 60)
        prefix = rng.choice(("INV", "RE", "FAC", "BILL"))
        customers = [names.project() for _ in range(context.scale(4, 10))]
        numbers = [
            f"{prefix}{n}"
            for n in sorted(rng.sample(range(10_000, 99_999), context.scale(30, 120)))
        ]
        tariffs = [rng.randint(900, 90_000) for _ in range(context.scale(5, 9))]
        invoices = {
            n: (
                rng.choice(customers),
                rng.randint(0, 80),
                rng.choice((rng.choice(tariffs), rng.randint(500, 900_000))),
            )
            for n in numbers
        }
        payments: list[tuple[int, int, str]] = []  # day, cents, text
        for number, (_, issued, cents) in invoices.items():
            roll, day = rng.random(), issued + rng.randint(0, days)
            if roll < 0.12:
                continue
            shown = rng.choice(
                (
                    number,
                    number.lower(),
                    " ".join((prefix, number[len(prefix) :])),
                    f"{prefix}-{number[-5:-3]} {number[-3:]}",
                )
            )
            text = f"{rng.choice(('invoice', 'ref', 'payment', 'your no.'))} {shown} {rng.choice(('thanks', '', 'order', 'transfer'))}".strip()
            if roll < 0.5:
                payments.append((day, cents + rng.choice((0, 0, 0, slack, -slack)), text))
            elif roll < 0.6:
                payments.append(
                    (day, cents + rng.choice((slack + 1, -slack - 1, 2000, -cents // 2)), text)
                )
            elif roll < 0.68:
                payments += [(day, cents // 3, text), (day + 3, cents - cents // 3, text)]
            else:
                payments.append(
                    (
                        day + rng.choice((0, 0, 0, days)),
                        cents,
                        rng.choice(("monthly fee", "transfer", "thank you", "as agreed")),
                    )
                )
        payments += [
            (rng.randint(0, 90), rng.choice(tariffs), "deposit")
            for _ in range(context.scale(3, 12))
        ]
        payments += [
            (rng.randint(0, 90), -rng.randint(100, 90_000), f"refund {rng.choice(numbers)}")
            for _ in range(context.scale(3, 9))
        ]
        accounts: list[list[tuple[int, str, int, str]]] = [[] for _ in range(context.scale(1, 4))]
        for (day, cents, text), code in zip(
            payments, rng.sample(range(100_000, 999_999), len(payments)), strict=True
        ):
            rng.choice(accounts).append((day, f"T{code}", cents, text))
        for place, rows in enumerate(accounts):
            rows.sort(key=lambda row: row[0])
            doubled = sorted(rows + rng.sample(rows, len(rows) // 8), key=lambda row: row[0])
            body = "".join(f"{_date(d)};{ref};{_german(c)};{t}\n" for d, ref, c, t in doubled)
            part.file(
                f"statements/account-{place + 1}.csv",
                ("date;reference;amount;text\n" + body).encode(),
            )
        values = ",\n".join(
            f"  ('{n}', '{c}', '{_date(d)}', {cents})"
            for n, (c, d, cents) in sorted(invoices.items(), key=lambda e: rng.random())
        )
        sql = f"CREATE TABLE invoices (number TEXT PRIMARY KEY, customer TEXT, issued TEXT, cents INTEGER);\nINSERT INTO invoices VALUES\n{values};\n"
        part.file("books.sql", sql.encode(), transient=True)
        part.setup("sqlite3 books.db < books.sql && rm books.sql")
        put, unassigned = self._match(invoices, [row for rows in accounts for row in rows], days)
        counts = dict.fromkeys(("paid", "over", "under", "open"), 0)
        lacking = dict.fromkeys(customers, 0)
        wanted = ["number,status,received"]
        for number in sorted(numbers):
            customer, _, cents = invoices[number]
            got = put.get(number, 0)
            status = (
                "open"
                if number not in put
                else "paid"
                if abs(got - cents) <= slack
                else "over"
                if got > cents
                else "under"
            )
            counts[status] += 1
            lacking[customer] += cents - got if status in ("open", "under") else 0
            wanted.append(f"{number},{status},{got}")
        worst = max(customers, key=lambda c: lacking[c])
        report: dict[str, object] = {
            **counts,
            "unassigned": sorted(unassigned),
            "missing_cents": sum(lacking.values()),
            "worst_customer": worst,
        }
        table, summary = (
            rng.choice(("invoices.csv", "status.csv", "matched.csv")),
            rng.choice(("reconciliation.json", "summary.json")),
        )
        words = {
            "where": part.where,
            "boss": names.person().name,
            "company": names.company,
            "days": days,
            "slack": slack,
            "table": table,
            "report": summary,
        }
        part.title = "reconcile payments with invoices"
        part.ask(
            context.pick(_ASKS).format(**words),
            _RULES.format(**words),
            context.pick(_WANTED).format(**words),
        )
        part.do(
            "ls -l statements; head -5 statements/*.csv",
            "sqlite3 -readonly books.db .schema 'SELECT * FROM invoices LIMIT 5' 'SELECT count(*), sum(cents) FROM invoices'",
            "cut -d';' -f2 statements/*.csv | sort | uniq -d | wc -l",
            "cut -d';' -f4 statements/*.csv | sed 's/[0-9]/9/g' | sort | uniq -c | sort -rn | head -20",
            "cut -d';' -f3 statements/*.csv | grep -c -- '^-'",
            "sqlite3 -readonly books.db 'SELECT cents, count(*) FROM invoices GROUP BY 1 HAVING count(*) > 1'",
            _SOLVE.replace("@DAYS@", str(days)).replace("@SLACK@", str(slack)),
            "python3 /tmp/match.py /tmp/table.csv /tmp/report.json && cut -d, -f2 /tmp/table.csv | sort | uniq -c",
            "head -5 /tmp/table.csv; jq -c . /tmp/report.json",
            f"cp /tmp/table.csv {table}",
            f"cp /tmp/report.json {summary}; worst_customer=$(jq -r .worst_customer {summary}); echo $worst_customer",
        )
        part.check("the table is right", f"assert lines({part.path(table)!r}) == {wanted!r}")
        for keys in (
            ("paid", "over", "under", "open"),
            ("unassigned",),
            ("missing_cents", "worst_customer"),
        ):
            part.check(
                f"the report: {', '.join(keys)}",
                f"""
                report, wanted = json_file({part.path(summary)!r}), { ({k: report[k] for k in keys})!r}
                assert {{key: report.get(key) for key in wanted}} == wanted
                assert sorted(report) == {sorted(report)!r}
                """,
            )
        given = {p: f.data.decode() for p, f in part.files.items() if p not in part.transient}
        part.check(
            "the inputs are as they were",
            f"""
            for path, content in {given!r}.items():
                assert text(path) == content, path
            rows = sqlite({part.path("books.db")!r}, "SELECT number, cents FROM invoices ORDER BY number")
            assert rows == {[(n, invoices[n][2]) for n in sorted(numbers)]!r}
            """,
        )
        part.output(table, summary)
        part.hide(worst, sum(lacking.values()), *numbers[:5])
        part.reveals(
            "customer",
            worst,
            [c for c in customers if c != worst][:3],
            "the customer who owes the most",
            "worst_customer",
        )
        return part

    @staticmethod
    def _match(
        invoices: dict[str, tuple[str, int, int]],
        bookings: list[tuple[int, str, int, str]],
        days: int,
    ) -> tuple[dict[str, int], list[str]]:
        put: dict[str, int] = {}
        loose, unassigned = [], []
        for day, reference, cents, text in bookings:
            plain = text.upper().replace(" ", "").replace("-", "")
            named = [number for number in invoices if number in plain]
            if cents > 0 and named:
                put[named[0]] = put.get(named[0], 0) + cents
            elif cents > 0:
                loose.append((day, reference, cents))
        for day, reference, cents in sorted(loose):
            fits = [
                (issued, n)
                for n, (_, issued, c) in invoices.items()
                if n not in put and c == cents and 0 <= day - issued <= days
            ]
            if fits:
                put[min(fits)[1]] = cents
            else:
                unassigned.append(reference)
        return put, unassigned


def _date(day: int) -> str:
    """A day of 2023, counted from 1 March."""
    month = 3
    for length in (31, 30, 31, 30, 31, 31):
        if day < length:
            break
        day, month = day - length, month + 1
    return f"2023-{month:02d}-{day + 1:02d}"


def _german(cents: int) -> str:
    sign, cents = ("-" if cents < 0 else ""), abs(cents)
    return f"{sign}{f'{cents // 100:,}'.replace(',', '.')},{cents % 100:02d}"
