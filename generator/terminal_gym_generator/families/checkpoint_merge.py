"""Binary checkpoints in shards, one of them damaged; to be averaged and merged with an adapter."""

from __future__ import annotations

import hashlib
import json
import struct
from random import Random

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    The training run of `{model}` left {count} checkpoints in `{where}/checkpoints`, and {boss} wants
    the released weights made from them. The container format is described in `{where}/FORMAT.md`.
    At least one checkpoint was damaged when the storage failed.
    """,
    """
    {boss} needs release weights for `{model}`: an average over its last sound checkpoints with the
    adapter folded in. {count} checkpoints are in `{where}/checkpoints`, the adapter is in
    `{where}/adapter`, and how tensors are stored says `{where}/FORMAT.md`. Not all of the
    checkpoints survived the storage failure.
    """,
)
_WANTED = (
    """
    A checkpoint is sound if each shard has the SHA-256 that `index.json` of its folder names, every tensor that
    the index lists is in the shard it is said to be in, and no value is NaN or infinite. Average the {last} sound checkpoints with
    the highest step numbers, value by value. Then fold in the adapter: for each
    `NAME.lora_a` (shape r × k) and `NAME.lora_b` (shape n × r) in `{where}/adapter/adapter.bin`, add
    `{alpha} / r` times the matrix product of `lora_b` and `lora_a` to the averaged tensor `NAME` (shape n × k). All
    tensors are also renamed: `{old}` at the start of a name becomes `{new}`.

    Write the result to `{where}/{release}`, one container in the same format, type `f32` throughout, tensors in the
    order of their (new) names, data without gaps in that order. Each value must be within 0.00001 of the exact one. Also write `{where}/{report}`, a JSON
    object with `damaged` (object from each unsound checkpoint's folder name to `digest`, `missing` or
    `value`, the first of these that applies), `used` (folder names of the averaged ones, by falling step), `parameters`
    (number of values in the release) and `norms` (object from each tensor's new name to its Euclidean norm, rounded to 3 decimals).
    Leave checkpoints and adapter untouched.
    """,
    """
    Only sound checkpoints may be used: every shard has the SHA-256 given in the `index.json` of its folder, each tensor of the index is in
    the shard named there, and all values are finite. Of these take the {last} with the highest step numbers and
    average them, value by value. The adapter `{where}/adapter/adapter.bin` has pairs `NAME.lora_a` (r × k) and `NAME.lora_b` (n × r); to the averaged tensor
    `NAME` (n × k) add the matrix product of `lora_b` and `lora_a`, times `{alpha} / r`. Finally `{old}` at the start of a tensor's name becomes `{new}`.

    `{where}/{release}` is to hold the outcome: a single container of the documented format, everything as `f32`, sorted by (new) name, the data in that order and
    without gaps; no value may be further than 0.00001 from the exact one. `{where}/{report}` documents it as a JSON object: `used`, the folders that were averaged, highest step first;
    `damaged`, from the folder of each unsound checkpoint to what is wrong with it, the first that applies of `digest`, `missing` and `value`;
    `parameters`, how many values the release has; `norms`, from each new tensor name to its Euclidean norm, rounded to 3 decimals. Do not change checkpoints or adapter.
    """,
)
_FORMAT = """\
# Tensor containers

A container is 8 bytes with the length of the header (unsigned, little-endian), the header, and the data.
The header is a JSON object from tensor name to `{"dtype": T, "shape": [..], "offsets": [BEGIN, END]}`; offsets
count bytes from the start of the data. Values are little-endian, row by row. T is one of

- `f32`: IEEE single precision
- `f16`: IEEE half precision
- `bf16`: the upper two bytes of an `f32`

A checkpoint's `index.json` has `step`, `files` (shard name to the SHA-256 of the shard) and `tensors`
(tensor name to shard name).
"""
_LIB = """
cat > /tmp/tensors.py <<'EOF'
import json, struct
SIZE = {"f32": 4, "f16": 2, "bf16": 2}
def load(path):
    raw = open(path, "rb").read()
    length = int.from_bytes(raw[:8], "little")
    found = {}
    for name, info in json.loads(raw[8:8 + length]).items():
        begin, end = (8 + length + o for o in info["offsets"])
        data, count = raw[begin:end], (end - begin) // SIZE[info["dtype"]]
        if info["dtype"] == "bf16":
            data = b"".join(b"\\0\\0" + data[i:i + 2] for i in range(0, len(data), 2))
        values = struct.unpack(f"<{count}{'e' if info['dtype'] == 'f16' else 'f'}", data)
        found[name] = (info["shape"], list(values))
    return found
def save(path, tensors):
    header, data = {}, b""
    for name in sorted(tensors):
        shape, values = tensors[name]
        header[name] = {"dtype": "f32", "shape": shape, "offsets": [len(data), len(data) + 4 * len(values)]}
        data += struct.pack(f"<{len(values)}f", *values)
    head = json.dumps(header).encode()
    open(path, "wb").write(len(head).to_bytes(8, "little") + head + data)
EOF
"""
_CHECK = """
cat > /tmp/sound.py <<'EOF'
import hashlib, json, math, pathlib, sys
sys.path.insert(0, "/tmp")
from tensors import load
damaged, sound = {}, {}
for folder in sorted(pathlib.Path("checkpoints").iterdir()):
    index = json.loads((folder / "index.json").read_text())
    if any(hashlib.sha256((folder / f).read_bytes()).hexdigest() != d for f, d in index["files"].items()):
        damaged[folder.name] = "digest"
        continue
    shards = {f: load(folder / f) for f in index["files"]}
    if any(name not in shards[shard] for name, shard in index["tensors"].items()):
        damaged[folder.name] = "missing"
    elif not all(math.isfinite(v) for name, shard in index["tensors"].items() for v in shards[shard][name][1]):
        damaged[folder.name] = "value"
    else:
        sound[index["step"]] = folder.name
used = [sound[step] for step in sorted(sound, reverse=True)][:@LAST@]
print(json.dumps({"damaged": damaged, "used": used}))
EOF
"""
_MERGE = """
cat > /tmp/merge.py <<'EOF'
import json, math, sys
sys.path.insert(0, "/tmp")
from tensors import load, save
plan = json.load(open("/tmp/plan.json"))
total = {}
for folder in plan["used"]:
    index = json.load(open(f"checkpoints/{folder}/index.json"))
    for name, shard in index["tensors"].items():
        shape, values = load(f"checkpoints/{folder}/{shard}")[name]
        before = total.get(name, (shape, [0.0] * len(values)))[1]
        total[name] = (shape, [a + b for a, b in zip(before, values)])
total = {name: (shape, [v / len(plan["used"]) for v in values]) for name, (shape, values) in total.items()}
adapter = load("adapter/adapter.bin")
for name in [n[:-7] for n in adapter if n.endswith(".lora_a")]:
    (r, k), a = adapter[name + ".lora_a"]
    (n, _), b = adapter[name + ".lora_b"]
    values = total[name][1]
    for i in range(n):
        for j in range(k):
            values[i * k + j] += @ALPHA@ / r * sum(b[i * r + m] * a[m * k + j] for m in range(r))
release = {"@NEW@" + n[len("@OLD@"):] if n.startswith("@OLD@") else n: t for n, t in total.items()}
save("@RELEASE@", release)
plan["parameters"] = sum(len(v) for _, v in release.values())
plan["norms"] = {n: round(math.sqrt(sum(x * x for x in v)), 3) for n, (_, v) in release.items()}
print(json.dumps(plan, indent=2))
EOF
"""
_Tensor = tuple[list[int], list[float]]


class CheckpointMerge(Family):
    """Average the last sound checkpoints of a run and fold a low-rank adapter into them.

    Hard because everything is binary, in three number types and several shards, and damage has
    to be told from soundness in three ways.
    """

    name = "checkpoint-merge"
    domain = "ai_ml"
    skills = ("checkpoint-formats", "weight-merging", "checkpoint-integrity")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        layers, n, k = context.scale(2, 5), rng.randint(3, 6), rng.randint(4, 7)
        old, new = rng.choice(
            (
                ("model.", "net."),
                ("module.", ""),
                ("transformer.", "decoder."),
                ("backbone.", "encoder."),
            )
        )
        shapes = {f"{old}embed": [n + 2, k], "head": [n]}
        for layer in range(layers):
            shapes |= {f"{old}layers.{layer}.proj": [n, k], f"{old}layers.{layer}.bias": [k]}
        dtypes = {name: rng.choice(("f32", "f16", "bf16")) for name in shapes}
        count, last = context.scale(5, 9), context.scale(2, 4)
        steps = sorted(rng.sample(range(10, 99), count))
        rng.shuffle(order := list(range(count)))
        folders = {
            step * 500: f"ckpt-{place:02d}-{names.token(4)}"
            for step, place in zip(steps, order, strict=True)
        }
        faults = ["digest", "value", "missing"][: context.scale(2, 3)]
        bad = dict(
            zip(
                rng.sample(sorted(folders)[-last - 2 :], len(faults)),
                rng.sample(faults, len(faults)),
                strict=True,
            )
        )
        base = {
            name: [rng.uniform(-1, 1) for _ in range(_size(shape))]
            for name, shape in shapes.items()
        }
        kept: dict[int, dict[str, list[float]]] = {}
        for step, folder in folders.items():
            weights = {
                name: _rounded(dtypes[name], [v + rng.gauss(0, 0.1) for v in values])
                for name, values in base.items()
            }
            self._write(part, rng, folder, step, shapes, dtypes, weights, bad.get(step, ""))
            if step not in bad:
                kept[step] = weights
        used = sorted(kept, reverse=True)[:last]
        rank, alpha = rng.randint(2, 3), rng.randint(3, 9)
        adapter: dict[str, _Tensor] = {}
        merged = {
            name: [sum(kept[s][name][i] for s in used) / last for i in range(len(base[name]))]
            for name in shapes
        }
        for name in rng.sample([s for s in shapes if s.endswith("proj")], max(1, layers - 1)):
            a, b = (
                _rounded("f32", [rng.uniform(-0.5, 0.5) for _ in range(rank * size)])
                for size in (k, n)
            )
            adapter |= {f"{name}.lora_a": ([rank, k], a), f"{name}.lora_b": ([n, rank], b)}
            for i in range(n):
                for j in range(k):
                    merged[name][i * k + j] += (
                        alpha / rank * sum(b[i * rank + m] * a[m * k + j] for m in range(rank))
                    )
        part.file("adapter/adapter.bin", _pack(adapter, dict.fromkeys(adapter, "f32")))
        part.file("FORMAT.md", _FORMAT.encode())
        release = {
            new + name[len(old) :] if name.startswith(old) else name: values
            for name, values in merged.items()
        }
        report, out = (
            rng.choice(("merge.json", "release.json", "provenance.json")),
            rng.choice(("release.bin", "merged.bin", "weights.bin")),
        )
        words = {"where": part.where, "model": names.project(), "boss": names.person().name, "count": count, "last": last,
                 "alpha": alpha, "old": old, "new": new, "report": report, "release": out}  # fmt: skip
        part.title = "merge checkpoints and an adapter"
        text = context.pick(_WANTED).format(**words).replace("becomes ``", "is taken away")
        part.ask(context.pick(_ASKS).format(**words), *text.split("\n\n"))

        def fill(template: str) -> str:
            for key in ("last", "alpha", "old", "new", "release"):
                template = template.replace(f"@{key.upper()}@", str(words[key]))
            return template

        part.do(
            "cat FORMAT.md; ls -R checkpoints adapter | head -40",
            "jq -c '[input_filename, .step, (.files | keys)]' checkpoints/*/index.json",
            "f=$(ls checkpoints/*/*.bin | head -1); xxd $f | head -8",
            _LIB,
            'python3 -c \'import sys; sys.path.insert(0, "/tmp"); from tensors import load; print({k: v[0] for k, v in load("adapter/adapter.bin").items()})\'',
            'jq -r \'(input_filename | rtrimstr("index.json")) as $d | .files | to_entries[] | .value + "  " + $d + .key\' checkpoints/*/index.json | sha256sum -c --quiet',
            fill(_CHECK),
            "python3 /tmp/sound.py > /tmp/plan.json; cat /tmp/plan.json",
            fill(_MERGE),
            f"python3 /tmp/merge.py > /tmp/report.json; ls -l {out}; jq -c .norms /tmp/report.json",
            f"cp /tmp/report.json {report}; newest=$(jq -r '.used[0]' {report}); echo $newest",
        )
        norms = {
            name: round(sum(v * v for v in values) ** 0.5, 7) for name, values in release.items()
        }
        expected = {"damaged": {folders[s]: fault for s, fault in bad.items()}, "used": [folders[s] for s in used],
                    "parameters": sum(map(len, release.values())), "norms": norms}  # fmt: skip
        renamed = {
            new + name[len(old) :] if name.startswith(old) else name: shape
            for name, shape in shapes.items()
        }
        self._verify(
            part,
            expected,
            {name: (renamed[name], values) for name, values in sorted(release.items())},
            report,
            out,
        )
        part.hide(*folders.values(), *(str(round(v, 3)) for v in norms.values() if v > 0.1))
        others = [folder for folder in folders.values() if folder != folders[used[0]]]
        part.reveals(
            "checkpoint",
            folders[used[0]],
            others[:3],
            "the sound checkpoint with the highest step",
            "newest",
        )
        return part

    @staticmethod
    def _write(part: Part, rng: Random, folder: str, step: int, shapes: dict[str, list[int]], dtypes: dict[str, str],
               weights: dict[str, list[float]], fault: str) -> None:  # fmt: skip
        shards = {name: f"shard-{rng.randint(1, 2)}.bin" for name in shapes}
        shards |= dict(zip(sorted(shapes)[:2], ("shard-1.bin", "shard-2.bin"), strict=True))
        if fault == "value":
            rng.choice(list(weights.values()))[0] = rng.choice(
                (float("nan"), float("inf"), float("-inf"))
            )
        files = {}
        gone = rng.choice(sorted(shapes)[2:]) if fault == "missing" else ""
        for shard in ("shard-1.bin", "shard-2.bin"):
            data = _pack(
                {t: (shapes[t], weights[t]) for t in shapes if shards[t] == shard and t != gone},
                dtypes,
            )
            files[shard] = hashlib.sha256(data).hexdigest()
            if fault == "digest" and shard == "shard-2.bin":
                data = data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]
            part.file(f"checkpoints/{folder}/{shard}", data)
        index = {"step": step, "files": files, "tensors": shards}
        part.file(f"checkpoints/{folder}/index.json", json.dumps(index, indent=1).encode())

    @staticmethod
    def _verify(
        part: Part, expected: dict[str, object], release: dict[str, _Tensor], report: str, out: str
    ) -> None:
        for keys in (("damaged", "used"), ("parameters",)):
            wanted = {key: expected[key] for key in keys}
            part.check(
                f"the report: {' and '.join(keys)}",
                f"""
                report, wanted = json_file({part.path(report)!r}), {wanted!r}
                assert set(report) == set({sorted(expected)!r})
                assert {{key: report[key] for key in wanted}} == wanted, report
                """,
            )
        part.check(
            "the report: norms",
            f"""
            norms, wanted = json_file({part.path(report)!r})["norms"], {expected["norms"]!r}
            assert set(norms) == set(wanted), sorted(norms)
            for name, value in wanted.items():
                # The exact norm may lie on a tie; else there is one right number.
                assert round(norms[name], 3) == norms[name], name
                assert abs(norms[name] - value) < 0.0005001, name
            """,
        )
        part.helper("""
            import struct


            def container(path):
                raw = data(path)
                length = int.from_bytes(raw[:8], "little")
                return json.loads(raw[8:8 + length]), raw[8 + length:]
            """)
        part.check(
            "the release has the right layout",
            f"""
            header, values = container({part.path(out)!r})
            wanted, place = { ({name: shape for name, (shape, _) in release.items()})!r}, 0
            assert set(header) == set(wanted), sorted(header)
            for name in sorted(wanted):
                size = 4 * (wanted[name][0] * (wanted[name] + [1])[1])
                assert header[name] == {{"dtype": "f32", "shape": wanted[name], "offsets": [place, place + size]}}, name
                place += size
            assert len(values) == place
            """,
        )
        part.check(
            "the release has the right values",
            f"""
            header, raw = container({part.path(out)!r})
            for name, wanted in { ({name: [round(v, 7) for v in values] for name, (_, values) in release.items()})!r}.items():
                begin, end = header[name]["offsets"]
                found = struct.unpack("<%df" % len(wanted), raw[begin:end])
                assert all(abs(a - b) < 1e-5 for a, b in zip(found, wanted)), name
            """,
        )
        given = {p: hashlib.sha256(f.data).hexdigest() for p, f in part.files.items()}
        part.check(
            "checkpoints and adapter are as they were",
            f"""
            for path, digest in {given!r}.items():
                assert sha256(path) == digest, path
            """,
        )
        part.output(report)
        part.mutate(
            f"printf '\\377' | dd of={out} bs=1 seek=$(( $(stat -c %s {out}) - 2 )) conv=notrunc status=none",
            f"rm {out}",
            f"truncate -s -1 {out}",
        )


def _size(shape: list[int]) -> int:
    return shape[0] * shape[1] if len(shape) == 2 else shape[0]


def _encode(dtype: str, values: list[float]) -> bytes:
    if dtype == "bf16":
        return b"".join(struct.pack("<f", value)[2:] for value in values)
    return struct.pack(f"<{len(values)}{'e' if dtype == 'f16' else 'f'}", *values)


def _rounded(dtype: str, values: list[float]) -> list[float]:
    """What is left of values once they have been stored."""
    if dtype == "bf16":
        return [struct.unpack("<f", b"\0\0" + struct.pack("<f", value)[2:])[0] for value in values]
    form = f"<{len(values)}{'e' if dtype == 'f16' else 'f'}"
    return list(struct.unpack(form, struct.pack(form, *values)))


def _pack(tensors: dict[str, _Tensor], dtypes: dict[str, str]) -> bytes:
    header, body = {}, b""
    for name, (shape, values) in tensors.items():
        stored = _encode(dtypes[name], values)
        header[name] = {
            "dtype": dtypes[name],
            "shape": shape,
            "offsets": [len(body), len(body) + len(stored)],
        }
        body += stored
    head = json.dumps(header).encode()
    return len(head).to_bytes(8, "little") + head + body
