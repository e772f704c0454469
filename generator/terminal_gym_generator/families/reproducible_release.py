"""A release script whose archive is another one each time it runs, to be made reproducible."""

from __future__ import annotations

import hashlib

from terminal_gym_generator.family import Context, Family
from terminal_gym_generator.part import Part

_ASKS = (
    """
    `{where}/{project}/release.sh` packs what we ship, and no two of its runs give the same archive. {boss} needs an archive that anybody
    can build again, byte for byte, from the same files; how it has to look is laid down in `{where}/PACKAGING.md`.
    """,
    """
    A customer of {company} wants to check that our archives come from our sources, so `{where}/{project}/release.sh` has to give the same bytes
    wherever and whenever it is run. {boss} wrote the rules down in `{where}/PACKAGING.md`; today's script breaks most of them.
    """,
    """
    {boss} asks for reproducible releases of `{project}`. The rules are in `{where}/PACKAGING.md`, the present script is
    `{where}/{project}/release.sh`, and it follows hardly any of them.
    """,
)
_WANTED = (
    """
    Mend `release.sh` accordingly; it is called as `sh release.sh OUTPUT` in whatever folder, with whatever umask, locale, time
    zone and date, and from a copy of `{project}` at another place, and writes nothing but OUTPUT. Then make
    `{where}/{archive}` with it and write `{where}/{manifest}`: for each regular file in the archive a line with its SHA-256, two spaces and its
    path in the archive, sorted by path as plain text (C locale). Apart from `release.sh` nothing in `{where}/{project}` may change.
    """,
    """
    `sh release.sh OUTPUT` must follow them from any working directory, in a copy of the project elsewhere, at any date and under any umask, locale and
    time zone, without writing anything else. Build `{where}/{archive}` with it. Add `{where}/{manifest}`, a line for every
    regular file in the archive (SHA-256, two spaces, path as in the archive), ordered by path in the C locale. In `{where}/{project}` only `release.sh` changes.
    """,
)
_RULES = """\
# Packaging

1. A release is a tar archive in ustar format, compressed with gzip at level 9, without name and time in the gzip header.
2. All entries lie below the folder `NAME-VERSION/`; both words come from the file `VERSION` of the project (`NAME VERSION`).
   The archive begins with the entry of that folder itself, and each folder that holds something has an entry of its own.
3. Entries are sorted by their path, in the C locale ("a/" before "a.txt" or behind it is tar's own business: `--sort=name`).
4. Owner and group are 0 and have no names. Modes: 755 for folders and for files that are executable for their owner, 644 for the rest.
5. The time of every entry is {epoch} (seconds since 1970).
6. Not packed are: {excluded}; `release.sh` itself; and folders that would be empty.
7. Symbolic links are packed as links.
8. Every file `*.in` is packed as the file without that ending, with `@VERSION@` replaced by the version and `@NAME@` by
   the name; the `.in` file is not packed. Its mode counts.
"""
_GOOD = """\
#!/bin/sh
# Packs a release; see PACKAGING.md.
set -eu
LC_ALL=C
export LC_ALL
case $1 in /*) output=$1 ;; *) output=$PWD/$1 ;; esac
case $0 in */*) cd "${0%/*}" ;; esac
read -r name version < VERSION
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
top=$stage/$name-$version
mkdir "$top"
cp -RP . "$top"
cd "$top"
rm -f release.sh
find . -depth @FIND@ -exec rm -rf {} +
find . -type f -name '*.in' | while IFS= read -r file; do
    sed -e "s/@VERSION@/$version/g" -e "s/@NAME@/$name/g" "$file" > "${file%.in}"
    if [ -x "$file" ]; then chmod 755 "${file%.in}"; else chmod 644 "${file%.in}"; fi
    rm "$file"
done
find . -depth -type d -empty -exec rmdir {} \\;
find . -type d -exec chmod 755 {} +
find . -type f -perm -u+x -exec chmod 755 {} +
find . -type f ! -perm -u+x -exec chmod 644 {} +
cd "$stage"
tar --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@EPOCH -cf "$stage/out.tar" "$name-$version"
gzip -9 -n < "$stage/out.tar" > "$output"
"""


class ReproducibleRelease(Family):
    """Make a release script give the same archive everywhere, and publish what it holds.

    Hard because times, owners, order, modes, locale and place all leak into an archive.
    """

    name = "reproducible-release"
    domain = "build_tools"
    skills = ("reproducible-builds", "release-packaging")

    def build(self, context: Context) -> Part:
        """See `Family.build`."""
        part, rng, names = context.part(), context.rng, context.names
        project = names.project()
        version = f"{rng.randint(0, 7)}.{rng.randint(0, 19)}.{rng.randint(0, 9)}"
        epoch = rng.randint(1_500_000_000, 1_700_000_000)
        suffixes = rng.sample((".log", ".tmp", ".bak", ".orig", ".o", ".swp"), rng.randint(2, 4))
        folders = rng.sample((".cache", "staging", "drafts", ".idea", "scratch"), rng.randint(1, 3))
        files: dict[str, tuple[str, bool]] = {"VERSION": (f"{project} {version}\n", False)}
        places = [
            "",
            *(
                f"{rng.choice(('src', 'docs', 'share', 'lib'))}/{names.service()}/"
                for _ in range(context.scale(3, 8))
            ),
        ]
        for number in range(context.scale(12, 50)):
            stem = f"{rng.choice(places)}{rng.choice(('Readme', 'a-file', 'b_file', 'Zeta', 'data', 'list'))}{number}"
            files[stem + rng.choice((".txt", ".sh", "", ".conf"))] = (
                f"{names.token(20)}\n" * rng.randint(1, 5),
                rng.random() < 0.3,
            )
        packed = dict(files)
        for number in range(context.scale(2, 5)):
            stem, run = (
                f"{rng.choice(places)}{rng.choice(('about', 'start', 'config'))}{number}",
                rng.random() < 0.5,
            )
            files[f"{stem}.in"] = (f"# @NAME@ @VERSION@\n{names.token(9)} @VERSION@\n", run)
            packed[stem] = (
                files[f"{stem}.in"][0].replace("@NAME@", project).replace("@VERSION@", version),
                run,
            )
        for suffix in suffixes:
            files[f"{rng.choice(places)}old-{names.token(4)}{suffix}"] = (names.token(9), False)
        for folder in folders:
            files[f"{rng.choice(places)}{folder}/{names.token(5)}.txt"] = (names.token(9), False)
        files[f"only/{names.token(4)}/left{suffixes[0]}"] = ("x\n", False)
        home = part.path(project)
        for name, (text, run) in files.items():
            part.file(f"{project}/{name}", text.encode(), executable=run)
        old = f"#!/bin/sh\ncd {home}\nread name version < VERSION\nsed -i s/@VERSION@/$version/ *.in\ntar czf $1 *\necho packed on $(date) >> release{suffixes[0]}\n"
        part.file(f"{project}/release.sh", old.encode())
        target = sorted(n for n in packed if n.count("/") == 2 or "/" not in n)[0]
        part.setup(f"ln -s {target} {project}/latest")
        excluded = f"files that end in {', '.join(f'`{s}`' for s in suffixes)}; folders called {', '.join(f'`{f}`' for f in folders)} with all that they hold, wherever they are"
        part.file("PACKAGING.md", _RULES.format(epoch=epoch, excluded=excluded).encode())
        words = {"where": part.where, "project": project, "boss": names.person().name, "company": names.company,
                 "archive": rng.choice(("release.tar.gz", "dist.tar.gz", f"{project}.tgz")), "manifest": rng.choice(("SHA256SUMS", "manifest.txt", "contents.sha256"))}  # fmt: skip
        part.title = "make a release reproducible"
        part.ask(context.pick(_ASKS).format(**words), context.pick(_WANTED).format(**words))
        tests = " -o ".join(
            [
                *(f"-name '*{s}' -type f" for s in suffixes),
                *(f"-name '{f}' -type d" for f in folders),
            ]
        )
        script = _GOOD.replace("@FIND@", f"\\( {tests} \\)")
        archive, manifest = words["archive"], words["manifest"]
        part.do(
            "cat PACKAGING.md",
            f"cat {project}/release.sh {project}/VERSION; find {project} | sort | head -50",
            f"find {project} -name '*.in' -exec tail -n +1 {{}} + | head -30; find {project} -type l -exec ls -l {{}} +",
            f"cat > {project}/release.sh <<'EOF'\n{script}EOF",
            f"epoch=$(grep -oE 'entry is [0-9]+' PACKAGING.md | cut -d' ' -f3); sed -i s/@EPOCH/@$epoch/ {project}/release.sh; grep -n mtime {project}/release.sh",
            f"sh {project}/release.sh /tmp/one.tgz && tar tvzf /tmp/one.tgz | head -30",
            f"rm -rf /tmp/else; cp -r {project} /tmp/else; (cd /tmp; umask 077; TZ=Asia/Tokyo LANG=C.UTF-8 sh else/release.sh two.tgz); cmp /tmp/one.tgz /tmp/two.tgz && echo the same",
            f"sleep 1; touch {project}/VERSION; sh {project}/release.sh /tmp/three.tgz; sha256sum /tmp/*.tgz; xxd /tmp/one.tgz | head -1",
            f"tar tzf /tmp/one.tgz | grep -E '{'|'.join(s.replace('.', '[.]') + '$' for s in suffixes)}|/({'|'.join(folders)})/' ; tar xzOf /tmp/one.tgz --wildcards '*/VERSION'",
            f"cp /tmp/one.tgz {archive}; ls -l {archive}",
            "rm -rf /tmp/unpacked; mkdir /tmp/unpacked; tar xzf /tmp/one.tgz -C /tmp/unpacked; find /tmp/unpacked -type f | wc -l",
            f"(cd /tmp/unpacked; find * -type f | LC_ALL=C sort | tr '\\n' '\\0' | xargs -0 sha256sum) > {manifest}; head -3 {manifest}",
        )
        self._verify(part, words, files, packed, f"{project}-{version}", epoch, target)
        part.hide(
            epoch,
            version,
            *(hashlib.sha256(t.encode()).hexdigest() for t, _ in list(packed.values())[:3]),
        )
        return part

    @staticmethod
    def _verify(
        part: Part,
        words: dict[str, str],
        files: dict[str, tuple[str, bool]],
        packed: dict[str, tuple[str, bool]],
        top: str,
        epoch: int,
        target: str,
    ) -> None:
        home, archive, manifest = (
            part.path(words["project"]),
            part.path(words["archive"]),
            part.path(words["manifest"]),
        )
        part.helper("""
            import gzip
            import io
            import tarfile


            def entries(raw):
                with tarfile.open(fileobj=io.BytesIO(gzip.decompress(raw))) as tar:
                    return [(e, tar.extractfile(e).read() if e.isreg() else b"") for e in tar]
            """)
        contents = {f"{top}/{name}": text for name, (text, _) in packed.items()}
        runs = sorted(f"{top}/{name}" for name, (_, run) in packed.items() if run)
        folders = sorted({path[:i] for path in contents for i, c in enumerate(path) if c == "/"})
        part.check(
            "the archive holds the right files, folders and the link",
            f"""
            found = entries(data({archive!r}))
            assert {{e.name: raw.decode() for e, raw in found if e.isreg()}} == {contents!r}
            assert sorted(e.name for e, _ in found if e.isdir()) == {folders!r}
            assert [(e.name, e.linkname) for e, _ in found if e.issym()] == [({top + "/latest"!r}, {target!r})]
            """,
        )
        part.check(
            "owners, modes and times are as the rules say",
            f"""
            runs = {runs!r}
            for e, _ in entries(data({archive!r})):
                assert (e.uid, e.gid, e.uname, e.gname, e.mtime) == (0, 0, "", "", {epoch}), e.name
                if not e.issym():
                    assert e.mode == (0o755 if e.isdir() or e.name in runs else 0o644), e.name
            """,
        )
        part.check(
            "gzip header and order are reproducible",
            f"""
            raw = data({archive!r})
            assert raw[3] == 0 and raw[4:8] == bytes(4) and raw[8] == 2, "gzip header"
            unpacked = gzip.decompress(raw)
            assert unpacked[257:263] == b"ustar\\0", "format"
            names = [e.name for e, _ in entries(raw)]
            assert names[0] == {top!r} and len(names) == len(set(names)), names[:3]
            key = lambda name: name.split("/")
            assert names == sorted(names, key=key), "order"
            """,
        )
        part.check(
            "the script gives the same bytes elsewhere, later and under another umask",
            f"""
            script = "set -e; d=$(mktemp -d); trap 'rm -rf $d' EXIT; cp -r $0 $d/deep; find $d/deep -type f -exec touch -d 2001-02-03 {{}} +; cd $d; find deep | LC_ALL=C sort > before; umask 027; TZ=Asia/Tokyo sh deep/release.sh out.tgz >&2; find deep | LC_ALL=C sort | diff before - >&2; sha256sum < out.tgz"
            done = sh(["bash", "-c", script, {home!r}], timeout=50)
            assert done.returncode == 0, done.stderr[-300:]
            assert done.stdout.split()[0] == sha256({archive!r})
            """,
            slow=True,
        )
        rows = [
            f"{hashlib.sha256(text.encode()).hexdigest()}  {path}"
            for path, text in sorted(contents.items())
        ]
        part.check("the manifest is right", f"assert lines({manifest!r}) == {rows!r}")
        given = {f"{home}/{name}": text for name, (text, _) in files.items()}
        part.check(
            "nothing else in the project has changed",
            f"""
            for path, content in {given!r}.items():
                assert text(path) == content, path
            there = {{str(p) for p in Path({home!r}).rglob("*") if not p.is_dir()}}
            assert there == {{*{sorted(given)!r}, {home + "/release.sh"!r}, {home + "/latest"!r}}}, sorted(there)
            """,
        )
        part.output(words["manifest"])
        script = f"{words['project']}/release.sh"
        part.mutate(
            f"sed -i 's/gzip -9 -n/gzip -9/' {script}",
            f"sed -i 's/--mtime=[^ ]*//' {script}",
            f"printf x >> {words['archive']}",
            f"rm {script}",
        )
