"""Verifier of release-backport-41021c. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('other branches have not moved, and there are no new ones')
def _():
    found = git('/app/fathom', "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads").splitlines()
    found = dict(row.split() for row in found)
    assert found.pop('release/1.9') != '10b20f33edc7accd832e051f0c719b73e014efdf'
    assert found == {'main': '85b61ffb8acb6ac2882dd3fb632f827adb0d2a42', 'release/0.9': 'dfbe31fe79065a97b28a3fa33d95e705ffe0098f'}, found


@check('the release commit is tagged')
def _():
    assert git('/app/fathom', "log", "-1", "--format=%B", "refs/heads/release/1.9").strip() == "Release 1.9.3"
    changed = git('/app/fathom', "diff", "--name-only", "refs/heads/release/1.9~1", "refs/heads/release/1.9")
    assert changed.split() == ["CHANGES", "VERSION"], changed
    tags = git('/app/fathom', "for-each-ref", "--format=%(refname:short) %(objecttype) %(contents:subject)", "refs/tags")
    assert len(tags.splitlines()) == 2 and "v1.9.3 tag Release 1.9.3" in tags.splitlines(), tags
    assert git('/app/fathom', "rev-parse", "v1.9.3^{commit}") == git('/app/fathom', "rev-parse", "refs/heads/release/1.9")


@check('the release branch is checked out and clean')
def _():
    assert git('/app/fathom', "symbolic-ref", "HEAD") == 'refs/heads/release/1.9'
    assert git('/app/fathom', "status", "--porcelain", "--untracked-files=all") == ""
    assert git('/app/fathom', "rev-parse", "HEAD") != '10b20f33edc7accd832e051f0c719b73e014efdf'


@check('the record is right')
def _():
    tip = git('/app/fathom', "rev-parse", "refs/heads/release/1.9")
    assert json_file('/app/release.json') == {"picked": ['BTT-875', 'BTT-480', 'BTT-665', 'BTT-393', 'BTT-183', 'BTT-114', 'BTT-857', 'BTT-413', 'BTT-367', 'BTT-495', 'BTT-811', 'BTT-569', 'BTT-600', 'BTT-926', 'BTT-570', 'BTT-632', 'BTT-423', 'BTT-671', 'BTT-172', 'BTT-266', 'BTT-143', 'BTT-196', 'BTT-565', 'BTT-408', 'BTT-721', 'BTT-363', 'BTT-253'], "skipped": {'BTT-127': 'reverted', 'BTT-146': 'present', 'BTT-640': 'present', 'BTT-737': 'reverted', 'BTT-324': 'present', 'BTT-693': 'present', 'BTT-990': 'reverted', 'BTT-179': 'present'}, "tip": tip}


@check('the backports are the right ones, in order, with their origin')
def _():
    new = git('/app/fathom', "rev-list", "--reverse", "10b20f33edc7accd832e051f0c719b73e014efdf..refs/heads/release/1.9").split()
    assert len(new) == 28, new
    assert git('/app/fathom', "rev-list", "--merges", "10b20f33edc7accd832e051f0c719b73e014efdf..refs/heads/release/1.9") == ""
    picked, origins = new[:-1], ['b30a4adc57070cdb6b84fec69cbf1c8fa0b7c925', 'aab258816129d7f2edc8be3055aa9b1654bbc7cd', '1695e584c0b2e2439766a8e4cf5bce7b1506e10a', '7d716a38847cda0f4880b10c278a0bb3b86231c9', '331d2356c786f499072fb55bd7183af0f72e228a', '5d391e3526647241e7f1d8157d4d8ebba53de344', '06f7cfcebc98015630829111c6f246b5738ffe1f', '3f23de3479f89496ae26115ceb7991072b1013d2', '2417057d0e27bcf20d675adb99adec73a621792d', 'c8e46f76d42a1862ed1284e59f041632f05e68e7', '84c86647631c0b94a34daac8380cb44f4e0d5128', '8124c2dec855e24df5f800a0ee7e10efcc6253db', '518ee3f4373a4fc919653d19d60e18d5a8b925ed', 'c371b927e29907015205eef0b21a1fb0f311e3cf', 'e8019ee1f8c8fc3e5cd935b44208e8376b8a1f2e', '85d8308bc7a743aacd783ef72c7e85876105b756', 'bb77249f67d00ba70bf946e8b0fb4b522ae69b41', '2638c0725a69f31ca7fd6145b88f29aa13652194', '82f3e38c546f746b3d1b4a962df68ea4544d8a36', 'b6f82e4d6d9ba7b055dda8fda7afed6f96a31944', '4561525eb33b8fbf770c10aa5dba9ee094b86cb0', 'd049b0f863145fccce05f3dc3530ffe11190fef3', '201c3023feb13bd163a75c9fd2b13ad5d396e291', 'bd79d33cd82f64c400c76adf6ba49b410b2956d7', '9a7ae21815f118a2f3b67c47afd7a268a15790de', '40928353c49fe1f7246ae538026709a866acb382', '9e80a960fe4b10c1d9773fc965272715ec32fb0f']
    form, one_by_one = "--format=%an <%ae> %at %s", "--no-walk=unsorted"
    assert git('/app/fathom', "log", one_by_one, form, *picked) == git('/app/fathom', "log", one_by_one, form, *origins)
    assert git('/app/fathom', "show", "--format=", *picked) == git('/app/fathom', "show", "--format=", *origins)
    bodies = git('/app/fathom', "log", one_by_one, "--format=%B%x00", *picked).split("\0")
    for body, origin in zip(bodies, origins):
        assert body.strip().endswith("(cherry picked from commit " + origin + ")"), body


@check("the release's files are complete")
def _():
    wanted = {'src/session.txt': 'session\n', 'src/ingest.txt': 'ingest\n', 'src/dispatch.txt': 'dispatch\n', 'src/image.txt': 'image\n', 'src/archive.txt': 'archive\n', 'src/feed.txt': 'feed\n', 'src/billing.txt': 'billing\n', 'VERSION': '1.9.3\n', 'CHANGES': '## 1.9.3\n\n- BTT-875: Reject old clients (Bilal Tanaka)\n- BTT-480: Escape odd time zones (Jamila Ito)\n- BTT-665: Close big files (Wanda Olsen)\n- BTT-393: Keep big files (Nils Lindgren)\n- BTT-183: Round long names (Nils Lindgren)\n- BTT-114: Reject big files (Xenia Quispe)\n- BTT-857: Reject negative amounts (Jamila Ito)\n- BTT-413: Keep big files (Wanda Olsen)\n- BTT-367: Keep closed accounts (Jamila Ito)\n- BTT-495: Close big files (Bilal Tanaka)\n- BTT-811: Round odd time zones (Jamila Ito)\n- BTT-569: Escape negative amounts (Kenji Kaplan)\n- BTT-600: Handle double entries (Wanda Olsen)\n- BTT-926: Trim old clients (Wanda Olsen)\n- BTT-570: Retry odd time zones (Bilal Tanaka)\n- BTT-632: Reject old clients (Nils Lindgren)\n- BTT-423: Reject empty input (Xenia Quispe)\n- BTT-671: Limit odd time zones (Nils Lindgren)\n- BTT-172: Keep late answers (Jamila Ito)\n- BTT-266: Reject empty input (Xenia Quispe)\n- BTT-143: Retry big files (Kenji Kaplan)\n- BTT-196: Handle empty input (Nils Lindgren)\n- BTT-565: Handle late answers (Jamila Ito)\n- BTT-408: Trim odd time zones (Nils Lindgren)\n- BTT-721: Retry lost sessions (Xenia Quispe)\n- BTT-363: Order big files (Jamila Ito)\n- BTT-253: Reject empty input (Kenji Kaplan)\n\n## 1.9.2\n\n- First.\n\n', 'RELEASING.md': '# Releasing\n\nThe subject of every commit on `main` starts with its ticket and a colon.\n\n1. A commit of `main` is marked for a release branch by a trailer `Backport: NAME`, where NAME is what\n   follows `release/` in the branch\'s name. There may be several such trailers.\n2. A commit that was reverted later on `main` (its revert says `This reverts commit HASH.`) is not\n   backported ("reverted"), unless the revert itself was reverted again. Reverts are never backported\n   and count as unmarked, whatever trailers they carry.\n3. A marked commit whose change is already on the release branch, under whatever hash, is not\n   backported again ("present"): a commit there has the same ticket.\n4. A commit with a trailer `Needs: TICKET` is backported together with the commit of that ticket,\n   marked or not (and with what that one needs in turn), unless that ticket is on the branch already.\n5. All backports are applied in the order of their commits on `main`, one commit each, with\n   `git cherry-pick -x`: author, author date and message stay and the origin is recorded.\n6. After them comes one commit with the subject `Release VERSION`, which puts the version into\n   the file `VERSION` and these lines at the top of `CHANGES`: `## VERSION`, an empty line, the line\n   `- SUBJECT (AUTHOR)` for each backport in order (the author\'s name), and an empty line.\n7. That commit gets an annotated tag `vVERSION` with the message `Release VERSION`.\n', 'src/billing/btt-146.txt': 'BTT-146: Limit odd time zones\nx4e7h2wfprn3\n', 'src/billing/btt-640.txt': 'BTT-640: Escape long names\ngpum33p65q3e\n', 'src/feed/btt-324.txt': 'BTT-324: Trim double entries\num54nn6s94gr\n', 'src/image/btt-693.txt': 'BTT-693: Order big files\n6zcycgv4xtft\n', 'src/dispatch/btt-179.txt': 'BTT-179: Round long names\nv7e3328tzcr2\n', 'src/billing/btt-875.txt': 'BTT-875: Reject old clients\npre78pfrf3wd\n', 'src/archive/btt-480.txt': 'BTT-480: Escape odd time zones\nutumgd2cu3f3\n', 'src/session/btt-665.txt': 'BTT-665: Close big files\nf28ntg6s3f5v\n', 'src/session/btt-393.txt': 'BTT-393: Keep big files\nrq3pqd5h9kg4\n', 'src/archive/btt-183.txt': 'BTT-183: Round long names\na4gyk2nt6by4\n', 'src/archive/btt-114.txt': 'BTT-114: Reject big files\nnybnzrt7vp5y\n', 'src/archive/btt-857.txt': 'BTT-857: Reject negative amounts\naygw2t455vaw\n', 'src/ingest/btt-413.txt': 'BTT-413: Keep big files\n64x4h3td3d2s\n', 'src/dispatch/btt-367.txt': 'BTT-367: Keep closed accounts\n7fsy7suqhwyt\n', 'src/image/btt-495.txt': 'BTT-495: Close big files\n5x7btd45stfn\n', 'src/image/btt-811.txt': 'BTT-811: Round odd time zones\nrhsxvmhuzfgc\n', 'src/archive/btt-569.txt': 'BTT-569: Escape negative amounts\n9ehfm33pz5fj\n', 'src/image/btt-600.txt': 'BTT-600: Handle double entries\n7gysnsncyzt6\n', 'src/feed/btt-926.txt': 'BTT-926: Trim old clients\nfw99mkmdntqd\n', 'src/session/btt-570.txt': 'BTT-570: Retry odd time zones\njc79fj6y3ssc\n', 'src/ingest/btt-632.txt': 'BTT-632: Reject old clients\ng799sysvd3s2\n', 'src/dispatch/btt-423.txt': 'BTT-423: Reject empty input\nxfx8gssbdhvb\n', 'src/session/btt-671.txt': 'BTT-671: Limit odd time zones\nyqdg67csdany\n', 'src/billing/btt-172.txt': 'BTT-172: Keep late answers\ns5ag42q59u98\n', 'src/ingest/btt-266.txt': 'BTT-266: Reject empty input\ndq52urj26qrg\n', 'src/feed/btt-143.txt': 'BTT-143: Retry big files\nesjnyu8g7cyx\n', 'src/session/btt-196.txt': 'BTT-196: Handle empty input\n9s47yn3umga3\n', 'src/archive/btt-565.txt': 'BTT-565: Handle late answers\n7q4322cxa6p8\n', 'src/ingest/btt-408.txt': 'BTT-408: Trim odd time zones\n3wypbxjerzdx\n', 'src/feed/btt-721.txt': 'BTT-721: Retry lost sessions\nd4ffb6vythdy\n', 'src/image/btt-363.txt': 'BTT-363: Order big files\nmgsb8737zpsp\n', 'src/image/btt-253.txt': 'BTT-253: Reject empty input\nbuykjtbkp533\n'}
    assert git('/app/fathom', "ls-tree", "-r", "--name-only", "refs/heads/release/1.9").splitlines() == sorted(wanted)
    for path in ("VERSION", "CHANGES", *['src/billing/btt-875.txt', 'src/archive/btt-480.txt', 'src/session/btt-665.txt', 'src/session/btt-393.txt', 'src/archive/btt-183.txt', 'src/archive/btt-114.txt', 'src/archive/btt-857.txt', 'src/ingest/btt-413.txt', 'src/dispatch/btt-367.txt', 'src/image/btt-495.txt', 'src/image/btt-811.txt', 'src/archive/btt-569.txt', 'src/image/btt-600.txt', 'src/feed/btt-926.txt', 'src/session/btt-570.txt', 'src/ingest/btt-632.txt', 'src/dispatch/btt-423.txt', 'src/session/btt-671.txt', 'src/billing/btt-172.txt', 'src/ingest/btt-266.txt', 'src/feed/btt-143.txt', 'src/session/btt-196.txt', 'src/archive/btt-565.txt', 'src/ingest/btt-408.txt', 'src/feed/btt-721.txt', 'src/image/btt-363.txt', 'src/image/btt-253.txt']):
        shown = git('/app/fathom', "show", "refs/heads/release/1.9:" + path)
        assert shown.rstrip("\n") == wanted[path].rstrip("\n"), path

main()
