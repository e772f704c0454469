"""Verifier of secret-purge-to-save-repair-6ab72a. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('branches and tags are exactly the old history without the keys')
def _():
    found = git('/app/intake/pine', "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    assert dict(row.split() for row in found) == {'refs/heads/main': '7a19a7ff599a4c98b91dc2aa27301d12c5658345', 'refs/heads/fix/y5gjj': 'fb00195f1d7edc356a389a427eaf7cdd77c5238b', 'refs/heads/topic/56y94': '37f41464b56ccc3b89e5cbcf41181a226c69558b', 'refs/heads/topic/b4tu4': 'e723882f052b92f9230913459e872533ca2c9123', 'refs/heads/topic/c4t82': '253564bbf7edf91fb1a33bc549e4875731a43d7b', 'refs/heads/fix/3scd7': '27c7bf2e8fa32982a2a363aeb128a0f01ca50eb2', 'refs/tags/v0.2': '0a53311299d798433b5eeb2e33db91761ed8e736', 'refs/tags/v0.11': '46ee9b81a27fa63849131219c6d22912cbd44900', 'refs/tags/v0.13': 'd328756a307d737478037ff06e60b8744d76ec45', 'refs/tags/v0.15': 'd963d9e616a7d062a3bfd93f75f9a69b840a451a', 'refs/tags/v0.23': 'bbd502ca0683ea37fe8d30d0a028cbe4fa695040', 'refs/tags/v0.36': 'ebc276c3b2854e2210e25e65c515755578e425f4', 'refs/tags/v0.41': '3f1fb847dce24ab79823abc19f597d6f42e3bffa', 'refs/tags/v0.55': '0514e513f161e9482b92f84c83ef54d0ae2b1748', 'refs/tags/v0.66': '2e218968791b7521272d0973c434a31f2bccff12', 'refs/tags/v0.81': '03436b627c6e075d9d3af5b8c07c9907ab9f4049', 'refs/tags/v0.84': 'e723882f052b92f9230913459e872533ca2c9123', 'refs/tags/v0.87': '118f33f37a79e8efb0b2044c75c14d71a05150ce'}, found


@check('no object holds a leaked key')
def _():
    names = git('/app/intake/pine', "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)")
    blobs = "".join(row.split()[0] + "\n" for row in names.splitlines() if row.endswith("blob"))
    shown = sh(["git", "-C", '/app/intake/pine', "cat-file", "--batch"], stdin=blobs).stdout
    assert len(shown) > 200
    for key in ['tok.6g9t9ac57yr4b9egyfvte668g8j5', 'tok.6keqp358xsg6t4rbfxz9tc6f2hu', 'tok.4h2j3wpycwyh4h8ngumy28a6ay3', 'tok.u52w4yadjdf9cqzd82rwr']:
        assert key not in shown, "a key is left"


@check('main is checked out and clean')
def _():
    assert git('/app/intake/pine', "symbolic-ref", "HEAD") == "refs/heads/main"
    assert git('/app/intake/pine', "status", "--porcelain", "--untracked-files=all") == ""
    assert git('/app/intake/pine', "rev-parse", "HEAD") == '7a19a7ff599a4c98b91dc2aa27301d12c5658345'


@check('the report: sha256 and file')
def _():
    report = json_file('/app/intake/leaks.json')
    assert [{key: row[key] for key in ('sha256', 'file')} for row in report] == [{'sha256': 'd2bc7966976290513ab3eeec144fd7765f18d7135e68175704ddcfa7787bc79e', 'file': 'deploy/billing.env'}, {'sha256': 'ae333731be49d19a4a7a078a71965d3dd717330f4058aa84eab33b86001a5a79', 'file': 'deploy/stock.env'}, {'sha256': '5e90d95e3703541cbf978f09080305492c6e6e803287a2f6b692d2a8cf2011ef', 'file': 'deploy/profile.env'}, {'sha256': 'fb2d20c6c83c15d5565456f84c674f7078b0367f641b3d692a04965c720ef2b2', 'file': 'deploy/courier.env'}], report
    assert all(len(row) == 5 for row in report)


@check('the report: commit and author')
def _():
    report = json_file('/app/intake/leaks.json')
    assert [{key: row[key] for key in ('commit', 'author')} for row in report] == [{'commit': '2b7a4dc7aaa72bcaf14f6666e67661ab392ab70d', 'author': 'olga.eriksen@hollowfield.example'}, {'commit': 'b2d0d63089c9b0ac9003187b367c87501194d8e6', 'author': 'quentin.schmidt@hollowfield.example'}, {'commit': 'aac444d4ca7bcff9d337796bdd730991bf55fa4d', 'author': 'farah.farouk@hollowfield.example'}, {'commit': 'a824abff2da211baab1181a68b2072c11dcc2a40', 'author': 'dmitri.yilmaz@hollowfield.example'}], report
    assert all(len(row) == 5 for row in report)


@check('the report: commits')
def _():
    report = json_file('/app/intake/leaks.json')
    assert [{key: row[key] for key in ('commits',)} for row in report] == [{'commits': 9}, {'commits': 72}, {'commits': 11}, {'commits': 62}], report
    assert all(len(row) == 5 for row in report)


@check('report.json tells base, replayed entries, gold and items of each damaged save')
def _():
    assert json_file('/app/workspace/billing/report.json') == [{'character': 'cziegler', 'base': '1.sav', 'replayed': 50, 'gold': 1587, 'items': 72}, {'character': 'kkowalski', 'base': '1.sav', 'replayed': 49, 'gold': 1768, 'items': 99}, {'character': 'molsen', 'base': '1.sav', 'replayed': 10, 'gold': 1370, 'items': 89}, {'character': 'tschmidt', 'base': '3.sav', 'replayed': 1, 'gold': 1812, 'items': 108}, {'character': 'zhorvat', 'base': '1.sav', 'replayed': 31, 'gold': 1200, 'items': 69}]


@check('the save of cziegler is what the server would have written')
def _():
    assert data('/app/workspace/billing/saves/cziegler.sav').hex() == '4352574c01001000d505000033060000030004001700010004000400010005000800060003000a0001000b0002000c0001000d0005000f00020010000500110003001200020013000100140004001600050017000200190002001a0007001e000400210003002300050025000100260001003036db18'


@check('the save of kkowalski is what the server would have written')
def _():
    assert data('/app/workspace/billing/saves/kkowalski.sav').hex() == '4352574c010013000f020000e806000054002c00150001000800030005000400060006000200070002000b0004000c0006000d0001000e0009000f000800110003001200070013000a0015000500160003001a0001001b0006001c0006001d000200200001002300040073a5b310'


@check('the save of molsen is what the server would have written')
def _():
    assert data('/app/workspace/billing/saves/molsen.sav').hex() == '4352574c02001400ea1100005a0500000f00280018000100060000000200010000000300090000000400010000000800010000000e00090000000f00050000001000010000001100040000001200050000001300030000001400070000001500020000001600030000001700010000001a00040000001b00030000001c00010000001d00080000001e00010000001f0002000000200002000000220006000000260004000000bb7f9d80'


@check('the save of tschmidt is what the server would have written')
def _():
    assert data('/app/workspace/billing/saves/tschmidt.sav').hex() == '4352574c01001100ab120000140700000a000d001a00010001000200030003000400040004000500080007000100080003000b0005000c0002000e0008001000080012000300130005001500050016000200190003001b0005001d0004001e0003001f000100200002002300010024000200260011002700010028000700f07a55ce'


@check('the save of zhorvat is what the server would have written')
def _():
    assert data('/app/workspace/billing/saves/zhorvat.sav').hex() == '4352574c0200130088220000b00400000200260013000100010000000500040000000a00030000000e00060000000f00020000001100040000001300010000001400020000001500050000001700090000001800050000001c00020000001f0001000000200006000000210002000000230007000000240001000000250005000000280003000000a7becb81'


@check('sound saves, autosaves, journals and documents are unchanged')
def _():
    for path, digest in {'/app/workspace/billing/journals/aandersen.log': '58d3ab60d6a727e70289275dcb2b55ac00af927fb4634ca2d4b5f80d89f8ce77', '/app/workspace/billing/autosaves/aandersen/1.sav': '18bda658692a7e7b97ec7f905158b3d95411ee2578567fd2db36fc4cb424738d', '/app/workspace/billing/autosaves/aandersen/3.sav': '87f412530bd1d014a1e5584b54af4ef06ae43e58adc8ee2d0f6ee3eda4d51518', '/app/workspace/billing/autosaves/aandersen/0.sav': 'c39b3c492acb51f27100beb94958ef9cbff608c0a483bc9260acf1286b3ae5e3', '/app/workspace/billing/autosaves/aandersen/2.sav': '26cba5945849f4e2add2542e6b0174fcbcc0495cf17ebf4493e6af9c86cafb2e', '/app/workspace/billing/saves/aandersen.sav': '5b89e9aa89c20f74af9821c28707de4c654df01fbda449e5bc20a4ba826db8b5', '/app/workspace/billing/journals/cziegler.log': 'f1a372cd174734837cb0d10c7fb360c988725d5e191d5da57965fb2ffa15e274', '/app/workspace/billing/autosaves/cziegler/0.sav': '1e02bd2a520124c8a3ebe7e5d95c9267dd6126c0f6187f160f3e44a120a98b5c', '/app/workspace/billing/autosaves/cziegler/3.sav': '1e6a7f1c4267598f9714bbaed3cfb6ff98071309488e10fb28c95f71f6e3ba3a', '/app/workspace/billing/autosaves/cziegler/1.sav': 'd16589e52d5a0663e2a9fcced1958df80b6f921a05977c33096d011ee6983458', '/app/workspace/billing/autosaves/cziegler/2.sav': '956623482321ab7def005764fe60529d0d3c31efa60472e7f72f383904783933', '/app/workspace/billing/journals/ifischer.log': '60330c1af83ba6b4bc41c1605518ae74634bf67f37b1590534cca11aa656c49b', '/app/workspace/billing/autosaves/ifischer/1.sav': '6f4ebaba50475ed207bc61c34f132065b59b350dd1e565f130c6a86a710838fe', '/app/workspace/billing/autosaves/ifischer/2.sav': 'c3b9ad99d34f2e88369198616ef8a80b68ca16ec83cbea6ac6e49c77f42c085d', '/app/workspace/billing/autosaves/ifischer/0.sav': 'b84107623768c994f36c7e1c99cac9bef73429d4ec3aacbdd7b33cf409d1da35', '/app/workspace/billing/autosaves/ifischer/3.sav': 'ccc4d1f5e6cef9550319a949dac5282feb03cb0b48a5e40a7ba0ab6e40fd62ad', '/app/workspace/billing/saves/ifischer.sav': '35d02954d10e6292086cbbaffb410a2a1b3b37ca9ebabfabde8fe74b93bc42f8', '/app/workspace/billing/journals/ikaplan.log': 'b48db60b2f7440ba654f023f9740530dd1f81b1f5986d8a567dc871be80007dc', '/app/workspace/billing/autosaves/ikaplan/2.sav': '3fa8833fea821c5eb69790b2120479fceece60c8b016dcb14e1df771f226fae2', '/app/workspace/billing/autosaves/ikaplan/1.sav': '60cec3996b288fb5dba54b1e522f0579068691be66d1fc8272638102e08846dd', '/app/workspace/billing/autosaves/ikaplan/0.sav': 'f662a384353b4c77c3392b77f58ce3daea390b330253f375a28a664118f78f5e', '/app/workspace/billing/autosaves/ikaplan/3.sav': '73761d1d2a8b5fe276b5078f8bbfd29756ef497dc253d50006552c83a8d9b900', '/app/workspace/billing/saves/ikaplan.sav': 'e39b2ff5304faf6fcb3a64f456bb81daf977a46b9560096bb5aedb8c3afca7cb', '/app/workspace/billing/journals/jbauer.log': 'c8d6c3a907f85439f6905fc9ee69b616986f1c86d09958354d3fa081e00d023e', '/app/workspace/billing/autosaves/jbauer/2.sav': 'eb728279ce496f54fd9b119b6df2370dc39ab89e4ceeb642e8c016086e561008', '/app/workspace/billing/autosaves/jbauer/3.sav': '1e6da6fedc6db1a892ef3d233c9ac3a7d380643377d70bcb0b4cc70834286ea1', '/app/workspace/billing/autosaves/jbauer/0.sav': 'fa9e3eb220c3d0c0c34a2dbe02751388e0a0685f6953b130882418cb1c1cda90', '/app/workspace/billing/autosaves/jbauer/1.sav': 'adb3521777457c8d4049021bbd4f7fed0302176e3f0dceef7b113b4e4308ed75', '/app/workspace/billing/saves/jbauer.sav': '6b88b5f5d43569df15c4a95110e1244e94a4df5f1208f0b9799c54c6c29a30a2', '/app/workspace/billing/journals/kkowalski.log': '0172218e1a78c7cfa41672e430dc42d9e07177d72f1c76e90e33eee181ec29a6', '/app/workspace/billing/autosaves/kkowalski/2.sav': 'e358e6331ddea9f748793cb856d3a30457e62127d2addfc490f5f318b5c773be', '/app/workspace/billing/autosaves/kkowalski/1.sav': 'b7ca0f6951c577b5bfe30cb11075333e5c8c25229fd2bb938d36bdca497197b8', '/app/workspace/billing/autosaves/kkowalski/0.sav': 'db44f82c51357f81e1f054aeda784a25f2a9200e1f264f6594882bf80a012609', '/app/workspace/billing/autosaves/kkowalski/3.sav': '4d916f715cb13fb8043baab2707c9c1f7272247f7249773cfeff1cece79aefca', '/app/workspace/billing/journals/lcastillo.log': '096ba6225411503c73baf05f1872efd84bcacebfa8d2cc571b2549c1dc8f3692', '/app/workspace/billing/autosaves/lcastillo/2.sav': '0e30ec0ad52f434b6d94a10fdc7dd35a8b812d2e5a8cd89586dcd27e7baae225', '/app/workspace/billing/autosaves/lcastillo/0.sav': '83a34ce3427f3b17866e230b452390369a1cb93aaa645c7ce157afd9309bb17a', '/app/workspace/billing/autosaves/lcastillo/1.sav': 'ddf426418d483e110d791785e9ac05146412eee9a836b78e5760581fc7fb5716', '/app/workspace/billing/autosaves/lcastillo/3.sav': 'cf707074f4086a5f424c3bc101e887b3944d90a1af488396e77cbff1c18b17dd', '/app/workspace/billing/saves/lcastillo.sav': '43ad41c79fbc22e879e0147dd8e49e45ab984ab7a9dd5b81016a767d64cbfa54', '/app/workspace/billing/journals/molsen.log': 'a2932ab9bfc9aa222caf332ccd9571ad536de115d7c0f822e130190f09387a56', '/app/workspace/billing/autosaves/molsen/2.sav': '90f65e1911dfb5abdd2aa1384ec4a3075382dfcd7743d024297e3ccdae2c46e4', '/app/workspace/billing/autosaves/molsen/3.sav': '38c2f7861e8e20733ece84f9902c037cd8b9df07ae4c4505ba6bb93aec8f1dba', '/app/workspace/billing/autosaves/molsen/0.sav': 'de6788c20fe6465a3f4cc3cb09b632bbcbe11d3d38118f278e1c0d91a517a967', '/app/workspace/billing/autosaves/molsen/1.sav': '70d99c5b6cad08da5a8608c5dd969eb3ff232606f12032f63d338167d5fd3e04', '/app/workspace/billing/journals/tschmidt.log': '6f2fc7d16e3ad77a61f30e23b781e8d1adb62efa625b72f3bc1853400036088a', '/app/workspace/billing/autosaves/tschmidt/2.sav': 'a79880d6a2ec5bed556db5049ae97804e7bca81902f53b37bcb9a5f1bc6abdb5', '/app/workspace/billing/autosaves/tschmidt/0.sav': '461fb0d9c48643e235c663ded9d9eef6df999c1e7b3e46c1b6c2bf45465ab3aa', '/app/workspace/billing/autosaves/tschmidt/1.sav': '5c04db0e8121c6a7d081bb97c674b479d62befa741edca3d83cb9c7dfe748efd', '/app/workspace/billing/autosaves/tschmidt/3.sav': '739c1c3260fe6cef93be32515c8ec86d1ee394a78b3b5ca40f88e5ba4b0016cb', '/app/workspace/billing/journals/zhorvat.log': 'ec4e1ae2d6745e9b32918038a65211a52ba0bb9aa44c99cda850a4ad61ccb916', '/app/workspace/billing/autosaves/zhorvat/0.sav': 'e9b1ff976e79b4ead5f66d9f3cb9f47cdfc2991d94decbb0e44d24bf96fdc218', '/app/workspace/billing/autosaves/zhorvat/2.sav': 'ad3044dcc1d11618daafe922abd7fc13e5768474787f297e8e92fa43f5dfea13', '/app/workspace/billing/autosaves/zhorvat/1.sav': 'ca49066dc47f677dec9a2cb87efaa4a2880bf5e91b20712d70401c4428207f73', '/app/workspace/billing/autosaves/zhorvat/3.sav': '0584db704c49669c92300ae28d21f3f35e7f893ec950135b24f9e5afa60ac1e8', '/app/workspace/billing/docs/FORMAT.md': 'a8c14218d956f21f47b1c218435acd67e7f52aaea4e6171d8f4572d90f94a632'}.items():
        assert sha256(path) == digest, path + " changed"


@check('no saves were added or removed')
def _():
    import os
    assert sorted(os.listdir('/app/workspace/billing/saves')) == ['aandersen.sav', 'cziegler.sav', 'ifischer.sav', 'ikaplan.sav', 'jbauer.sav', 'kkowalski.sav', 'lcastillo.sav', 'molsen.sav', 'tschmidt.sav', 'zhorvat.sav']


@check('the folder of courier is as it was')
def _():
    for path, digest in {'/app/workspace/courier/autosaves/achandra/0.sav': 'e88998c9104431d25a4c56b368b458b12c191432cedeb3d5cd200d6a1d1c1937', '/app/workspace/courier/autosaves/achandra/1.sav': '4f225f2c1f6bf3d5eef86e26be9bb0b2f34956377b346df04a9879d7540b04f4', '/app/workspace/courier/autosaves/achandra/2.sav': '947856ca5c99e43aac1752b33c403fd94059e98108e3b275fc48324d87043548', '/app/workspace/courier/autosaves/achandra/3.sav': '4ce71e75716689496d5a0f9f5121a61c0c23b8d6d6f9089d46309b6f3daca95b', '/app/workspace/courier/autosaves/clarsen/0.sav': '2e908e1c36b4629c033c2243dae4ec640cf36c272d68a73f8710fa5584757985', '/app/workspace/courier/autosaves/clarsen/1.sav': '268768baa9b856f123a5c6d10f3f966e36b51abb75d406b3f8877431a5787626', '/app/workspace/courier/autosaves/clarsen/2.sav': '9f2bf7e39bcbee9d2dfc80614a7e6be5fe01fe28239d425afe9d9db114a7bbab', '/app/workspace/courier/autosaves/clarsen/3.sav': '30f06761837bf01f6856dffa8782ecdc0a7a627c2bf8fa38d4abc17f76862746', '/app/workspace/courier/autosaves/evarga/0.sav': '1dc7bc53cfdbf12441fa7196542389903728b1f6f2371dabd89b78611dc97f1e', '/app/workspace/courier/autosaves/evarga/1.sav': '4282658da162bfbe701e0b192185e943ee39b6f0227f7f3ee5ddda363c7ef185', '/app/workspace/courier/autosaves/evarga/2.sav': 'ecffd972e9f0eb39d42505d37349f4987ba1a18756804a5190fd31b9797dd379', '/app/workspace/courier/autosaves/evarga/3.sav': 'b36f4a8b3ab8dbb6e3b2f32f34e0cd4c7cba194f5a028920b50a182c92516502', '/app/workspace/courier/autosaves/lquispe/0.sav': 'ee2236d215ad282e9fbf9ca4eca2425d6124496c1a0fb2a6fdfc681a4b6a1ac8', '/app/workspace/courier/autosaves/lquispe/1.sav': '2fa11fcbd50398ea7e907043c663f06c70b1b8f14311c96133307ca0c1ebbd72', '/app/workspace/courier/autosaves/lquispe/2.sav': '4aa71468081c70b6a457b3c14ab5d23116f61eb2659abbc08328d99412bf426a', '/app/workspace/courier/autosaves/lquispe/3.sav': '675e0c6a15bcce03b70365d6fcad5cece3c578fbb92f66bb7c19caae9029f960', '/app/workspace/courier/autosaves/wrossi/0.sav': '4c839d2e8ec9108b86e62b5356233af90bebde2aa3f66dd222e65051759e5842', '/app/workspace/courier/autosaves/wrossi/1.sav': '7d192661fbb9211c3403f1eeaf316de8b33ae664db79af7aef3974530fc2e130', '/app/workspace/courier/autosaves/wrossi/2.sav': '393c752867c7e8436dd4486c1eb8846215e1b712c6def698e3e87e79f3c4dca2', '/app/workspace/courier/autosaves/wrossi/3.sav': 'b9afa5e60d837f6c1f9e7788e41c32ec733496d4021bffd4a08abb35a43eeaa8', '/app/workspace/courier/docs/FORMAT.md': '7a5bd9fa86dcab6fe92bcd562758ba9fb037022f310f602f41ddbbbe3eaf3a3e', '/app/workspace/courier/journals/achandra.log': 'be02b87fdf66a28ab249e263f955eaac5f554ff3d1a9eb0a91f2f4c5b2798026', '/app/workspace/courier/journals/clarsen.log': '64cb22ca4cc1771a84654d969970bbeb032be1903dbd60efb0d75adca0590005', '/app/workspace/courier/journals/evarga.log': '2051ed7738074445fd250dbe00572660dc4eb21404161b8824896390e5391d40', '/app/workspace/courier/journals/lquispe.log': '3c3c6b979fdf919fd93dce317ba25f125274ba48cc945407f4903ec3b10c9256', '/app/workspace/courier/journals/wrossi.log': '3bb786dbfcff7b241e0ad916d1fac11470d27cf56dc570742d08e1224d490a8f', '/app/workspace/courier/saves/clarsen.sav': 'a4a2ab64b2a0e62adbeea2384de351a0ff83f6dce7ee0a5672cff1e19e5e85ef', '/app/workspace/courier/saves/evarga.sav': 'c4385893d7a66df8839d5358ee97c1bf45b404671927a9b4dfe85e8caee60aa8', '/app/workspace/courier/saves/lquispe.sav': '7fe09ba254df138fbacaabd4ef15bf6be4d9d85189f7635a910096b8048cd646'}.items():
        assert sha256(path) == digest, path + " changed"


@check('the folder of media is as it was')
def _():
    for path, digest in {'/app/workspace/media/autosaves/fyilmaz/0.sav': '4fe1059fe6d67ab971a0ad6b5c992ad771b1a85b9a8cdbe2422f3c840dca6db2', '/app/workspace/media/autosaves/fyilmaz/1.sav': '142281e616d3a98657a74b7d28f463b62367fc3afced3f572b70addb43d34aeb', '/app/workspace/media/autosaves/fyilmaz/2.sav': '57bdac60f3f7b8f2c6466515ef2cfb25680210ac4c67453fd14b9e82571523ac', '/app/workspace/media/autosaves/fyilmaz/3.sav': 'f20905b3d7e2ee05ab58fa792983e26662984dd2f45e2c23edcb4f42bd9f7d74', '/app/workspace/media/autosaves/idubois/0.sav': '069ceb9219b68f7b7b819a36be92cbed80e2a77ec5f1b9aa6e4876c02be9b9d8', '/app/workspace/media/autosaves/idubois/1.sav': '7a5973f388a5c8f1a76b5193cd8894a11d3b82a5222d0635c79d73994cb68962', '/app/workspace/media/autosaves/idubois/2.sav': 'fa0f434e6ae8b4923f67dae99aa45076003670bf1deb8ecd91edd104f349af85', '/app/workspace/media/autosaves/idubois/3.sav': '72ea12a8ab6ed2f409a1dd56d73ce1661f4cb07f49a354c0371f9dddb9621e5f', '/app/workspace/media/autosaves/rbarros/0.sav': '9bd82fac4be2f952524943cef07d07d736c9594d3d1ba349b34a23e37fd6e507', '/app/workspace/media/autosaves/rbarros/1.sav': '013b8125d5d5419c70c2ba2952ab44d33ebfc3543e275ac76f9665f6c82d35f7', '/app/workspace/media/autosaves/rbarros/2.sav': 'd0184d891896329bff5e1668c53efaadcedd1eed44eff11b2ea08cb8df8deed7', '/app/workspace/media/autosaves/rbarros/3.sav': '534c24b45fd0fd97408e98426e588448de97e1db8a36817c7e49228e5b28070b', '/app/workspace/media/autosaves/sito/0.sav': 'eab9f377d8471c665ae0faea143a0bdab366982c08d40e82170b6eb63b198045', '/app/workspace/media/autosaves/sito/1.sav': 'f23447bccdd747a6f92f883ce944b409e764cb85d8e65dd11a66faae54eda782', '/app/workspace/media/autosaves/sito/2.sav': 'e3705d4453567672252a299c09d3cdee870c307ecacde38aba133ede16b4a2c0', '/app/workspace/media/autosaves/sito/3.sav': 'fe54dd08124dc4a6bdef4fa9c183873475507e3b4644d48f26496a7317f96de6', '/app/workspace/media/autosaves/whorvat/0.sav': 'ec024b2730cdadf259e9312008883686477258925e5f65b49e72d1814ee531a7', '/app/workspace/media/autosaves/whorvat/1.sav': '3f9b969f36b41127c9512131cd0a73375f1542c5a45432ec51692d55a75c8ed6', '/app/workspace/media/autosaves/whorvat/2.sav': 'd545a1963d9f686f137fdaf2faa8db2312b1db40b00a0094e2ad1376e9ed377e', '/app/workspace/media/autosaves/whorvat/3.sav': '549e03e6994d46cf609e0546475ed0c6ec567c7da508a9e0c33ad16eebf0b27a', '/app/workspace/media/docs/FORMAT.md': '7a5bd9fa86dcab6fe92bcd562758ba9fb037022f310f602f41ddbbbe3eaf3a3e', '/app/workspace/media/journals/fyilmaz.log': '15b56b4d7e8c3dfbe7dcad068ea16ac7ac28b4a72d2bdb8e3d786ec2c60ed287', '/app/workspace/media/journals/idubois.log': 'c81984dbb43cf84a9c45a99784c669292c5d7871880aaa564755875f546f83e2', '/app/workspace/media/journals/rbarros.log': 'b8f4375a6f68e97ed50009b6ddd5291204fb27c408c3a85ddeecc3d51c5c9271', '/app/workspace/media/journals/sito.log': '64ca8eabb02da769b590a54737fbae8c19e2e68f84192f32298724a584cfedb5', '/app/workspace/media/journals/whorvat.log': '8d2fd9b908b18fe1126e139046fcb2c45d6934c99ed0d99d39048dce4ad18291', '/app/workspace/media/saves/rbarros.sav': '246afa611df2b2791905f9bf93b2fcb731db2c49ceeeea384ecce4cbd653af89', '/app/workspace/media/saves/sito.sav': '2b3fb1a865d5af24a599f7b7f8647271f5ac9029f19b8fdaaf4fff082d2b0e79', '/app/workspace/media/saves/whorvat.sav': '86a486e509a4c66c8351e25c056ef1e8d3239ce7d2c22444578e43bb701f59db'}.items():
        assert sha256(path) == digest, path + " changed"


@check('the folder of profile is as it was')
def _():
    for path, digest in {'/app/workspace/profile/autosaves/abarros/0.sav': '10e6a5146e8daf74da09ce73dc4be9ccb76c8a7853f8ba554bf0c754f7ae89e8', '/app/workspace/profile/autosaves/abarros/1.sav': '4915882f7d4eb9069598c7897829b81e95a30b974ef5c27025a667d72ca2afa2', '/app/workspace/profile/autosaves/abarros/2.sav': '28cd581e05f1999ce3860bb01f3f20d1ea59063ff1419d13a0d2b225d8a445e9', '/app/workspace/profile/autosaves/abarros/3.sav': '5813c55398b1c8091e8fe5c9f46fda2b29806d46756f7ec81f7448d1debb28fb', '/app/workspace/profile/autosaves/ceriksen/0.sav': '4f778cc4073224aa573a3792726e5012b83a8771b8da8a1dec81be6e0ea3b0f5', '/app/workspace/profile/autosaves/ceriksen/1.sav': '0abb0a8534ef867169e6962d68996da624a5ad7ca3bfcdb905a7490d5450b2b6', '/app/workspace/profile/autosaves/ceriksen/2.sav': 'c92be51db5497fee516d61a78e2c6fbda0234890474fad1384b8b2a5a239c385', '/app/workspace/profile/autosaves/ceriksen/3.sav': 'da163eef2e86d63d52275850ad71900e83f4050260f7e10f67d59c1f78d8b255', '/app/workspace/profile/autosaves/dweber/0.sav': '63e8e25a6bf38515a18705ad5ca86343db5ea93364820a6e6806cae5e79f860c', '/app/workspace/profile/autosaves/dweber/1.sav': '75937be902d5b6543e5f72577081732139daa584b30f139f473f9b31fd358043', '/app/workspace/profile/autosaves/dweber/2.sav': '3499359da93c058e562573cdcca525aab95121c4ee924d3325345581aeae58e0', '/app/workspace/profile/autosaves/dweber/3.sav': 'a13cc6bd5d3a2e13cb589c397a438de3f57238c38a10808f2e7072abf867c61c', '/app/workspace/profile/autosaves/lchandra/0.sav': 'ec9ae7c5c895a73e897201a91b46c8586e315b353b967e9297979eb2c0866edf', '/app/workspace/profile/autosaves/lchandra/1.sav': '542c81a3ff79dcc8e4f5f6321469baee15454b58fc891d2ec9b84430fc0526a6', '/app/workspace/profile/autosaves/lchandra/2.sav': 'ddeaa9ac077931942669c4f98eac067aa8ed44651006aac6a2e199d35df61007', '/app/workspace/profile/autosaves/lchandra/3.sav': '6b350f682115162d252dc698e95f3e637e17b1a651d9cbdf77fa00a72735f440', '/app/workspace/profile/autosaves/nbauer/0.sav': '3f61183c420535471acc949901a8f946c180b1c55ce91713a84ef7d9eb5494b0', '/app/workspace/profile/autosaves/nbauer/1.sav': '2e61c47839b2e3499ba54c1cbbd9a700cf7bb05c4b2035dd32c9035f1d0d04bd', '/app/workspace/profile/autosaves/nbauer/2.sav': 'deb0380cb84e801c8ae14c0d8114aa09ab8c4db4fa834897aa6a6d670696231e', '/app/workspace/profile/autosaves/nbauer/3.sav': '36e6455a8a2c5f86792d1984867d22cc20b38075961b43bba90a2a9f6eb8b274', '/app/workspace/profile/docs/FORMAT.md': '7a5bd9fa86dcab6fe92bcd562758ba9fb037022f310f602f41ddbbbe3eaf3a3e', '/app/workspace/profile/journals/abarros.log': 'f67a75623bc505cda2a8505cefd316484b9a700efd233c2962632c63f7a87988', '/app/workspace/profile/journals/ceriksen.log': 'bb2b9368cfe7d0a87ff5c14cca68f7a77a11223b72e2b5f4f3981dc577991289', '/app/workspace/profile/journals/dweber.log': 'ecd7e93df6eedcab734dc1512b1e14d1c9af1db4315a041fd71ccb557dfc0323', '/app/workspace/profile/journals/lchandra.log': '785a85ca8d7cfcde9cc84129f2b3122279a2950741e31ebfe31fe4b6c9a8eeda', '/app/workspace/profile/journals/nbauer.log': '73c01d701e736d000e2869d7c859e1641e3eed2a181cfcb915855ffb7dfde0d3', '/app/workspace/profile/saves/ceriksen.sav': '5af12505d35832a6d1674182436a2ac936c7c570f03a901848447278150a7b1a', '/app/workspace/profile/saves/dweber.sav': '2b8318514dce35d3fd360aaffe7b3aa054d04452e307f931a02defedc255d557', '/app/workspace/profile/saves/nbauer.sav': '766eaaa21aa583cf73897ce20a705471d04a5074a0b2c4c3482435376d563b01'}.items():
        assert sha256(path) == digest, path + " changed"


@check('the handover names what was found')
def _():
    handover = json_file("/app/handover.json")
    expected = {'service': 'billing'}
    assert {key: handover.get(key) for key in expected} == expected
    assert set(handover) == {*expected, "files"}, sorted(handover)


@check('the handover carries the digests of the result files')
def _():
    expected = {name: sha256(path) for name, path in {'intake/leaks.json': '/app/intake/leaks.json', 'workspace/billing/report.json': '/app/workspace/billing/report.json'}.items()}
    assert json_file("/app/handover.json")["files"] == expected

main()
