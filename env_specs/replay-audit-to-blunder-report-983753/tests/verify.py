"""Verifier of replay-audit-to-blunder-report-983753. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

import hashlib

@check('audit.csv holds every replay once, in order')
def _():
    assert [x.split(',')[0] for x in lines('/app/intake/audit.csv')] == ['replay', 'r232b8', 'r2td4g', 'r3mc2x', 'r5nv94', 'raenjs', 'raufrb', 'rbhkmq', 'rer8ce', 'resmpd', 'rf75mf', 'rfg4gp', 'rg9axg', 'rhu25a', 'rjan7g', 'rmv49w', 'rtwu8n', 'ru5d68', 'rugrb6', 'rvjepr', 'rwtp79', 'rx73kw', 'rxmbmy', 'rzk2ha', 'rztgrq']


@check('the rows of the genuine replays are right')
def _():
    found = lines('/app/intake/audit.csv')
    assert found[0] == 'replay,player,claimed,actual,verdict,first_bad_tick'
    for row in ['r232b8,mnovak,2778,2778,genuine,', 'r3mc2x,chaddad,2004,2004,genuine,', 'r5nv94,pdubois,2576,2576,genuine,', 'raufrb,chaddad,3620,3620,genuine,', 'rbhkmq,kzhang,2775,2775,genuine,', 'rer8ce,chaddad,3078,3078,genuine,', 'resmpd,pdubois,3078,3078,genuine,', 'rf75mf,chaddad,2410,2410,genuine,', 'rg9axg,khorvat,2201,2201,genuine,', 'rhu25a,kzhang,2103,2103,genuine,', 'rmv49w,mnovak,3950,3950,genuine,', 'ru5d68,pdubois,3106,3106,genuine,', 'rugrb6,frossi,2722,2722,genuine,', 'rvjepr,frossi,2295,2295,genuine,', 'rx73kw,frossi,2902,2902,genuine,', 'rzk2ha,schandra,2310,2310,genuine,', 'rztgrq,kzhang,3827,3827,genuine,']:
        assert row in found, row


@check('the rows of the other replays are right')
def _():
    found = lines('/app/intake/audit.csv')
    assert found[0] == 'replay,player,claimed,actual,verdict,first_bad_tick'
    for row in ['r2td4g,rlarsen,2758,1606,incomplete,', 'raenjs,frossi,4302,1254,incomplete,', 'rfg4gp,mnovak,3526,4153,desync,120', 'rjan7g,mpetrov,3112,3107,forged-score,', 'rtwu8n,rlarsen,3021,2385,desync,160', 'rwtp79,rlarsen,3269,3244,forged-score,', 'rxmbmy,pdubois,3650,3649,forged-score,']:
        assert row in found, row


@check('standings.txt ranks the genuine replays')
def _():
    assert lines('/app/intake/standings.txt') == ['1 mnovak 3950', '2 kzhang 3827', '3 chaddad 3620', '4 pdubois 3106', '5 frossi 2902', '6 schandra 2310', '7 khorvat 2201']


@check('engine and replays are unchanged')
def _():
    for path, digest in {'/app/intake/replays/rf75mf.json': '1b7a556985c0efe850902eb9faea9be08d4afb6782406afa57571b9c5b1cc77e', '/app/intake/replays/rer8ce.json': '8d0ef707ef09fc56bc5e6060d712b519b323e06fafbd365b8c25040f85c0fd8e', '/app/intake/replays/rbhkmq.json': '92ec4562c7942851dc0c130e5e22341402cb8aa011bbbb6b4846662747a9dfa6', '/app/intake/replays/raufrb.json': '69f87aa14957902ca6c5b6526aaa30e19a6de6cdff1fcf7a1d77877964a4331c', '/app/intake/replays/raenjs.json': '31cd2be69e6d313e2e1399a03efb0049fea9ec0277fb840af763b0ab027e3d41', '/app/intake/replays/ru5d68.json': '687530abb3e975210c329728a55c9ae80f811fdea1965fa79bd1aeba0afaa3ff', '/app/intake/replays/rvjepr.json': 'f4c4403850c102acb5987c48d7465679fe43f1eba28355291b1d21445c8578bf', '/app/intake/replays/rugrb6.json': '7483a68578e24c964b3b3fae4b188075b8efb42ed0e8f3a6d3aa77e8d36799aa', '/app/intake/replays/rtwu8n.json': '4600bc53364e1107fa3adc6bca9f438319f4188ff46b408e895542a60e91706c', '/app/intake/replays/r2td4g.json': 'de243273390f70aa06ea79456dd70ac7e579433cb5a9184bc098bf1f87d162d7', '/app/intake/replays/rxmbmy.json': '535a0f818f79ab9ffaafead8bd6376e5a8c83c49640894e22281254385fb860e', '/app/intake/replays/r232b8.json': 'da8f4284e1cb4c95790caaa3f5298f2ac8f610103031ad8d3121ec59ce18a713', '/app/intake/replays/r3mc2x.json': 'b407cef232434a5b86f361f7dcc243d5275feb8a3850d3f2b86d190d422344b6', '/app/intake/replays/rhu25a.json': '2385286755ebfbe57857ef38359917159df29bb298a7dedaf987f77513caa373', '/app/intake/replays/rfg4gp.json': '59616f31f9bbb095ce8203f33e585e39605a93037971d63b380736f0768eccb1', '/app/intake/replays/rx73kw.json': '6161a520d868199b7ebf2238f48dc874df7758cbc948425c0ef1b4cda8522231', '/app/intake/replays/rztgrq.json': '647830e474a6a68484146d385b018ecdb5e0351d4fcf42d82ab0554bda5bf0e2', '/app/intake/replays/rmv49w.json': 'f50c47861793e4ce068f9e867785ad6c01cc86fa7b2328410cf7915b676d8126', '/app/intake/replays/rwtp79.json': 'ab21c2a2a32696f7f5d3991f7441c5b2c8842339139990e9914e434a801f64c6', '/app/intake/replays/resmpd.json': '2259f7282baf69518ed599180380a430d4b23537803b38f8cc068ff0f4b6bc54', '/app/intake/replays/rzk2ha.json': '2d651865872dff5c4d3deddff3f04458bbe87ba393a63440f6960c5e617afc9b', '/app/intake/replays/rjan7g.json': 'd8c258aa71e5cd02ba8e47f2f327bcc08c4de9381233dd6f7b7a12c2fb6491a9', '/app/intake/replays/r5nv94.json': 'be42c24aa931befcdc823ec375094cef52cac1592017360ce7851b0c60dfb73a', '/app/intake/replays/rg9axg.json': '7f557cac3c2e33ff281ea1a0420891fe564e78e053ac440fecabc9e6ba5fcc03', '/app/intake/engine/engine.py': 'cf2780d9b0ad5f5e28f1a143a7eceb45530bf4fd088723adb450d7d1ae24f4c2', '/app/intake/engine/README.md': '82cbbe479a167d14af4dfc0e3dff5e9cf5d3032a3c5741e23f01dc8a87d88270'}.items():
        assert sha256(path) == digest, path + " changed"


@check('illegal.csv lists the games with an illegal move and its ply')
def _():
    assert lines('/app/workspace/rfg4gp/illegal.csv') == ['game,ply', '849,3', '866,3', '883,3', '899,2', '914,2', '929,2', '947,1', '966,2', '978,2', '995,1', '1008,1', '1023,1', '1043,2', '1054,3', '1069,2']


@check('blunders.csv counts games, moves and blunders of each player')
def _():
    assert lines('/app/workspace/rfg4gp/blunders.csv') == ['player,games,moves,blunders', 'krossi,25,117,20', 'nziegler,22,97,12', 'vmoreau,21,87,12', 'zweber,20,95,11', 'eyilmaz,15,75,8', 'ilarsen,14,65,6', 'tkowalski,12,48,6', 'enovak,12,48,5', 'opetrov,9,41,5']


@check('solutions.txt gives every winning move of every puzzle')
def _():
    assert lines('/app/workspace/rfg4gp/solutions.txt') == ['15,9,15: 15>6+2 15>7+1 15>8 15>8+2 15>9+3 9>1+1 9>2 9>2+2 9>3+3', '5,23: 23>10+6 23>10+8 23>11+7 23>11+8 23>15+1 23>16 23>16+2 23>17+1 23>17+2 23>9+7', '14,3,24,5: 14>6+1 14>7 14>7+2 14>8+1 14>8+2', '14,11: 14>10 14>10+1 14>11 14>6+3 14>6+4 14>6+5 14>7+3 14>7+4 14>8+3 14>9 14>9+1 14>9+2', '10,20,21,13: 10>3 10>3+2 10>4+1 10>4+2 10>5 10>5+1 10>5+2 20>12+1 20>13 20>13+2 20>14+1 20>14+2 21>10+6 21>10+7 21>10+8 21>11+6 21>11+7 21>15+1 21>15+2 21>16 21>16+1 21>16+2 21>17 21>17+1 21>9+7 21>9+8', '12,13,8: 8>1 8>2+1 8>2+2', '14,21,9: 14>4+3 14>5+4 14>5+5', '4,10,13: 13>6 13>6+2 13>7+1 13>7+2 13>8 13>8+1 13>8+2', '6,22,6,8: 22>10+5 22>11+4', '9,6,22,22: 22>10+5 22>11+4 9>6', '2,18: 18>7+6 18>7+7 18>8+6 18>8+7', '2,3,16,16: 16>5+4 16>6+6 16>7+6 3>0', '3,2,20: 20>10+6 20>10+7 20>11+6 20>15 20>15+1 20>15+2 20>16 20>16+1 20>17 20>9+6 20>9+7 20>9+8', '20,5,21,24: 20>7+6 20>8+7 20>8+8 21>12+4 21>12+5 21>13+3 21>13+4 21>13+5 21>14+3 21>14+4']


@check('the database still holds the season')
def _():
    moves = sqlite('/app/workspace/rfg4gp/season.db', "SELECT * FROM moves ORDER BY game, ply")
    assert hashlib.sha256(repr(moves).encode()).hexdigest() == 'df00b1556001910dacc2cb0dddd29b5b1a5117a02117265591d6be360d94ef4d'


@check('rules and puzzles are unchanged')
def _():
    for path, digest in {'/app/workspace/rfg4gp/puzzles.txt': '5c106d405aff8db3f6bd301d8676ad2bdd52802c8f2e30c16e6511e506d4ea0f', '/app/workspace/rfg4gp/RULES.md': '91d775a23c300cb745ca889d77249be89e862a716f502b8ae0afe37f7157e377'}.items():
        assert sha256(path) == digest, path + " changed"


@check('the folder of rf75mf is as it was')
def _():
    for path, digest in {'/app/workspace/rf75mf/RULES.md': '1f1de96ed78ddd5051ff54c77d3e1ed7a5759c4e767f897daf0f1a626a6be895', '/app/workspace/rf75mf/puzzles.txt': '79249d9c11c0e252ce7f6423f80f98149261042109f3381f904b804b20e160d9'}.items():
        assert sha256(path) == digest, path + " changed"


@check('the folder of rer8ce is as it was')
def _():
    for path, digest in {'/app/workspace/rer8ce/RULES.md': '51aeef539b641910a579b9bfd1ecd13eed7edc3e294be7f4ad4e1ef612ef84c2', '/app/workspace/rer8ce/puzzles.txt': '533e48557d13d5f4806bdec03ecacce4dfd93fb5a65fc5fd65f642fee5e5bcd8'}.items():
        assert sha256(path) == digest, path + " changed"


@check('the folder of rbhkmq is as it was')
def _():
    for path, digest in {'/app/workspace/rbhkmq/RULES.md': 'd578ef7e6486c41a30a070d361da69fbfedbb0e0d02189035d620a4b6e1de141', '/app/workspace/rbhkmq/puzzles.txt': '834b557daa8c3aedf1b7e5b381402d38d22e949f4a4ce8868a7366778e94c7ba'}.items():
        assert sha256(path) == digest, path + " changed"


@check('the handover names what was found')
def _():
    handover = json_file("/app/handover.json")
    expected = {'replay': 'rfg4gp'}
    assert {key: handover.get(key) for key in expected} == expected
    assert set(handover) == {*expected, "files"}, sorted(handover)


@check('the handover carries the digests of the result files')
def _():
    expected = {name: sha256(path) for name, path in {'intake/audit.csv': '/app/intake/audit.csv', 'intake/standings.txt': '/app/intake/standings.txt', 'workspace/rfg4gp/illegal.csv': '/app/workspace/rfg4gp/illegal.csv', 'workspace/rfg4gp/blunders.csv': '/app/workspace/rfg4gp/blunders.csv', 'workspace/rfg4gp/solutions.txt': '/app/workspace/rfg4gp/solutions.txt'}.items()}
    assert json_file("/app/handover.json")["files"] == expected

main()
