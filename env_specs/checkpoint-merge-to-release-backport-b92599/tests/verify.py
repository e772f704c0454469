"""Verifier of checkpoint-merge-to-release-backport-b92599. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

import struct


def container(path):
    raw = data(path)
    length = int.from_bytes(raw[:8], "little")
    return json.loads(raw[8:8 + length]), raw[8 + length:]

@check('the report: damaged and used')
def _():
    report, wanted = json_file('/app/intake/provenance.json'), {'damaged': {'ckpt-02-sdc6': 'missing', 'ckpt-00-pzz5': 'digest', 'ckpt-06-74vj': 'value'}, 'used': ['ckpt-08-xp7q', 'ckpt-01-ydnb', 'ckpt-04-uvbv', 'ckpt-05-6tjg']}
    assert set(report) == set(['damaged', 'norms', 'parameters', 'used'])
    assert {key: report[key] for key in wanted} == wanted, report


@check('the report: parameters')
def _():
    report, wanted = json_file('/app/intake/provenance.json'), {'parameters': 153}
    assert set(report) == set(['damaged', 'norms', 'parameters', 'used'])
    assert {key: report[key] for key in wanted} == wanted, report


@check('the report: norms')
def _():
    norms, wanted = json_file('/app/intake/provenance.json')["norms"], {'encoder.embed': 3.1791051, 'head': 1.1168064, 'encoder.layers.0.proj': 2.577137, 'encoder.layers.0.bias': 1.8723889, 'encoder.layers.1.proj': 2.331248, 'encoder.layers.1.bias': 1.465586, 'encoder.layers.2.proj': 2.0314818, 'encoder.layers.2.bias': 1.3773802, 'encoder.layers.3.proj': 2.4032986, 'encoder.layers.3.bias': 1.1695331, 'encoder.layers.4.proj': 2.6090609, 'encoder.layers.4.bias': 1.2490335}
    assert set(norms) == set(wanted), sorted(norms)
    for name, value in wanted.items():
        # The exact norm may lie on a tie; else there is one right number.
        assert round(norms[name], 3) == norms[name], name
        assert abs(norms[name] - value) < 0.0005001, name


@check('the release has the right layout')
def _():
    header, values = container('/app/intake/weights.bin')
    wanted, place = {'encoder.embed': [5, 6], 'encoder.layers.0.bias': [6], 'encoder.layers.0.proj': [3, 6], 'encoder.layers.1.bias': [6], 'encoder.layers.1.proj': [3, 6], 'encoder.layers.2.bias': [6], 'encoder.layers.2.proj': [3, 6], 'encoder.layers.3.bias': [6], 'encoder.layers.3.proj': [3, 6], 'encoder.layers.4.bias': [6], 'encoder.layers.4.proj': [3, 6], 'head': [3]}, 0
    assert set(header) == set(wanted), sorted(header)
    for name in sorted(wanted):
        size = 4 * (wanted[name][0] * (wanted[name] + [1])[1])
        assert header[name] == {"dtype": "f32", "shape": wanted[name], "offsets": [place, place + size]}, name
        place += size
    assert len(values) == place


@check('the release has the right values')
def _():
    header, raw = container('/app/intake/weights.bin')
    for name, wanted in {'encoder.embed': [-0.4919231, 0.2076666, 0.6934071, -0.5235741, -0.4903114, 0.8394215, -0.5633622, -0.6703784, 0.6994552, 0.5931932, 0.4796966, -0.6731826, 0.4636662, 0.7239431, 0.3270281, -0.9193996, -0.1684138, 0.5101907, 0.8887238, -0.4996421, 0.336483, -0.1445799, 0.751848, -0.1757267, -0.8441346, 0.9155834, 0.0420686, 0.0675534, 0.1368874, 0.710475], 'encoder.layers.0.bias': [-0.9415283, 0.3924561, 0.8713379, -0.5895996, -0.8688965, -0.7768555], 'encoder.layers.0.proj': [-0.3472113, -0.2949541, -0.1182076, 0.7699626, 0.6540048, 1.0953238, 0.7967696, 0.028842, 0.0275004, 0.8251791, -0.4169944, 0.0575618, -0.1726786, 0.4539497, -1.047574, 0.8790147, 0.0521746, 0.772381], 'encoder.layers.1.bias': [0.0169678, -0.2651367, -0.8789062, 0.9580078, 0.6005859, 0.1624756], 'encoder.layers.1.proj': [0.9509755, -0.0330726, -0.3289153, 0.1317917, -0.5599045, -0.3580451, -0.0549074, -0.5001319, 0.6844099, -0.8188975, 0.6094619, -1.1601577, -0.08385, 0.4642562, 0.5043281, -0.5992793, 0.0918819, 0.0892721], 'encoder.layers.2.bias': [-0.5473633, 0.848999, -0.0017066, 0.3265381, 0.5274048, -0.701416], 'encoder.layers.2.proj': [0.6002638, 0.7552314, 0.6751133, -0.4716613, 0.213292, 0.4875996, 0.263432, -0.9336377, -0.3410335, -0.6047539, -0.237949, 0.5874576, -0.288944, 0.0288164, -0.3873246, -0.0911689, -0.0109025, 0.408821], 'encoder.layers.3.bias': [-0.5863636, -0.0715161, 0.9270732, 0.000871, -0.2238705, -0.3305867], 'encoder.layers.3.proj': [-0.7865048, 0.3209552, 0.9462066, 0.0927996, 0.8971343, -0.6967994, -0.0782711, 0.1488247, -0.8743412, -0.1580231, 0.3689066, -0.1922437, 0.2965388, 0.4275132, -0.4824884, 0.6638363, -0.7349418, 0.6203701], 'encoder.layers.4.bias': [-0.3327637, 0.0446167, 0.6357422, 0.2498779, -0.9248047, -0.354248], 'encoder.layers.4.proj': [-0.553029, -0.4684628, 1.1955231, -0.2330611, 0.7425443, 0.0709304, 0.2042659, 0.5780508, 0.736887, 0.2973326, -0.4728042, 1.0107831, 0.128519, -1.195801, -0.4423178, 0.5473615, -0.1010906, 0.1935863], 'head': [0.5882568, -0.8499756, 0.4227905]}.items():
        begin, end = header[name]["offsets"]
        found = struct.unpack("<%df" % len(wanted), raw[begin:end])
        assert all(abs(a - b) < 1e-5 for a, b in zip(found, wanted)), name


@check('checkpoints and adapter are as they were')
def _():
    for path, digest in {'/app/intake/checkpoints/ckpt-07-4tc2/shard-1.bin': '6b27a357116dd86aebc5e91dead1c4172ba90ddc0bb9333a9702066022a87ce7', '/app/intake/checkpoints/ckpt-07-4tc2/shard-2.bin': 'bef909ba11ab411b7da094d66e1c65af6daf25318de0ad5c3d45bd2b4e964cda', '/app/intake/checkpoints/ckpt-07-4tc2/index.json': '625649679a2cdaf8394e97a69ee9b7cf9431f7ec6446e2f0a33511b91f61e039', '/app/intake/checkpoints/ckpt-03-hgqk/shard-1.bin': 'b3df1fb51dc9686994593e0d2288ffa2ff8d53facb36f85b88339add898ce0e6', '/app/intake/checkpoints/ckpt-03-hgqk/shard-2.bin': 'd60bdc90d93269c7b6e3aecf6ec33fd013d16efcd66e844a5719219f03841fba', '/app/intake/checkpoints/ckpt-03-hgqk/index.json': '0a31046a84d1ca28e27ccb9529fb977f047a208199b1445093ad9808b57d313b', '/app/intake/checkpoints/ckpt-05-6tjg/shard-1.bin': '540c83dc59fb64722b3efb02669c588b4241fa26697ca99a38f3bfc70093c4ac', '/app/intake/checkpoints/ckpt-05-6tjg/shard-2.bin': 'b4ec7bafd16fcc8367c499b2f211b18eaa171da32d9c5c0c96301cbbfd925855', '/app/intake/checkpoints/ckpt-05-6tjg/index.json': '65f5aa5699e5d5328a781d09c7f5745dcd5b7522028c19a0ab25b2e57ca7e778', '/app/intake/checkpoints/ckpt-06-74vj/shard-1.bin': 'c709fc0eb38c52e8e1d9512144e1a10d8289748cd4d0d90a11e8bb89a338d107', '/app/intake/checkpoints/ckpt-06-74vj/shard-2.bin': 'b95c01c926e7bf9f8f2b0d907867c362c375856a2052c77e89aa498360a8f6b2', '/app/intake/checkpoints/ckpt-06-74vj/index.json': '0f039f210c8927a2e233015a3af09e8d7a6bc690a733bf89087cb33086c3bf39', '/app/intake/checkpoints/ckpt-04-uvbv/shard-1.bin': '61f63b8795d4b08101ae10ee77bc7902af718c10edf52442d476dc0529a49f29', '/app/intake/checkpoints/ckpt-04-uvbv/shard-2.bin': '29c0548ebf803f4ba2a1a43b69fd1e96e5f477a24d870bbd6031dd2ad8c39e60', '/app/intake/checkpoints/ckpt-04-uvbv/index.json': '8c80e49b2de9905d5f368f228a1c62ee50a7bc76fcfa79655f99af3aa38a21b4', '/app/intake/checkpoints/ckpt-02-sdc6/shard-1.bin': '58bdc8f0217e6c3c62d257afdc00e3d9e26c13ffaaafa8884f32f3f01d6d5d37', '/app/intake/checkpoints/ckpt-02-sdc6/shard-2.bin': 'ada9e9cf89a1fcafc6c9afba409e9b16ccff93adce3a630aa7cb85ed89e87114', '/app/intake/checkpoints/ckpt-02-sdc6/index.json': '03f61be8e45876779d1234ec00676218784fcc0128f70cdefc61ccdb81aebeda', '/app/intake/checkpoints/ckpt-01-ydnb/shard-1.bin': '1eac2a3c7520e2ed377a7ba756a96ec13300ae88b0cf4b2ce524c7766e9778b0', '/app/intake/checkpoints/ckpt-01-ydnb/shard-2.bin': '9272b90fca32eb216325126d1e70f3a5622790f15793f71fafa81fb87f083ac4', '/app/intake/checkpoints/ckpt-01-ydnb/index.json': '68cc27b1eb61bb5f2ccced0fa38a7c8922373f077671edf0ac8e9785b9ba0c02', '/app/intake/checkpoints/ckpt-00-pzz5/shard-1.bin': '81eda5cbc6527c65fb1708aa1fa3a70dad156fbb402cc766b4dc7352549cbc02', '/app/intake/checkpoints/ckpt-00-pzz5/shard-2.bin': '7bb0aa183dc11ed8b0948e7e1504fc85385eec78b5605e40584680de8d602fa7', '/app/intake/checkpoints/ckpt-00-pzz5/index.json': '8fae6b909ccf694f8fba04dcab90083e5caad4040e7a7359c7871c41a8aaf37e', '/app/intake/checkpoints/ckpt-08-xp7q/shard-1.bin': '9282770c1744832d6c1303c5ef324a0e9a042eb36161939a7f8d378773823399', '/app/intake/checkpoints/ckpt-08-xp7q/shard-2.bin': '8e9e2d30c42eb95a8c07c6591095a3e8de271c78951fb906b554385babd41b04', '/app/intake/checkpoints/ckpt-08-xp7q/index.json': 'd43b34663dc63dcfc29e97947d7fbfc7cd27053fcbbd3461bd5482151c878a78', '/app/intake/adapter/adapter.bin': '7f756f931559fcf4ea721a506e6e277169fd78ae7ee13b5faca6d8ccb149178e', '/app/intake/FORMAT.md': '61640aec3a83829f5e514bd8e650227c7b33e9ec997de9a70013eba86057c0d3'}.items():
        assert sha256(path) == digest, path


@check('other branches have not moved, and there are no new ones')
def _():
    found = git('/app/workspace/ckpt-08-xp7q/pebble', "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads").splitlines()
    found = dict(row.split() for row in found)
    assert found.pop('release/1.3') != '0b371334862be2322156d6994d4f7294448f7b4b'
    assert found == {'main': 'd4c2457c2346186e217b3e59ac21e3ddc575c0e6', 'release/0.9': 'd446c77206f31df5a0e56ae338ab5991e662c499'}, found


@check('the release commit is tagged')
def _():
    assert git('/app/workspace/ckpt-08-xp7q/pebble', "log", "-1", "--format=%B", "refs/heads/release/1.3").strip() == "Release 1.3.5"
    changed = git('/app/workspace/ckpt-08-xp7q/pebble', "diff", "--name-only", "refs/heads/release/1.3~1", "refs/heads/release/1.3")
    assert changed.split() == ["CHANGES", "VERSION"], changed
    tags = git('/app/workspace/ckpt-08-xp7q/pebble', "for-each-ref", "--format=%(refname:short) %(objecttype) %(contents:subject)", "refs/tags")
    assert len(tags.splitlines()) == 2 and "v1.3.5 tag Release 1.3.5" in tags.splitlines(), tags
    assert git('/app/workspace/ckpt-08-xp7q/pebble', "rev-parse", "v1.3.5^{commit}") == git('/app/workspace/ckpt-08-xp7q/pebble', "rev-parse", "refs/heads/release/1.3")


@check('the release branch is checked out and clean')
def _():
    assert git('/app/workspace/ckpt-08-xp7q/pebble', "symbolic-ref", "HEAD") == 'refs/heads/release/1.3'
    assert git('/app/workspace/ckpt-08-xp7q/pebble', "status", "--porcelain", "--untracked-files=all") == ""
    assert git('/app/workspace/ckpt-08-xp7q/pebble', "rev-parse", "HEAD") != '0b371334862be2322156d6994d4f7294448f7b4b'


@check('the record is right')
def _():
    tip = git('/app/workspace/ckpt-08-xp7q/pebble', "rev-parse", "refs/heads/release/1.3")
    assert json_file('/app/workspace/ckpt-08-xp7q/record.json') == {"picked": ['NFR-105', 'NFR-346', 'NFR-745', 'NFR-221', 'NFR-831', 'NFR-534', 'NFR-767', 'NFR-894', 'NFR-679', 'NFR-310', 'NFR-800', 'NFR-498', 'NFR-908', 'NFR-889', 'NFR-857', 'NFR-998', 'NFR-547', 'NFR-499', 'NFR-522', 'NFR-336', 'NFR-533', 'NFR-252', 'NFR-966', 'NFR-262', 'NFR-384', 'NFR-546', 'NFR-624', 'NFR-651', 'NFR-179', 'NFR-656', 'NFR-563'], "skipped": {'NFR-149': 'reverted', 'NFR-593': 'present', 'NFR-513': 'present', 'NFR-875': 'reverted', 'NFR-838': 'present', 'NFR-345': 'present', 'NFR-193': 'reverted', 'NFR-227': 'present', 'NFR-448': 'present'}, "tip": tip}


@check('the folder of ckpt-07-4tc2 is as it was')
def _():
    for path, digest in {}.items():
        assert sha256(path) == digest, path + " changed"


@check('the folder of ckpt-03-hgqk is as it was')
def _():
    for path, digest in {}.items():
        assert sha256(path) == digest, path + " changed"


@check('the folder of ckpt-05-6tjg is as it was')
def _():
    for path, digest in {}.items():
        assert sha256(path) == digest, path + " changed"


@check('the handover names what was found')
def _():
    handover = json_file("/app/handover.json")
    expected = {'checkpoint': 'ckpt-08-xp7q'}
    assert {key: handover.get(key) for key in expected} == expected
    assert set(handover) == {*expected, "files"}, sorted(handover)


@check('the handover carries the digests of the result files')
def _():
    expected = {name: sha256(path) for name, path in {'intake/provenance.json': '/app/intake/provenance.json', 'workspace/ckpt-08-xp7q/record.json': '/app/workspace/ckpt-08-xp7q/record.json'}.items()}
    assert json_file("/app/handover.json")["files"] == expected


@check('the backports are the right ones, in order, with their origin')
def _():
    new = git('/app/workspace/ckpt-08-xp7q/pebble', "rev-list", "--reverse", "0b371334862be2322156d6994d4f7294448f7b4b..refs/heads/release/1.3").split()
    assert len(new) == 32, new
    assert git('/app/workspace/ckpt-08-xp7q/pebble', "rev-list", "--merges", "0b371334862be2322156d6994d4f7294448f7b4b..refs/heads/release/1.3") == ""
    picked, origins = new[:-1], ['23f2babf613a28b67f9cef33d3b6fb7c6d956b41', '432703350925584ce19f66a0f4e22f856a3475a0', '18ea97cd6d46a8346a06cccc942a553ba1d41342', 'e1bf82445b0372db3c23a4af1caf754a21d33f2b', '27ca157ef186a520277bf70f4ed99c374c40bb18', '65889510ada66e6345295cbb53644617d1ef0b14', 'b4939a34ab8e8fa91545671349736a7649af2bb7', '657b4441ed3f6e7e80d231a8ee16e9aeeaab0af9', 'c76a82a4dda669f305ff63413f0a4e3d83ae87af', 'e606252901356ee4e4876708c4c34319e8c15206', 'd4274eb56ca3de684da1a5f52dac5d6f3ed4cc92', '7831ed5a21f240f9544f02a0c5a766fd61003752', '5ad970e84aa2e8793c05843383a2690d56417806', 'f7fdd52209c47ebcad1e8ec890773a3f475361ca', 'b4409109e0e902b5ef1e908dcf8ca952e80028d0', '968e6df2c801bf85002fd0471434c94e738c9d33', 'bbfc905a87eda66944f891d3c8ca7d4cd6ac235f', '0268c9fb02238be7e6baae877357f53fe3f71617', 'be57e3a6e36bb4d649bf8e3bdd4fd81979527268', '017cc3100285eef77517d2dd3b3491893f210671', '7298a574180b805874c533f98f9493ca3e27c26e', 'c38d0df4ada7e643a40ad373d8ed9d67bc42b6f9', 'c5ff37b0190262c267bbd5ac20711a53d295e09b', 'df2e768654b62fdbe6490a4c0e4aed3594453628', '8412497174e8fa6ff0c21701251fc9bd492a2a8a', '489e49501e7bfb9b40e0ac1ff9aec716cb528c2b', '61962cce88d2a4119fa5e7d6faca0d70e1b12080', 'c9fcc9beea9718fe6bd338ab9b3c6cbaecfa3b06', '5e7f88834c8085ea4e0dfc4826627852fd305f37', 'a9703d96c88e0ce5f398a21e5d377f5e16e6026e', '564e6e91b09f889388f2d1c56b56f26e6f3f708e']
    form, one_by_one = "--format=%an <%ae> %at %s", "--no-walk=unsorted"
    assert git('/app/workspace/ckpt-08-xp7q/pebble', "log", one_by_one, form, *picked) == git('/app/workspace/ckpt-08-xp7q/pebble', "log", one_by_one, form, *origins)
    assert git('/app/workspace/ckpt-08-xp7q/pebble', "show", "--format=", *picked) == git('/app/workspace/ckpt-08-xp7q/pebble', "show", "--format=", *origins)
    bodies = git('/app/workspace/ckpt-08-xp7q/pebble', "log", one_by_one, "--format=%B%x00", *picked).split("\0")
    for body, origin in zip(bodies, origins):
        assert body.strip().endswith("(cherry picked from commit " + origin + ")"), body


@check("the release's files are complete")
def _():
    wanted = {'src/gateway.txt': 'gateway\n', 'src/payments.txt': 'payments\n', 'src/invoice.txt': 'invoice\n', 'src/shipping.txt': 'shipping\n', 'src/auth.txt': 'auth\n', 'src/export.txt': 'export\n', 'src/dispatch.txt': 'dispatch\n', 'src/metrics.txt': 'metrics\n', 'VERSION': '1.3.5\n', 'CHANGES': '## 1.3.5\n\n- NFR-105: Round big files (Dana Jansen)\n- NFR-346: Trim big files (Rasmus Larsen)\n- NFR-745: Order lost sessions (Rasmus Larsen)\n- NFR-221: Reject old clients (Rasmus Larsen)\n- NFR-831: Limit double entries (Luis Schmidt)\n- NFR-534: Keep late answers (Hugo Haddad)\n- NFR-767: Round negative amounts (Luis Schmidt)\n- NFR-894: Trim lost sessions (Dana Jansen)\n- NFR-679: Close odd time zones (Dana Jansen)\n- NFR-310: Trim double entries (Anton Rossi)\n- NFR-800: Trim odd time zones (Rasmus Larsen)\n- NFR-498: Close empty input (Hugo Haddad)\n- NFR-908: Order empty input (Zofia Horvat)\n- NFR-889: Keep big files (Dana Jansen)\n- NFR-857: Reject odd time zones (Petra Garcia)\n- NFR-998: Retry late answers (Zofia Horvat)\n- NFR-547: Reject lost sessions (Anton Rossi)\n- NFR-499: Trim lost sessions (Dana Jansen)\n- NFR-522: Limit closed accounts (Rasmus Larsen)\n- NFR-336: Handle empty input (Dana Jansen)\n- NFR-533: Limit lost sessions (Luis Schmidt)\n- NFR-252: Close empty input (Dana Jansen)\n- NFR-966: Close late answers (Petra Garcia)\n- NFR-262: Close empty input (Petra Garcia)\n- NFR-384: Close late answers (Petra Garcia)\n- NFR-546: Reject closed accounts (Hugo Haddad)\n- NFR-624: Close negative amounts (Luis Schmidt)\n- NFR-651: Order big files (Anton Rossi)\n- NFR-179: Round empty input (Anton Rossi)\n- NFR-656: Retry old clients (Hugo Haddad)\n- NFR-563: Order closed accounts (Luis Schmidt)\n\n## 1.3.4\n\n- First.\n\n', 'RELEASING.md': '# Releasing\n\nThe subject of every commit on `main` starts with its ticket and a colon.\n\n1. A commit of `main` is marked for a release branch by a trailer `Backport: NAME`, where NAME is what\n   follows `release/` in the branch\'s name. There may be several such trailers.\n2. A commit that was reverted later on `main` (its revert says `This reverts commit HASH.`) is not\n   backported ("reverted"), unless the revert itself was reverted again. Reverts are never backported\n   and count as unmarked, whatever trailers they carry.\n3. A marked commit whose change is already on the release branch, under whatever hash, is not\n   backported again ("present"): a commit there has the same ticket.\n4. A commit with a trailer `Needs: TICKET` is backported together with the commit of that ticket,\n   marked or not (and with what that one needs in turn), unless that ticket is on the branch already.\n5. All backports are applied in the order of their commits on `main`, one commit each, with\n   `git cherry-pick -x`: author, author date and message stay and the origin is recorded.\n6. After them comes one commit with the subject `Release VERSION`, which puts the version into\n   the file `VERSION` and these lines at the top of `CHANGES`: `## VERSION`, an empty line, the line\n   `- SUBJECT (AUTHOR)` for each backport in order (the author\'s name), and an empty line.\n7. That commit gets an annotated tag `vVERSION` with the message `Release VERSION`.\n', 'src/auth/nfr-593.txt': 'NFR-593: Keep lost sessions\nwtbx659bhnfz\n', 'src/dispatch/nfr-513.txt': 'NFR-513: Handle big files\ncxn6gemevqth\n', 'src/payments/nfr-838.txt': 'NFR-838: Keep negative amounts\n2u5b6qxpsmn3\n', 'src/dispatch/nfr-345.txt': 'NFR-345: Order late answers\n6c29sv3rsfwv\n', 'src/auth/nfr-227.txt': 'NFR-227: Escape double entries\nx8rxuuwjtg4k\n', 'src/gateway/nfr-448.txt': 'NFR-448: Close odd time zones\n72vb8ztgatrr\n', 'src/payments/nfr-105.txt': 'NFR-105: Round big files\n7je647s4c9rx\n', 'src/export/nfr-346.txt': 'NFR-346: Trim big files\nwku2rxj7xv2e\n', 'src/export/nfr-745.txt': 'NFR-745: Order lost sessions\nzetdykkxkf5u\n', 'src/export/nfr-221.txt': 'NFR-221: Reject old clients\netuxz7psehq2\n', 'src/shipping/nfr-831.txt': 'NFR-831: Limit double entries\nftjm4w4q54pa\n', 'src/invoice/nfr-534.txt': 'NFR-534: Keep late answers\n6mhd55zzv2wg\n', 'src/metrics/nfr-767.txt': 'NFR-767: Round negative amounts\nhj8rq76ukuna\n', 'src/invoice/nfr-894.txt': 'NFR-894: Trim lost sessions\nzd8bbhk6zw7p\n', 'src/dispatch/nfr-679.txt': 'NFR-679: Close odd time zones\nkqf5x7x2cfc8\n', 'src/shipping/nfr-310.txt': 'NFR-310: Trim double entries\n6k378khzzu4d\n', 'src/invoice/nfr-800.txt': 'NFR-800: Trim odd time zones\n8respwpzc2a8\n', 'src/shipping/nfr-498.txt': 'NFR-498: Close empty input\ncdzzbg4bkdgw\n', 'src/invoice/nfr-908.txt': 'NFR-908: Order empty input\n79y9akmbernx\n', 'src/shipping/nfr-889.txt': 'NFR-889: Keep big files\n7bxcrgqbv75u\n', 'src/shipping/nfr-857.txt': 'NFR-857: Reject odd time zones\nc28eaqhdt34v\n', 'src/gateway/nfr-998.txt': 'NFR-998: Retry late answers\n4jaqbfxkacue\n', 'src/metrics/nfr-547.txt': 'NFR-547: Reject lost sessions\nuzxv369783tp\n', 'src/dispatch/nfr-499.txt': 'NFR-499: Trim lost sessions\nj5f9ktqppv6v\n', 'src/shipping/nfr-522.txt': 'NFR-522: Limit closed accounts\ne42x8vdavdyd\n', 'src/shipping/nfr-336.txt': 'NFR-336: Handle empty input\nzvyn4txbnrnb\n', 'src/gateway/nfr-533.txt': 'NFR-533: Limit lost sessions\n24znmkbuuzzg\n', 'src/payments/nfr-252.txt': 'NFR-252: Close empty input\nag56thbek9jj\n', 'src/gateway/nfr-966.txt': 'NFR-966: Close late answers\n999qhd625425\n', 'src/invoice/nfr-262.txt': 'NFR-262: Close empty input\n7vzzyseqm56f\n', 'src/dispatch/nfr-384.txt': 'NFR-384: Close late answers\n3xfj3e2q8asu\n', 'src/gateway/nfr-546.txt': 'NFR-546: Reject closed accounts\npwj9kn584v5h\n', 'src/gateway/nfr-624.txt': 'NFR-624: Close negative amounts\nahj8gdfh5cju\n', 'src/shipping/nfr-651.txt': 'NFR-651: Order big files\n2225tusmuuw7\n', 'src/invoice/nfr-179.txt': 'NFR-179: Round empty input\ngkngz9wsr3wc\n', 'src/gateway/nfr-656.txt': 'NFR-656: Retry old clients\nrdqevk32bwpn\n', 'src/metrics/nfr-563.txt': 'NFR-563: Order closed accounts\nk93qc67sp9e9\n'}
    assert git('/app/workspace/ckpt-08-xp7q/pebble', "ls-tree", "-r", "--name-only", "refs/heads/release/1.3").splitlines() == sorted(wanted)
    for path in ("VERSION", "CHANGES", *['src/payments/nfr-105.txt', 'src/export/nfr-346.txt', 'src/export/nfr-745.txt', 'src/export/nfr-221.txt', 'src/shipping/nfr-831.txt', 'src/invoice/nfr-534.txt', 'src/metrics/nfr-767.txt', 'src/invoice/nfr-894.txt', 'src/dispatch/nfr-679.txt', 'src/shipping/nfr-310.txt', 'src/invoice/nfr-800.txt', 'src/shipping/nfr-498.txt', 'src/invoice/nfr-908.txt', 'src/shipping/nfr-889.txt', 'src/shipping/nfr-857.txt', 'src/gateway/nfr-998.txt', 'src/metrics/nfr-547.txt', 'src/dispatch/nfr-499.txt', 'src/shipping/nfr-522.txt', 'src/shipping/nfr-336.txt', 'src/gateway/nfr-533.txt', 'src/payments/nfr-252.txt', 'src/gateway/nfr-966.txt', 'src/invoice/nfr-262.txt', 'src/dispatch/nfr-384.txt', 'src/gateway/nfr-546.txt', 'src/gateway/nfr-624.txt', 'src/shipping/nfr-651.txt', 'src/invoice/nfr-179.txt', 'src/gateway/nfr-656.txt', 'src/metrics/nfr-563.txt']):
        shown = git('/app/workspace/ckpt-08-xp7q/pebble', "show", "refs/heads/release/1.3:" + path)
        assert shown.rstrip("\n") == wanted[path].rstrip("\n"), path

main()
