"""Verifier of save-repair-7c69f3. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('report.json tells base, replayed entries, gold and items of each damaged save')
def _():
    assert json_file('/app/report.json') == [{'character': 'jfarouk', 'base': '2.sav', 'replayed': 17, 'gold': 1079, 'items': 22}, {'character': 'ohaddad', 'base': '3.sav', 'replayed': 11, 'gold': 1498, 'items': 43}, {'character': 'ykowalski', 'base': '1.sav', 'replayed': 17, 'gold': 1718, 'items': 64}, {'character': 'zsato', 'base': '1.sav', 'replayed': 7, 'gold': 1575, 'items': 73}]


@check('the save of jfarouk is what the server would have written')
def _():
    assert data('/app/saves/jfarouk.sav').hex() == '4352574c02000d00811900003704000024000a000d000200020000000500020000001000010000001200020000001600020000001700010000001800010000001d00010000001f00030000002000010000002200040000002400010000002700010000007e178e31'


@check('the save of ohaddad is what the server would have written')
def _():
    assert data('/app/saves/ohaddad.sav').hex() == '4352574c02001b00d4060000da0500002d001f000e000200040000000600050000000700020000000800050000000900010000000e00020000001600040000001700020000001900020000001a00030000001b00030000001d00050000001e000300000025000200000041792321'


@check('the save of ykowalski is what the server would have written')
def _():
    assert data('/app/saves/ykowalski.sav').hex() == '4352574c01001200f3120000b606000035002c001100020004000500030008000500090004000a0005000d0005000f0004001000050015000300190006001a0003001b0002001d0003002100040022000100230005002800020029a64d88'


@check('the save of zsato is what the server would have written')
def _():
    assert data('/app/saves/zsato.sav').hex() == '4352574c02000d00282100002706000028001d0015000300050000000400050000000500010000000700010000000900020000000a00030000000b00060000000f00050000001000030000001300040000001500060000001600090000001700010000001a00060000001c00010000002000030000002300050000002500020000002600020000002700010000002800020000004817da19'


@check('sound saves, autosaves, journals and documents are unchanged')
def _():
    for path, digest in {'/app/journals/imoreau.log': 'e091bfbb5634dfc1cf1f442fd1238e8ecaa32974fa56c51320bbe891b112ecdb', '/app/autosaves/imoreau/0.sav': 'ef19bdc22c89f544849e185e6d4638f6dda5cfa3fb64692798e357162ad8769d', '/app/autosaves/imoreau/1.sav': '74ff9335fffa7e8f91afe1ed96de3da80df2df7115be90597466c34bde591f3c', '/app/autosaves/imoreau/3.sav': '57d918a83736a1c1707eff21f1ec09c0267ce39754ee6bc5e3d339b966c23729', '/app/autosaves/imoreau/2.sav': '1d8a73d85520928f9775fecea09ab0148ab61121aca9f9ff91eba6fc3df555e5', '/app/saves/imoreau.sav': '41c51c931695c05e5ace07719bb02d237ef5252ca83cfceeef80d41108292e98', '/app/journals/jfarouk.log': 'aea25d19a87912e82091b7939371e521627c124fd92757934831d1cbf692d562', '/app/autosaves/jfarouk/0.sav': 'd41b7d2ea22eeff80cbe79f4f23b079636ff335ed76d8345a27a88c601e7d5dc', '/app/autosaves/jfarouk/3.sav': '86c4e249ffc87d356600264c80b58052d147f5942130fb365149feae531586b2', '/app/autosaves/jfarouk/2.sav': '94eab6dfa6fb186911d4dec3657a8fb2363a091e9dc197c3851aa339e043873d', '/app/autosaves/jfarouk/1.sav': '19f2aa1ab01c8dfb220b0e4570570be77e5cb7420d21d5704f3bd2ac7d9e0df7', '/app/journals/nkaplan.log': '8da0c056c7cb1f061382ac21cbf9904a04657c6b31e318e16e7d5a8aac0657ee', '/app/autosaves/nkaplan/3.sav': '984d73fb23f94d8caaf15170602ec6c2768a5ad8d61045532b199c341bd2a797', '/app/autosaves/nkaplan/0.sav': '1e7a901979c62d2d1c1c9a155744dfe777014fd4214101bc1a4ca554ab4e51b8', '/app/autosaves/nkaplan/2.sav': '04d60a81cb93d19554583ab25d9f590f224b636ab100b9091e050a1f579fe436', '/app/autosaves/nkaplan/1.sav': 'b398db1dc39959130370980fd0425f2230890cd2db8e37f0b38fae97fa2bc424', '/app/saves/nkaplan.sav': '9c51914ccd4ae7a9402d48c171fa8e52c6865ea0243265051d3dae306993fbcd', '/app/journals/ohaddad.log': 'b3a490180d7dcb0e1d04a20c80a73a926f3ebb2645ed14323d01c68f17040c62', '/app/autosaves/ohaddad/0.sav': '7f6d35869080be5900310edef39384d5ab1779359797a44fee2af40c147297e9', '/app/autosaves/ohaddad/1.sav': 'c8f9e9898e32fb4e938c2fee69076b8901d288d76837dcc7812f92d7b555084e', '/app/autosaves/ohaddad/3.sav': '0c3cc321782c2b57b9b51752465a9e24d529cfe0b6ab68cd547158474a37eada', '/app/autosaves/ohaddad/2.sav': 'be3a3e86f1c60b81dd07269278181cdc41dc400c6963fef522bf39f46e8bcfbf', '/app/journals/ryilmaz.log': 'ac90c951f9a0fe987e6ad154e0ef0234d033853b9f5ff403a10e7f89a24a054f', '/app/autosaves/ryilmaz/1.sav': '448e6f2933900119165a750b622928b3cf8e72b02c5f953a53aac25d8bb25017', '/app/autosaves/ryilmaz/0.sav': 'c3a2de0b8e8737b0897d6160c233bc8df09a8688280c98a842d9e41a5c3f81ba', '/app/autosaves/ryilmaz/3.sav': '4ebce8f25e9131f4fba57926a27cb992f0429b7c8cf88acedd0a01a2306dfd3a', '/app/autosaves/ryilmaz/2.sav': '1ec779df15c971ffeb338a659f06250ac96661df1d5bae046a41a21ea2f409ff', '/app/saves/ryilmaz.sav': '3d16067c0b346b98fa19d0a8af0a71fcb0d2dadcb4e85c0b6db9c5b61424cef3', '/app/journals/ugarcia.log': 'bce9c09c73565db4a756493062bcd09ab011a3ad985504baa4ca828fdacd8e0a', '/app/autosaves/ugarcia/0.sav': 'f30edfc4ab8aad9c29bb458a393dd812e1c9fd38b68dfb8e7b2c24cd16ac4b57', '/app/autosaves/ugarcia/1.sav': '44dd087515db0870c9be8862f74f5a514b87a807f7103636c1b1a0e1861d56c8', '/app/autosaves/ugarcia/3.sav': '53247621d0da325a477b1c7d3b34db2b23ec80a7a50ea856e02a640baa76db4d', '/app/autosaves/ugarcia/2.sav': '86dc0328a17d453dbfc702db13cb0f70531bb554695c7c46abb7a53a3ff64292', '/app/saves/ugarcia.sav': 'e34ac454972dc9ad58917a6cad691188c7e7fa0a8a4aced2a8de5dd9622499fa', '/app/journals/ykowalski.log': 'eb308d3937030b7c59ff09c27b5e68bc5b3be6694e03fdb9440ae75479a1f776', '/app/autosaves/ykowalski/3.sav': '485c6be5b26b4394bbf2dee965a8c707f491c10dfcc2e30a6705569f24e6c7fa', '/app/autosaves/ykowalski/2.sav': 'c97e2ff121c4f700b728e37de72332b3e85f7f1cad96ce2305e238c0185905c7', '/app/autosaves/ykowalski/1.sav': 'b713edffb1e5bc4065e2bd41186254917c67de5e1f572347de9e5f16d91875a5', '/app/autosaves/ykowalski/0.sav': '63302eda5ccde1e5e9b36e3a5228e134beb053ba50054a85b4d12f45196c8ae3', '/app/journals/zsato.log': '52bc9d693b539cc9c9c7b1b95b249b4933ecdaed3cc0982b5ed2261ba3089f48', '/app/autosaves/zsato/3.sav': 'fc36c82447ab45ec3678f1d483404dedccc3373518ec8356f570454a1a0c74f9', '/app/autosaves/zsato/0.sav': '707ce755488c4a04d335c412373e79a979820abf6a0244f9a355d1c316763120', '/app/autosaves/zsato/2.sav': 'c104b76f8e147b3ea14f595442324410f1efbb22a1dd3318242c641c2b16c804', '/app/autosaves/zsato/1.sav': '1698e3c2bc411636d95c4564e9e65aa33790f57935715c72a7d24d360d744396', '/app/docs/FORMAT.md': 'a57ab4fe98b1c59f349ae388fb276a4a8f27638a9b11d694ba183196d624a253'}.items():
        assert sha256(path) == digest, path + " changed"


@check('no saves were added or removed')
def _():
    import os
    assert sorted(os.listdir('/app/saves')) == ['imoreau.sav', 'jfarouk.sav', 'nkaplan.sav', 'ohaddad.sav', 'ryilmaz.sav', 'ugarcia.sav', 'ykowalski.sav', 'zsato.sav']

main()
