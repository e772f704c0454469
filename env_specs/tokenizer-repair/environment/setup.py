"""Makes the world: a BPE tokenizer with damaged files and code, and recordings of the sound one."""

import json
import random
from collections import Counter
from pathlib import Path

rng = random.Random(71_904)
TOK = Path("/app/tok")
STEMS = "station platform signal depart arriv carri passeng freight engin switch timetabl connect inspect restor schedul locat transfer brak coupl deliver".split()
ENDS = ["", "s", "ed", "ing", "er", "ers", "ion", "ions", "e", "es", "ment", "ation", "able", "ure"]
SMALL = "the a of to at in on and or not no is was were has been late early before after again until north south east west line lines rail night two three".split()
PLACES = [f"{kind}#{number}" for kind in ("gate", "track", "line", "shed") for number in (1, 2, 12, 17, 21, 112)]
WORDS = [stem + end for stem in STEMS for end in ENDS]
rng.shuffle(WORDS)
MERGES = 230

ENCODE = '''"""Encode text: one JSON list of ids for each line of the standard input. See ../docs/TOKENIZER.md."""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MARK = "\\u2581"
UNK, BOS, EOS = 1, 2, 3


def load():
    vocab = json.loads((HERE / "vocab.json").read_text(encoding="utf-8"))
    ranks = {}
    for line in (HERE / "merges.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        ranks[tuple(line.split())] = len(ranks)
    return vocab, ranks


def merge_all(symbols, pair):
    return " ".join(symbols).replace(" ".join(pair), "".join(pair)).split(" ")


def encode_word(word, ranks):
    symbols = list(MARK + word)
    while len(symbols) > 1:
        best = min(zip(symbols, symbols[1:]), key=lambda pair: ranks.get(pair, len(ranks)))
        if best not in ranks:
            break
        symbols = merge_all(symbols, best)
    return symbols


def encode(text, vocab, ranks):
    ids = [BOS]
    for word in text.split():
        ids += [vocab.get(symbol, UNK) for symbol in encode_word(word, ranks)]
    return ids + [EOS]


if __name__ == "__main__":
    vocab, ranks = load()
    for line in sys.stdin:
        print(json.dumps(encode(line, vocab, ranks)))
'''
DOC = """# The tokenizer

Texts are split at blanks; every word gets the mark U+2581 in front, and its characters are the
first symbols. As long as two neighbouring symbols form a known merge, the merge of the lowest rank
is applied to all its places in the word, from left to right. A merge joins two whole symbols.
A symbol that is not in the vocabulary is `<unk>`. `<bos>` and `<eos>` stand around the text.

Ids: `<pad>` 0, `<unk>` 1, `<bos>` 2, `<eos>` 3, then the alphabet by code point, then one id for
each merge, in the order of their ranks. No two merges give the same token.

`merges.txt`: the line `#version: 2`, then one merge per line, by rank: two symbols and a blank
between them. `vocab.json`: an object from token to id.

`recordings/` holds what the service answered while it was sound: `text` and `ids`.
"""


def join(symbols, pair):
    out = []
    for symbol in symbols:
        if out and (out[-1], symbol) == pair:
            out[-1] += symbol
        else:
            out.append(symbol)
    return out


def train(counts, alphabet):
    words = {word: list("\u2581" + word) for word in counts}
    merges, tokens = [], set(alphabet)
    while len(merges) < MERGES:
        pairs = Counter()
        for word, symbols in words.items():
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] += counts[word] * (pair[0] + pair[1] not in tokens)
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        tokens.add(best[0] + best[1])
        words = {word: join(symbols, best) for word, symbols in words.items()}
    return merges


def encode(text, vocab, ranks):
    ids = [2]
    for word in text.split():
        symbols = list("\u2581" + word)
        while True:
            known = [pair for pair in zip(symbols, symbols[1:]) if pair in ranks]
            if not known:
                break
            symbols = join(symbols, min(known, key=ranks.get))
        ids += [vocab.get(symbol, 1) for symbol in symbols]
    return ids + [3]


def sentence():
    words = [rng.choice(SMALL) if rng.random() < 0.4 else rng.choice(WORDS + PLACES) for _ in range(rng.randint(4, 9))]
    if rng.random() < 0.3:
        words[0] = words[0].capitalize()
    if rng.random() < 0.1:
        words.append(rng.choice(["\u00fcber", "caf\u00e9", "[sic]"]))
    return " ".join(words)


counts = {word: 1 + 400 // (place + 3) for place, word in enumerate(WORDS)}
counts.update({word: 60 + 9 * place for place, word in enumerate(SMALL)})
counts.update({word: 25 for word in PLACES})
alphabet = sorted(set("".join(counts)) | set("\u2581ABCDEFGHILMNOPRSTW-,."))
merges = train(counts, alphabet)
vocab = {token: place for place, token in enumerate(["<pad>", "<unk>", "<bos>", "<eos>", *alphabet])}
base = len(vocab)
vocab.update({left + right: base + rank for rank, (left, right) in enumerate(merges)})
ranks = {pair: rank for rank, pair in enumerate(merges)}
lines = [f"{left} {right}" for left, right in merges]


def line(token):
    return next(one for one in lines if one.replace(" ", "") == token)


# Lines that are gone, of tokens some of which are gone from the vocabulary, too.
gone = [line(token) for token in "ine wo ation able #11 #112 ▁switch ▁inspect ▁carri ing ▁freigh".split()]
late = [line(token) for token in "on ra at ▁couple".split()]
early = [line(token) for token in "▁locat ▁schedul".split() if token in vocab] or [line("▁schedul")]
mangled = {line("▁platform"): "▁platfo rm", line("▁loc"): "▁loc", line("▁delive"): "▁deliv e", line("▁depar"): "▁d epar"}
damaged = [mangled.get(one, one) for one in lines if one not in (*gone, *late, *early)]
for one, place in zip(late, (203, 90, 187, 74)):
    damaged.insert(place, one)
for one, place in zip(early, (31,)):
    damaged.insert(place, one)
for one, place in zip(("es t", "▁s o", line("▁not")), (22, 64, 150)):  # two foreign lines, one twice
    damaged.insert(place, one)

wrong = dict(vocab)
for token in "▁carri ing ▁freigh ion ▁connec rs".split():
    del wrong[token]
for one, other in (("ions", "ment"), ("ure", "▁brak"), ("▁engin", "▁carriable")):
    wrong[one], wrong[other] = wrong[other], wrong[one]

TOK.mkdir(parents=True)
(TOK / "encode.py").write_text(ENCODE, encoding="utf-8")
(TOK / "merges.txt").write_text("\n".join(["#version: 2", *damaged]) + "\n", encoding="utf-8")
(TOK / "vocab.json").write_text(json.dumps(wrong, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8")
texts = [sentence() for _ in range(240)]
for name, part in (("2025-03", texts[:110]), ("2025-04", texts[110:])):
    file = TOK.parent / "recordings" / f"{name}.jsonl"
    file.parent.mkdir(exist_ok=True)
    rows = [{"text": text, "ids": encode(text, vocab, ranks)} for text in part]
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
(TOK.parent / "docs").mkdir()
(TOK.parent / "docs/TOKENIZER.md").write_text(DOC, encoding="utf-8")
