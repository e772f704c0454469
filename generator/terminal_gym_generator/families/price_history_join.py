"""Sales to be valued at the price that was in force when they were made."""

from __future__ import annotations

import csv
import io

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    {boss} needs the revenue of {company}'s shops with the prices that were really in force at each sale.
    Sales are in `{where}/sales` (a CSV file per shop, {count} of them), prices in the SQLite
    database `{where}/catalogue.db`, table `prices`, and the shops' offsets from UTC in its table `shops`.
    """,
    """
    Last quarter's revenue of {company} was computed with today's prices, which is wrong. {boss} wants it
    done again from the {count} exports in `{where}/sales`, one per shop, and the price history in
    `{where}/catalogue.db` (tables `prices` and `shops`).
    """,
    """
    Please value the sales in `{where}/sales` ({count} shops, one CSV export each) with the price history of
    `{where}/catalogue.db`, whose tables are `prices` and `shops`. {boss} signs the result.
    """,
)
_RULES = """
Times of sales are local times of the shop; `shops.offset_minutes` is what the local time is ahead of UTC. Prices hold from
`valid_from` (UTC) on, that very second included, until the next price of the same product; of several with the same
`valid_from` the one with the highest `id` holds. A row of an export whose `sale_id` occurred before in the same shop's export is a
repetition and is ignored, whatever it says. A quantity in parentheses is a return and counts negative. A return is valued like a sale,
at the time of the return. Sales of a product before its first price, and of unknown products, are unpriced and count nowhere else.
Exports differ in their separator (comma or semicolon) and in the order of their columns; prices are in cents.
"""
_WANTED = (
    """
    Write `{where}/{table}`, CSV with the header `shop,product,quantity,cents`, a line for every shop and product with at least
    one priced sale or return: net quantity and net revenue in cents, sorted by shop, then product (plain text). And write `{where}/{report}`, a JSON
    object with `repeated` (ignored repetitions), `unpriced` (rows, after repetitions are gone), `revenue` (all shops, in cents), `top_shop` and
    `top_product` (by revenue). Leave the inputs alone.
    """,
    """
    The result is `{where}/{table}` (CSV, header `shop,product,quantity,cents`; net quantity and revenue in cents of each shop and product that has
    a priced row, ordered by shop and product as plain text) and `{where}/{report}`: one JSON object with the total `revenue` in cents, the
    `top_shop` and the `top_product` by revenue, and how many rows were left out as `repeated` and, among the rest, as `unpriced`. The
    exports and the database must not change.
    """,
)
_LOAD = """
cat > /tmp/load.py <<'EOF'
import csv, glob, os, sqlite3, datetime
db = sqlite3.connect("/tmp/work.db")
db.execute("ATTACH 'file:catalogue.db?mode=ro' AS c") if False else db.executescript("DROP TABLE IF EXISTS sales; CREATE TABLE sales (shop, sale_id, product, utc INTEGER, quantity INTEGER);")
source = sqlite3.connect("file:catalogue.db?mode=ro", uri=True)
offsets = dict(source.execute("SELECT shop, offset_minutes FROM shops"))
repeated = 0
for path in sorted(glob.glob("sales/*.csv")):
    shop, seen = os.path.basename(path)[:-4], set()
    text = open(path).read()
    for row in csv.DictReader(text.splitlines(), delimiter=";" if ";" in text.splitlines()[0] else ","):
        if row["sale_id"] in seen:
            repeated += 1
            continue
        seen.add(row["sale_id"])
        quantity = row["quantity"]
        number = -int(quantity[1:-1]) if quantity.startswith("(") else int(quantity)
        when = datetime.datetime.fromisoformat(row["time"]).replace(tzinfo=datetime.timezone.utc).timestamp() - 60 * offsets[shop]
        db.execute("INSERT INTO sales VALUES (?, ?, ?, ?, ?)", (shop, row["sale_id"], row["product"], int(when), number))
db.execute("DROP TABLE IF EXISTS prices")
db.execute("CREATE TABLE prices (id, product, start INTEGER, cents INTEGER)")
db.executemany("INSERT INTO prices VALUES (?, ?, ?, ?)", source.execute("SELECT id, product, CAST(strftime('%s', valid_from) AS INTEGER), cents FROM prices"))
db.commit()
print(repeated)
EOF
"""


class PriceHistoryJoin(Family):
    """Value sales at the price in force at their moment, across shops in several time zones.

    Hard because of local times, repeated and returned sales, prices that change to the second and
    exports of different shape.
    """

    name = "price-history-join"
    domain = "data_science"
    skills = ("as-of-joins", "slowly-changing-dimensions", "time-zones")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        shops = sorted(names.host() for _ in range(context.scale(3, 8)))
        products = sorted(
            f"{names.token(2, 'ABCDEFGH')}-{n}"
            for n in rng.sample(range(100, 999), context.scale(6, 20))
        )
        offsets = {shop: rng.choice((-480, -300, -210, 0, 60, 120, 330, 540)) for shop in shops}
        prices: list[tuple[str, int, int]] = []
        for product in products:
            moments = sorted(rng.sample(range(2 * 86_400, 80 * 86_400), context.scale(3, 9)))
            moments[0] = rng.randint(0, 5 * 86_400)
            prices += [(product, moment, rng.randint(99, 9999)) for moment in sorted(moments)]
            prices.append((product, rng.choice(moments), rng.randint(99, 9999)))
        rng.shuffle(prices)
        values = ",\n".join(
            f"  ({i}, '{p}', '{_stamp(at)}', {cents})" for i, (p, at, cents) in enumerate(prices, 1)
        )
        zones = ",\n".join(f"  ('{shop}', {minutes})" for shop, minutes in offsets.items())
        part.file("catalogue.sql", (
            "CREATE TABLE prices (id INTEGER PRIMARY KEY, product TEXT, valid_from TEXT, cents INTEGER);\n"
            "CREATE TABLE shops (shop TEXT PRIMARY KEY, offset_minutes INTEGER);\n"
            f"INSERT INTO prices VALUES\n{values};\nINSERT INTO shops VALUES\n{zones};\n").encode(), transient=True)  # fmt: skip
        part.setup("sqlite3 catalogue.db < catalogue.sql && rm catalogue.sql")
        totals: dict[tuple[str, str], list[int]] = {}
        counts = {"repeated": 0, "unpriced": 0}
        for shop in shops:
            columns = rng.sample(("sale_id", "time", "product", "quantity", "till"), 5)
            out = io.StringIO()
            writer = csv.DictWriter(out, columns, delimiter=rng.choice(",;"), lineterminator="\n")
            writer.writeheader()
            done: list[dict[str, str]] = []
            for number in range(context.scale(60, 260)):
                if done and rng.random() < 0.06:
                    writer.writerow({**rng.choice(done), "quantity": str(rng.randint(1, 9))})
                    counts["repeated"] += 1
                    continue
                product, at = rng.choice(products), rng.randint(0, 89 * 86_400)
                if rng.random() < 0.25:  # right at, or just before, a change of the price
                    product, at, _ = rng.choice(prices)
                    at -= rng.choice((0, 0, 1, 3600, -3600))
                if rng.random() < 0.03:
                    product = "ZZ-" + str(rng.randint(100, 999))
                pieces = rng.choice((1, 1, 2, 3, rng.randint(4, 30), -1, -2))
                shown = str(pieces) if pieces > 0 else f"({-pieces})"
                row = {
                    "sale_id": f"{rng.randint(10, 99)}{number:04d}",
                    "time": _stamp(at + 60 * offsets[shop]),
                    "product": product,
                    "quantity": shown,
                    "till": str(rng.randint(1, 5)),
                }
                writer.writerow(row)
                done.append(row)
                known = [
                    (start, i, cents)
                    for i, (p, start, cents) in enumerate(prices)
                    if p == product and start <= at
                ]
                if not known:
                    counts["unpriced"] += 1
                    continue
                entry = totals.setdefault((shop, product), [0, 0])
                entry[0] += pieces
                entry[1] += pieces * max(known)[2]
            part.file(f"sales/{shop}.csv", out.getvalue().encode())
        by_shop = {s: sum(v[1] for k, v in totals.items() if k[0] == s) for s in shops}
        by_product = {p: sum(v[1] for k, v in totals.items() if k[1] == p) for p in products}
        top, best = max(shops, key=lambda s: by_shop[s]), max(products, key=lambda p: by_product[p])
        report: dict[str, str | int] = {
            **counts,
            "revenue": sum(by_shop.values()),
            "top_shop": top,
            "top_product": best,
        }
        table = rng.choice(("revenue.csv", "valued.csv", "totals.csv"))
        summary = rng.choice(("summary.json", "revenue.json"))
        words = {"where": part.where, "boss": names.person().name, "company": names.company, "count": len(shops),
                 "table": table, "report": summary}  # fmt: skip
        part.title = "value sales at historical prices"
        part.ask(context.pick(_ASKS).format(**words), _RULES, context.pick(_WANTED).format(**words))
        part.do(
            "ls -l sales; head -3 sales/*.csv",
            "sqlite3 -readonly catalogue.db .schema 'SELECT * FROM shops' 'SELECT * FROM prices ORDER BY product, valid_from LIMIT 12'",
            "sqlite3 -readonly catalogue.db 'SELECT product, valid_from, count(*) FROM prices GROUP BY 1, 2 HAVING count(*) > 1'",
            "cat sales/*.csv | grep -c '('; for f in sales/*.csv; do head -1 $f; done",
            _LOAD.replace(
                "db.execute(\"ATTACH 'file:catalogue.db?mode=ro' AS c\") if False else db.executescript",
                "db.executescript",
            ),
            "repeated=$(python3 /tmp/load.py); echo $repeated; sqlite3 /tmp/work.db 'SELECT shop, count(*), sum(quantity) FROM sales GROUP BY 1'",
            "sqlite3 /tmp/work.db 'CREATE TABLE valued AS SELECT s.*, (SELECT cents FROM prices p WHERE p.product = s.product AND p.start <= s.utc ORDER BY p.start DESC, p.id DESC LIMIT 1) AS cents FROM sales s'",
            "sqlite3 /tmp/work.db 'SELECT * FROM valued WHERE cents IS NULL LIMIT 5'; unpriced=$(sqlite3 /tmp/work.db 'SELECT count(*) FROM valued WHERE cents IS NULL'); echo $unpriced",
            f"{{ echo shop,product,quantity,cents; sqlite3 -csv /tmp/work.db 'SELECT shop, product, sum(quantity), sum(quantity * cents) FROM valued WHERE cents IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2' | tr -d '\\r'; }} > {words['table']}; head -4 {words['table']}",
            f"top_shop=$(awk -F, 'NR > 1 {{t[$1] += $4}} END {{for (k in t) print t[k], k}}' {words['table']} | sort -rn | head -1 | cut -d' ' -f2); top_product=$(awk -F, 'NR > 1 {{t[$2] += $4}} END {{for (k in t) print t[k], k}}' {words['table']} | sort -rn | head -1 | cut -d' ' -f2); echo $top_shop $top_product",
            f"revenue=$(awk -F, 'NR > 1 {{t += $4}} END {{printf \"%d\", t}}' {words['table']}); jq -n --argjson repeated $repeated --argjson unpriced $unpriced --argjson revenue $revenue --arg top_shop $top_shop --arg top_product $top_product '$ARGS.named' > {words['report']}; cat {words['report']}",
        )
        wanted = [
            "shop,product,quantity,cents",
            *(f"{s},{p},{n},{c}" for (s, p), (n, c) in sorted(totals.items())),
        ]
        part.check("the table is right", f"assert lines({part.path(table)!r}) == {wanted!r}")
        for keys in (("repeated", "unpriced"), ("revenue",), ("top_shop", "top_product")):
            part.check(
                f"the report: {' and '.join(keys)}",
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
            rows = sqlite({part.path("catalogue.db")!r}, "SELECT product, cents FROM prices ORDER BY id")
            assert rows == {[(p, c) for p, _, c in prices]!r}
            """,
        )
        part.output(table, summary)
        part.hide(top, report["revenue"], *(shop for shop in shops))
        part.reveals(
            "shop",
            top,
            [s for s in shops if s != top][:3],
            "the shop with the most revenue",
            "top_shop",
        )
        return part


def _stamp(moment: int) -> str:
    """A moment of early 2024 (a leap year), counted from 2 January."""
    day, rest = divmod(moment + 86_400, 86_400)
    month = 0
    for length in (31, 29, 31, 30):
        if day < length:
            break
        day, month = day - length, month + 1
    return f"2024-{month + 1:02d}-{day + 1:02d} {rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
