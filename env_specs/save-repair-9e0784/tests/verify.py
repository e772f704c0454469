"""Verifier of save-repair-9e0784. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('report.json tells base, replayed entries, gold and items of each damaged save')
def _():
    assert json_file('/app/report.json') == [{'character': 'fhorvat', 'base': '3.sav', 'replayed': 12, 'gold': 697, 'items': 15}, {'character': 'myilmaz', 'base': '2.sav', 'replayed': 6, 'gold': 70, 'items': 28}]


@check('the save of fhorvat is what the server would have written')
def _():
    assert data('/app/saves/fhorvat.sav').hex() == '4352574c01000c00ed020000b902000009001d0006000500020007000100160003001f00040020000400230001003868ab80'


@check('the save of myilmaz is what the server would have written')
def _():
    assert data('/app/saves/myilmaz.sav').hex() == '4352574c01000a0002130000460000003b001300070005000500070007000d0005000f0004002500020026000400280001006756322f'


@check('sound saves, autosaves, journals and documents are unchanged')
def _():
    for path, digest in {'/app/journals/ckaplan.log': '6d63b534dc8f19717f2bdf46476e4b74dfd75ffd2b94b6848b380c1f8ca220d5', '/app/autosaves/ckaplan/1.sav': 'b55f9160af739c882787cb32528708492e532d86d949168942b27773c337d2e4', '/app/autosaves/ckaplan/0.sav': '37a9306d098ba29d9e371ececbc673d59210710fd44d40068f948566bcbc4841', '/app/autosaves/ckaplan/2.sav': '7356bbc42580189e80a5e8f8ea37a667426fd710aa71b5018bfbad17300a52f9', '/app/autosaves/ckaplan/3.sav': '259cbe54fb1d823dc6718b89f0e20ff6f5cbef6f84a4058f89c09295eb1a02ff', '/app/saves/ckaplan.sav': '8d3e7574d2a98d54de8a870f05b669ddf9de235365ce4164ed53a3b1e7a81f79', '/app/journals/esilva.log': 'e0fc74f71b3a7d1b743e2316fd4b5af8f8abafcbc3d654ad8cc070d961bb699c', '/app/autosaves/esilva/0.sav': 'c1431ec1c2c96a33c3349c1d71608e0fc96b627a605471618081beb6de18fd6d', '/app/autosaves/esilva/2.sav': 'd7860a85f7770049b72fac6de58507e8c98a13634f0e4c7f89786368d4d998c4', '/app/autosaves/esilva/3.sav': '22711cdfb9116063eeaa5bdc65122a729cb9d85b8a59c2051c3e6ff893bb5076', '/app/autosaves/esilva/1.sav': 'ee09a23fbcd8865f723b5c6c1d82fc20234946e4f3d6d89bcfecb1e0983dda83', '/app/saves/esilva.sav': 'c4654293841fc53eeece6d59a73f9cd7859d005521eaa251a70e9cb184ff4f19', '/app/journals/fhorvat.log': '23ee573b16ef2a3b5c0fb7a88fe9c9026ba163418e0b8f94ece2ad6c3d7be974', '/app/autosaves/fhorvat/1.sav': 'fb63dd7b67b687591a6f778b19dbb7a8f08500da2e94fe68301c290e2849f7e4', '/app/autosaves/fhorvat/2.sav': '2f94021ea4cb17a2427432a7029b52c575173e42dcb2d54a289796ba4b667ca3', '/app/autosaves/fhorvat/3.sav': '23e2e08a00102ef8c05ca626fe18fd066f428b046e6c9dceaff1aa0ba1e2510d', '/app/autosaves/fhorvat/0.sav': '20c5def2133fcce2e5b15b248bcf28d864413d746c1dc6d9e55d576f640f6f5f', '/app/journals/kfischer.log': 'fa858be8a4b13a69693b329308245b1ee1eec763a4fdeb47fa2139d0447f3adc', '/app/autosaves/kfischer/0.sav': '29304290c666a64846971102de247a6602c82317c719c5a4d8ec362321fe9877', '/app/autosaves/kfischer/3.sav': '3ffdac3ded4af83a296fde6131fc242dfa163f482c7b48373def5f25cc6e7590', '/app/autosaves/kfischer/1.sav': 'bada73a6919e862fc39df8e893c10ebd0232a4880e6d8d0eeb30d9c7e52531c4', '/app/autosaves/kfischer/2.sav': 'ecd0cbaa209239e4bd6727384cc4dca5b292f8a14f886ff1e86da654f58cdc58', '/app/saves/kfischer.sav': 'bda0f60ffec03dbb503037c066b712541481d352cbe8b2ade15da6b82dfbe325', '/app/journals/myilmaz.log': 'e1cf6de4b671fa0f2c7a602561ed78373be6501e120e79c7bac1299a3eac5a73', '/app/autosaves/myilmaz/1.sav': '1f94c644a1aaa43f0ae85e349df74039a03d9e73d910b95a92d4fc2623f8a73a', '/app/autosaves/myilmaz/0.sav': 'f5e6891a5d6d2c791a5dd56aad2a869ba6e4ef9319e7849c5876dc9b6fcf731e', '/app/autosaves/myilmaz/3.sav': 'e0048e5eae856f911632c5b62f76bd7c5064ac68e55b8cd9114075f0d1f4e512', '/app/autosaves/myilmaz/2.sav': '539be79913b6cfe22e6d39eea4a747edef1f176a6642ba3e735ac626c929e372', '/app/docs/FORMAT.md': '7a5bd9fa86dcab6fe92bcd562758ba9fb037022f310f602f41ddbbbe3eaf3a3e'}.items():
        assert sha256(path) == digest, path + " changed"


@check('no saves were added or removed')
def _():
    import os
    assert sorted(os.listdir('/app/saves')) == ['ckaplan.sav', 'esilva.sav', 'fhorvat.sav', 'kfischer.sav', 'myilmaz.sav']

main()
