"""A byte-pair tokeniser to be trained and applied exactly as described."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from random import Random

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part
from terminal_gym_generator.rounding import clear

_ASKS = (
    """
    For the next model of {company} we need a small tokeniser trained on `{where}/corpus` ({count} files). {boss} fixed the
    procedure in `{where}/TRAINING.md` so that everybody gets the same merges. It will be compared
    with a second implementation, merge for merge.
    """,
    """
    {boss} wants a byte-pair tokeniser for the {count} texts in `{where}/corpus`. The procedure is
    `{where}/TRAINING.md`; ties are decided there as well, so there is exactly one right result, and we check it against another team's.
    """,
)
_WANTED = (
    """
    Leave `{where}/{merges}` with the learned merges, one per line in the order learned, left and right part separated by one
    space. Then write `{where}/encode.py`: `python3 encode.py FILE` reads that merges file from its own folder and prints
    the tokens of the text in FILE, one per line; we will try it on other texts. Finally `{where}/{report}` gets one JSON object: for each file of the
    corpus (its name without `.txt`) an object with `words`, `tokens` (how many it is encoded to) and `ratio` (tokens per word, rounded to
    4 decimals). The corpus stays as it is.
    """,
    """
    The result is three files. `{where}/{merges}` lists the merges as learned, a line each: left part, one space, right part.
    `{where}/encode.py` (standard library) is called as `python3 encode.py FILE`, finds the merges file beside itself, and
    prints the tokens of FILE's text, one per line; other texts will be tried. `{where}/{report}`
    is a JSON object from each corpus file's name (without `.txt`) to an object of
    `words` (count), `tokens` (count after encoding) and `ratio` (tokens divided by words, 4 decimals). Do not touch the corpus.
    """,
)
_TRAINING = """\
# Training

- A text is turned into lower case and cut into words: the longest runs of the letters `a` to `z`{apostrophe}.
  Everything else only separates words.
- {frame}
- Training starts with each word of the whole corpus as its single characters{also}. A pair is two
  neighbouring symbols within a word; it counts once for each place at which it stands, in every
  occurrence of the word ("aaa" holds the pair "a a" twice).
- The pair with the highest count is merged into one symbol, in each word from left to right, without
  overlap. Of pairs with the same count {tie} is taken (compared as
  plain text: the left parts first, then the right parts).
- That is repeated until {limit} merges have been learned, or until the highest count is below {least}.
- Encoding a word: start with its single characters, and apply the merges in the order learned, each
  wherever it fits, from left to right.
"""
_CODE = """
cat > /tmp/bpe.py <<'EOF'
import re
def words(text):
    return [@WORD@ for word in re.findall(r"[a-z@APOSTROPHE@]+", text.lower())]
def merge(symbols, pair):
    out, i = [], 0
    while i < len(symbols):
        if tuple(symbols[i:i + 2]) == pair:
            out.append(symbols[i] + symbols[i + 1])
            i += 2
        else:
            out.append(symbols[i])
            i += 1
    return out
EOF
"""
_TRAIN = """
cat > /tmp/train.py <<'EOF'
import sys, glob, collections
sys.path.insert(0, "/tmp")
from bpe import words, merge
counts = collections.Counter(w for p in sorted(glob.glob("corpus/*.txt")) for w in words(open(p).read()))
split = {w: list(w) for w in counts}
for _ in range(@LIMIT@):
    pairs = collections.Counter()
    for w, s in split.items():
        for pair in zip(s, s[1:]):
            pairs[pair] += counts[w]
    if not pairs or max(pairs.values()) < @LEAST@:
        break
    top = max(pairs.values())
    best = @PICK@(p for p in pairs if pairs[p] == top)
    print(*best)
    split = {w: merge(s, best) for w, s in split.items()}
EOF
"""
_SYLLABLES = (
    "ka ro min sel tor ven dal pri sto lun mar che bri os an er ing ed tion al re un".split()
)


class MergeTokenizer(Family):
    """Train a byte-pair tokeniser by a written procedure and encode a corpus with it.

    Hard because every tie must be broken as written, and one wrong merge changes all later ones.
    """

    name = "merge-tokenizer"
    domain = "ai_ml"
    skills = ("tokenizer-training", "tokenizer-application")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        apostrophe, first = rng.random() < 0.5, rng.random() < 0.5
        frame = rng.choice(("#", "_", ""))
        limit, least = context.scale(25, 90), rng.randint(3, 5)
        stems = [
            "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(1, 4)))
            for _ in range(context.scale(60, 160))
        ]
        titles = [names.project() for _ in range(context.scale(3, 7))]
        while True:
            files = {title: _prose(rng, stems, context.scale(120, 260)) for title in titles}
            learned = _learn(list(files.values()), apostrophe, frame, limit, least, first)
            expected = {
                name: _count(text, apostrophe, frame, learned) for name, text in files.items()
            }
            ratios = sorted(row["ratio"] for row in expected.values())
            exact = [row["tokens"] / row["words"] for row in expected.values()]
            if ratios[0] < ratios[1] and all(clear(ratio, 4) for ratio in exact):
                break
        for name, text in files.items():
            part.file(f"corpus/{name}.txt", text.encode())
        frames = (
            "Nothing is added to a word."
            if not frame
            else f"Behind each word the character `{frame}` is put, which takes part in merges like any other."
        )
        part.file("TRAINING.md", _TRAINING.format(
            apostrophe=" and of `'`" if apostrophe else "", frame=frames, also=f" (and the `{frame}`)" if frame else "",
            tie="the smallest" if first else "the largest", limit=limit, least=least).encode())  # fmt: skip
        merges, report = (
            rng.choice(("merges.txt", "bpe.txt")),
            rng.choice(("tokens.json", "corpus.json", "stats.json")),
        )
        words = {
            "where": part.where,
            "boss": names.person().name,
            "company": names.company,
            "count": len(files),
            "merges": merges,
            "report": report,
        }
        part.title = "train a tokeniser"
        part.ask(context.pick(_ASKS).format(**words), context.pick(_WANTED).format(**words))

        def fill(template: str) -> str:
            values = {
                "WORD": f'word + "{frame}"' if frame else "word",
                "APOSTROPHE": "'" if apostrophe else "",
                "LIMIT": limit,
                "LEAST": least,
                "PICK": "min" if first else "max",
            }
            for key, value in values.items():
                template = template.replace(f"@{key}@", str(value))
            return template

        part.do(
            "cat TRAINING.md",
            "wc corpus/*; head -c 300 corpus/*.txt",
            'cat corpus/*.txt | tr -d "a-zA-Z \\n" | fold -w1 | sort | uniq -c | sort -rn | head',
            fill(_CODE),
            fill(_TRAIN),
            f"python3 /tmp/train.py > {merges}; wc -l {merges}; head -5 {merges}",
            '{ cat /tmp/bpe.py; cat <<\'EOF\'\nimport pathlib, sys\nmerges = [tuple(line.split(" ")) for line in (pathlib.Path(__file__).parent / "'
            + merges
            + '").read_text().splitlines()]\nfor word in words(open(sys.argv[1]).read()):\n    symbols = list(word)\n    for pair in merges:\n        symbols = merge(symbols, pair)\n    print("\\n".join(symbols))\nEOF\n} > encode.py',
            "python3 encode.py $(ls corpus/*.txt | head -1) | head -20 | paste -sd' '",
            "sed -i 's/^def words/\\n\\n&/; s/^def merge/\\n\\n&/' encode.py; python3 encode.py <(echo \"It's a test\") | paste -sd' '",
            f"rm -f /tmp/rows; for f in corpus/*.txt; do w=$(tr 'A-Z' 'a-z' < $f | grep -oE \"[a-z{chr(39) if apostrophe else ''}]+\" | wc -l); t=$(python3 encode.py $f | wc -l); echo $(basename $f .txt) $w $t >> /tmp/rows; done; cat /tmp/rows",
            f"jq -nR '[inputs | split(\" \") | {{key: .[0], value: {{words: .[1] | tonumber, tokens: .[2] | tonumber, ratio: ((.[2] | tonumber) / (.[1] | tonumber) * 10000 | round / 10000)}}}}] | from_entries' /tmp/rows > {report}; dense=$(jq -r 'to_entries | min_by(.value.ratio) | .key' {report}); echo $dense",
        )
        trials = [_prose(rng, stems, 40), "", "It's A Test: don't 12 stop-gap\n"]
        self._verify(
            part,
            learned,
            expected,
            merges,
            report,
            [(t, _encode(t, apostrophe, frame, learned)) for t in trials],
        )
        best = min(expected, key=lambda name: expected[name]["ratio"])
        part.hide(best, *(row["ratio"] for row in expected.values()))
        part.reveals(
            "text",
            best,
            [n for n in expected if n != best][:3],
            "the text with the fewest tokens per word",
            "dense",
        )
        return part

    @staticmethod
    def _verify(
        part: Part,
        learned: list[tuple[str, str]],
        expected: dict[str, dict[str, float]],
        merges: str,
        report: str,
        trials: list[tuple[str, list[str]]],
    ) -> None:
        part.check(
            "the merges are the right ones, in order",
            f"assert lines({part.path(merges)!r}) == {[' '.join(p) for p in learned]!r}",
        )
        for keys in (("words", "tokens"), ("ratio",)):
            wanted = {name: {key: row[key] for key in keys} for name, row in expected.items()}
            part.check(
                f"the report: {' and '.join(keys)}",
                f"""
                report, wanted = json_file({part.path(report)!r}), {wanted!r}
                assert set(report) == set(wanted)
                for name, row in wanted.items():
                    assert set(report[name]) == {{"words", "tokens", "ratio"}}
                    assert {{key: report[name][key] for key in row}} == row, name
                """,
            )
        part.check(
            "the encoder is right on other texts",
            f"""
            import tempfile
            for content, tokens in {trials!r}:
                with tempfile.NamedTemporaryFile("w") as file:
                    file.write(content)
                    file.flush()
                    os.chmod(file.name, 0o644)
                    code, out, err = run_agent_program(["python3", "-B", {part.path("encode.py")!r}, file.name], cwd="/")
                assert code == 0, err[-200:]
                assert out.split() == tokens, out[:200]
            """,
            slow=True,
        )
        given = {p: f.data.decode() for p, f in part.files.items()}
        part.check(
            "corpus and procedure are as they were",
            f"""
            for path, content in {given!r}.items():
                assert text(path) == content, path
            """,
        )
        part.output(merges, report)
        part.mutate("rm encode.py", "sed -i 's/text.lower()/text/' encode.py")


def _prose(rng: Random, stems: list[str], count: int) -> str:
    """Text with a natural skew of words, with case and punctuation."""
    out = []
    for place in range(count):
        word = stems[min(int(rng.expovariate(1 / 12)), len(stems) - 1)]
        word = rng.choice(
            (
                word,
                word,
                word,
                word.capitalize(),
                word + "'s",
                f"{word}-{rng.choice(stems)}",
                f"{word} {rng.randint(2, 99)}",
            )
        )
        out.append(
            word + rng.choice(("", "", "", ",", ".", ";")) + ("\n" if place % 11 == 10 else " ")
        )
    return "".join(out).rstrip() + "\n"


def _words(text: str, apostrophe: bool, frame: str) -> list[str]:
    kept = "abcdefghijklmnopqrstuvwxyz" + ("'" if apostrophe else "")
    return [word + frame for word in "".join(c if c in kept else " " for c in text.lower()).split()]


def _merge(symbols: list[str], pair: tuple[str, str]) -> list[str]:
    out: list[str] = []
    fresh = False
    for symbol in symbols:
        if out and not fresh and (out[-1], symbol) == pair:
            out[-1] += symbol
            fresh = True
        else:
            out.append(symbol)
            fresh = False
    return out


def _learn(
    texts: list[str], apostrophe: bool, frame: str, limit: int, least: int, first: bool
) -> list[tuple[str, str]]:
    counts = Counter(word for text in texts for word in _words(text, apostrophe, frame))
    split = {word: list(word) for word in counts}
    learned: list[tuple[str, str]] = []
    while len(learned) < limit:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, symbols in split.items():
            for pair in pairwise(symbols):
                pairs[pair] += counts[word]
        top = max(pairs.values(), default=0)
        if top < least:
            break
        learned.append((min if first else max)(pair for pair in pairs if pairs[pair] == top))
        split = {word: _merge(symbols, learned[-1]) for word, symbols in split.items()}
    return learned


def _count(
    text: str, apostrophe: bool, frame: str, learned: list[tuple[str, str]]
) -> dict[str, float]:
    """The report's entry for a text."""
    words = len(_words(text, apostrophe, frame))
    tokens = len(_encode(text, apostrophe, frame, learned))
    return {"words": words, "tokens": tokens, "ratio": round(tokens / words, 4)}


def _encode(text: str, apostrophe: bool, frame: str, learned: list[tuple[str, str]]) -> list[str]:
    tokens = []
    for word in _words(text, apostrophe, frame):
        symbols = list(word)
        for pair in learned:
            if len(symbols) > 1:
                symbols = _merge(symbols, pair)
        tokens += symbols
    return tokens
