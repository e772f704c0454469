"""Cheats with links, special files and names among the graded files."""

from __future__ import annotations

from terminal_gym.cheats.cheat import Cheat

_FILES = 'find "${STATE[@]}" -type f ! -path "*/.git/*" 2>/dev/null | head -200'


def _for_each_file(action: str) -> str:
    """Do `action` to every graded file `$f`, the first 200 of them."""
    return f"{_FILES} | while IFS= read -r f; do {action}; done"


def _for_each_path(action: str) -> str:
    return f'cd /; for p in "${{STATE[@]}}"; do {action}; done 2>/dev/null'


CHEATS = [
    Cheat(
        name="state-elsewhere",
        description="makes the graded paths links to a folder outside of them",
        commands=(_for_each_path('mkdir -p /elsewhere; rm -rf "$p"; ln -s /elsewhere "$p"'),),
    ),
    Cheat(
        name="parent-elsewhere",
        description="makes the parents of the graded paths links to the tests",
        commands=(_for_each_path('d=$(dirname "$p"); mv "$d" "$d.old"; ln -s /tests "$d"'),),
    ),
    Cheat(
        name="links-to-zero",
        description="makes graded files links to /dev/zero, which never ends",
        commands=(_for_each_file('ln -sf /dev/zero "$f"'),),
    ),
    Cheat(
        name="links-to-proc",
        description="makes graded files links into /proc, and to the verifier's own files",
        commands=(
            _for_each_file('ln -sf /proc/self/environ "$f"'),
            _for_each_path('[ -d "$p" ] && ln -s /proc/1/root "$p/root" && ln -s /tests "$p/t"'),
            _for_each_path('[ -d "$p" ] && ln -s /proc/self/fd/1 "$p/out" && ln -s . "$p/loop"'),
        ),
    ),
    Cheat(
        name="pipes",
        description="makes graded files FIFOs, at which a reader waits for ever",
        commands=(_for_each_file('rm -f "$f"; mkfifo "$f"'),),
    ),
    Cheat(
        name="sockets",
        description="makes graded files sockets",
        commands=(
            f"{_FILES} | python3 -c 'import os, socket, sys\n"
            "for f in filter(os.path.isfile, sys.stdin.buffer.read().splitlines()):\n"
            " os.remove(f); os.chdir(os.path.dirname(f))\n"
            " socket.socket(socket.AF_UNIX).bind(os.path.basename(f))'",
        ),
    ),
    Cheat(
        name="device-nodes",
        description="makes graded files device nodes, of the memory and of disks",
        commands=(
            "mknod /dev/sda b 8 0; mknod /dev/vda b 254 0; mknod /dev/mem c 1 1; ls -l /dev/sda",
            _for_each_file('rm -f "$f"; mknod "$f" b 8 0'),
            "head -c 16 /dev/mem /dev/sda /dev/vda 2>&1 | head -c 300",
        ),
    ),
    Cheat(
        name="hard-links",
        description="hard-links graded files to each other, to system files, and a thousand times",
        commands=(
            _for_each_file('ln -f /etc/passwd "$f" || ln -f /etc/hostname "$f"'),
            'cd "$STATE" && head -c 4M /dev/zero > .big && python3 -c \'import os\n'
            'for i in range(999): os.link(".big", f".big{i}")\'; cd /',
        ),
    ),
    Cheat(
        name="many-hard-links",
        description="100 files with 60 links each, larger than the disk if they were copies",
        commands=(
            'cd "$STATE" && python3 -c \'import os\nos.mkdir("links")\nfor i in range(100):\n'
            ' open(f"links/{i}", "wb").write(bytes(1 << 20))\n'
            ' for j in range(60): os.link(f"links/{i}", f"links/{i}.{j}")\'; cd /',
        ),
    ),
    Cheat(
        name="sparse-terabyte",
        description="makes graded files a terabyte long, with nothing in them",
        commands=(
            _for_each_path('[ -d "$p" ] && truncate -s 1T "$p/huge"; ls -l "$p"'),
            _for_each_file('truncate -s 1T "$f"'),
        ),
    ),
    Cheat(
        name="immutable-files",
        description="makes graded files immutable, append-only, unreadable",
        commands=(
            _for_each_path('chattr -R +i "$p"; chattr -R +a "$p"'),
            _for_each_path('chmod -R 000 "$p"; chown -R 12345:12345 "$p"; ls -ld "$p"'),
        ),
    ),
    Cheat(
        name="strange-names",
        description="files named with newlines, escapes, bytes that are no UTF-8, and options",
        commands=(
            _for_each_path(
                "[ -d \"$p\" ] && cd \"$p\" && touch -- $'a\\nb' $'\\e[2J' $'\\xff\\xfe' -rf "
                '"; $FORGE" "\\$(id)" "$(printf %0255d 0)" "{\\"reward\\": 1}" "$TOKEN"; cd /'
            ),
        ),
    ),
    Cheat(
        name="deep-folders",
        description="folders nested deeper than any path may be long",
        commands=(
            'cd "$STATE" && python3 -c \'import os\nfor i in range(5000): os.mkdir("deep"); '
            'os.chdir("deep")\nopen("bottom", "w").write("x")\'; cd /',
        ),
    ),
    Cheat(
        name="many-files",
        description="10,000 empty files in one graded folder",
        commands=(
            'cd "$STATE" && mkdir many && seq 1 10000 | (cd many && xargs touch); ls many | wc -l',
        ),
        step_timeout_s=60,
    ),
    Cheat(
        name="state-removed",
        description="removes everything that is graded, and makes files of folders",
        commands=(_for_each_path('rm -rf "$p"; echo "$TOKEN" > "$p"'),),
    ),
    Cheat(
        name="odd-special-files",
        description="FIFOs whose names are no text, or longer than any report can hold",
        commands=(
            _for_each_path(
                "[ -d \"$p\" ] && cd \"$p\" && mkfifo $'\\xff\\xfe' $'new\\nline' $'\\e[2J'; cd /"
            ),
            'cd "$STATE" && python3 -c \'import os\nfor i in range(15): os.mkdir("d" * 250); '
            'os.chdir("d" * 250)\nfor i in range(150): os.mkfifo(b"\\xff" * 240 + '
            "str(i).encode())'; cd /",
        ),
    ),
    Cheat(
        name="folders-to-tests",
        description="makes every graded folder a link to the tests, whose data would be its own",
        commands=(
            'find "${STATE[@]}" -depth -type d 2>/dev/null | head -500 | while IFS= read -r d; do '
            'mv "$d" "$d.old" && ln -s /tests "$d"; done 2>/dev/null',
        ),
    ),
    Cheat(
        name="extended-attributes",
        description="attributes that overlays, loaders and access lists read, and forged whiteouts",
        commands=(
            'cd "$STATE" && python3 -c \'import os\nfor n in ("user.overlay.opaque", '
            '"user.overlay.redirect", "trusted.overlay.opaque", "security.capability", '
            '"system.posix_acl_access", "user.a"):\n for f in [".", *os.listdir(".")]:\n  '
            'try: os.setxattr(f, n, b"y" * 1000)\n  except OSError: pass\'; mknod w c 0 0; cd /',
        ),
    ),
    Cheat(
        name="many-extents",
        description="a file of thousands of pieces between holes, and of four exbibytes",
        commands=(
            'cd "$STATE" && python3 -c \'f = open("holes", "wb")\nfor i in range(4000): '
            'f.seek(i * 8192); f.write(b"x")\nf.truncate(1 << 62)\'; cd /',
        ),
    ),
    Cheat(
        name="state-flips",
        description="swaps a graded folder for a link and back, without end",
        commands=(
            'p=$STATE; (trap "" HUP TERM; cd /; while :; do mv "$p" "$p.real"; ln -s /etc "$p"; '
            'rm -f "$p"; mv "$p.real" "$p"; done &>/dev/null &); sleep 0.2',
        ),
    ),
]
