"""Makes a volume that is too full, and the policy of what may go."""

import os
import random
from pathlib import Path

APP = Path("/app")


def make_volume(root):
    """The volume: bytes as names, since not all of them are text."""
    rng = random.Random(905)
    now = 1_756_684_800  # 2025-09-01 00:00:00 UTC

    def put(path, size, days, mode=0o644, holes=()):
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            if holes:  # a little data here and there, nothing else
                for place in holes:
                    file.seek(place)
                    file.write(bytes([rng.randrange(1, 256)]) + rng.randbytes(99))
                file.truncate(size)
            else:
                file.write(bytes([1]) * size if size < 9 else bytes([rng.randrange(1, 256)]) * 8 + rng.randbytes(size - 8))
        os.chmod(full, mode)
        when = now - int(days * 86400)
        os.utime(full, (when, when))

    def link(old, new):
        full = os.path.join(root, new)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        os.link(os.path.join(root, old), full)

    odd = [b"plain.bin", b"two words.bin", b"-rf", b"line\nbreak.dat", b" lead and trail ", b"star*.bin", b"caf\xe9.raw", "größe.bin".encode(), b"quote'\".bin", b"$HOME.bin", b"tab\there"]
    for number, name in enumerate(odd):
        put(b"scratch/anna/" + name, rng.randrange(20_000, 420_000), 10 + 7 * ((number * 5) % 11), rng.choice([0o644, 0o600]))
    for number in range(26):
        put(b"scratch/%s/run %02d/out.%d" % (rng.choice([b"bela", b"cem", b"anna"]), number, rng.randrange(9)), rng.randrange(1_000, 600_000), rng.choice([3, 31, 45, 59, 60, 61, 90, 120, 200]) + rng.randrange(0, 3) / 4)
    put(b"scratch/bela/disk.img", 40 << 20, 150, holes=(0, 1 << 20, (1 << 20) + 8192, 33_333_333))
    put(b"scratch/cem/equal b", 90_001, 77)
    put(b"scratch/cem/equal a", 91_001, 77)
    put(b"scratch/cem/equal\na", 92_001, 77)
    put(b"scratch/cem/pinned/.keep", 0, 500)
    put(b"scratch/cem/pinned/deep/er/old.bin", 300_000, 700)
    put(b"scratch/shared one", 250_000, 300)
    link(b"scratch/shared one", b"scratch/cem/again/shared two")
    put(b"scratch/bela/published.bin", 350_000, 400)
    link(b"scratch/bela/published.bin", b"public/2024/published.bin")
    put(b"scratch/anna/also pinned", 120_000, 600)
    link(b"scratch/anna/also pinned", b"scratch/cem/pinned/the same")
    os.symlink(b"../../public", os.path.join(root, b"scratch/bela/public"))
    os.symlink(b"gone", os.path.join(root, b"scratch/bela/dangling.tmp"))

    for number in range(14):
        put(b"home/%s/%s" % (rng.choice([b"anna", b"bela"]), b"doc %d.txt" % number), rng.randrange(50, 40_000), rng.randrange(1, 500))
    for place in (b"home/anna", b"home/bela/.cache/x y", b"projects/tern/build", b"public"):
        for number, days in enumerate((6.9, 7, 7.01, 30)):
            put(place + b"/part\n%d.tmp" % number, rng.randrange(5_000, 80_000), days)
            put(place + b"/core.%d" % (100 * number + 7), rng.randrange(5_000, 90_000), days, holes=(12_000,) if number == 3 else ())
    put(b"home/anna/core.7z", 70_000, 300)
    put(b"home/anna/core.", 4_000, 300)
    put(b"home/anna/.tmp", 4_000, 300)
    put(b"home/bela/kept/.keep", 0, 1)
    put(b"home/bela/kept/sub/x.tmp", 60_000, 99)
    put(b"home/bela/two.tmp", 66_000, 20)
    link(b"home/bela/two.tmp", b"home/anna/two again.tmp")
    put(b"home/bela/real.tmp", 67_000, 20)
    link(b"home/bela/real.tmp", b"home/bela/real.txt")
    link(b"home/bela/kept/sub/x.tmp", b"home/bela/x outside.tmp")
    os.symlink(b"/etc/passwd", os.path.join(root, b"home/bela/pw.tmp"))

    projects = {b"heron": ("closed", "2025-05-01"), b"tern": ("open", "-"), b"gull": ("closed", "2025-06-03"), b"knot": ("closed", "2025-06-04"), b"plover": ("closed", "2024-11-30"), b"old stint": ("closed", "2025-01-15"), b"dunlin": ("open", "2024-01-01")}
    for name, (state, day) in projects.items():
        home = b"projects/" + name
        put(home + b"/PROJECT", 0, 400)
        with open(os.path.join(root, home + b"/PROJECT"), "w") as file:
            file.write(f"name = {name.decode()}\nstate = {state}\nsince = {day}\n")
        os.utime(os.path.join(root, home + b"/PROJECT"), (now - 400 * 86400, now - 400 * 86400))
        for number in range(7):
            put(home + b"/" + [b"src/main.c", b"data/a b.csv", b"data/odd\nname.csv", b"-notes", b"bin/tool", b"data/deep/raw.bin", b".hidden/conf"][number], rng.randrange(300, 260_000), rng.randrange(80, 400), 0o755 if number == 4 else 0o640)
        os.symlink(b"src/main.c", os.path.join(root, home + b"/main"))
    put(b"projects/plover/.keep", 0, 300)
    put(b"projects/heron/vm.img", 24 << 20, 200, holes=(4096, 9_000_000, 20_000_001))
    put(b"projects/heron/left.tmp", 30_000, 90)
    link(b"projects/heron/data/deep/raw.bin", b"public/raw from heron.bin")
    link(b"projects/old stint/data/a b.csv", b"projects/old stint/data/copy.csv")
    os.makedirs(os.path.join(root, b"projects/gull/empty"))
    for number in range(5):
        put(b"public/2025/item%d" % number, rng.randrange(100_000, 500_000), 100 + number)
    put(b"public/zeros.bin", 5 << 20, 40, holes=(5_000_000,))
    os.makedirs(os.path.join(root, b"scratch/dora/nothing"))


make_volume(os.fsencode(APP / "volume"))
(APP / "archive").mkdir()
(APP / "policy.md").write_text("""# What may go from the volume

Today is 2025-09-01 00:00:00 UTC. A file's age is today less its time of change; *more than* N days is more than
N times 86,400 seconds. Paths are those below `/app/volume`, and compared as bytes. A name of a file can
hold any byte but `/` and zero.

The *size* of a file is 4,096 bytes for each of its pieces of 4,096 bytes (the last may be shorter) in which not
all bytes are zero, whatever the file system makes of holes. The size of a set of files counts every file once,
however many names (hard links) it has.

A folder with a file `.keep` is *pinned*, with all that is below it. Nothing pinned is removed or archived.
Only regular files are removed by 1 and 3; symbolic links are never followed.

1. **Litter.** Files whose name, without folders, is one or more characters before `.tmp`, or `core.` and one or more decimal
   digits, go when they are more than 7 days old. A file goes only if all its names on the volume are such names and not
   pinned; then all of them go. This does not look into closed projects (2).
2. **Closed projects.** A folder directly in `projects` has a file `PROJECT`. Where that has `state = closed` with
   `since` 90 days before today or earlier, the whole folder goes, whatever is in it and wherever else its files have
   names. Before that it is archived as `/app/archive/NAME.tar.gz`, NAME being the folder's: everything in it that is
   no folder, as `NAME/path`, with mode and time of change to the second; symbolic links as such. In this archive nothing else lies.
3. **Scratch.** When 1 and 2 are done, and only as long as the size of all files of the volume is more than
   14,000,000 bytes, files go from `scratch`, one after the other: first the one with the earliest time of change, to the second; of
   several the one whose path comes first (of a file with several names, the one that comes first). A file goes with all
   its names. Files do not go if they are 30 days old or less, are pinned under any name, or have any name
   outside `scratch`.

Folders that become empty through 1 or 3, and those that become empty through that, go as well; others that were empty stay.
""")
