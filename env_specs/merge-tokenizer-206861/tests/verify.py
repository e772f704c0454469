"""Verifier of merge-tokenizer-206861. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('the merges are the right ones, in order')
def _():
    assert lines('/app/merges.txt') == ['u n', 'r i', 'e d', 'a r', 'm ar', 'i n', 'r e', 'b ri', 'l un', 'a l', 'o s', 'm in', 'e l', 's el', 'i o', 'io n', 't ion', 'a n', "' s", "'s _", 'mar _', 'p ri', 'bri _', 'r o', 'sel _']


@check('the report: words and tokens')
def _():
    report, wanted = json_file('/app/stats.json'), {'reef': {'words': 136, 'tokens': 560}, 'timber': {'words': 139, 'tokens': 576}, 'raven': {'words': 138, 'tokens': 588}}
    assert set(report) == set(wanted)
    for name, row in wanted.items():
        assert set(report[name]) == {"words", "tokens", "ratio"}
        assert {key: report[name][key] for key in row} == row, name


@check('the report: ratio')
def _():
    report, wanted = json_file('/app/stats.json'), {'reef': {'ratio': 4.1176}, 'timber': {'ratio': 4.1439}, 'raven': {'ratio': 4.2609}}
    assert set(report) == set(wanted)
    for name, row in wanted.items():
        assert set(report[name]) == {"words", "tokens", "ratio"}
        assert {key: report[name][key] for key in row} == row, name


@check('corpus and procedure are as they were')
def _():
    for path, content in {'/app/corpus/reef.txt': "Ed; edossel 74. lun's. minlunan's mardal's Reedunbri, ingingdalmin 93 minlunan ingingdalmin 87. reedunbri-tionkaansel; pritionro\nselsto Edossel edossel, Brilunmar minpriosbri 85; marremarmar roanre's; pritionro's, reedunbri. Alvenos; marremarmar\nminlunan-minlunan checheal 33 lun mardal edossel; pritionro-briselven reedunbri marremarmar. roanre-dalrevenal osedminbri. brilunmar-checheal.\ningmin's. tionkaansel, pritionro-pritionro. alvenos. maran roanre 31; reedunbri roanre's, pritionro 90 marremarmar; min 85.\nselsto's. mardal Edossel chere, brilunmar 14, minpriosbri 47; alvenos. Osmar. minlunmar 36, edossel rosto's\nreedunbri; retion 81 retion ed's allundalre; Retion minlunan; selsto-lun brilunmar 43, un 17 daleredre's\nchere's, minpriosbri's alvenos. edossel; retion-dalrevenal. ingingdalmin; daleredre-selbri alvenos. brilunmar-minpriosbri. marremarmar alsel,\ntionkaansel ed Reedunbri; rosto 48 ingmin-ing, lun-rosto. minlunmar; retion. selbri, selsto reedunbri\nedossel Un maran-maran; torlununed seleros; marremarmar lun, alvenos; brilunmar 83, edossel alvenos's,\npritionro retion minpriosbri-alvenos; minpriosbri's ingmin alvenos 24 pritionro's pritionro. Tormarpripri. Pritionro redalbriche's,\nSelsto, ed's ing ed-reedunbri maran-ing daleredre 90 ropried 51 retion, un selbri,\n", '/app/corpus/timber.txt': "minlunan 36; marremarmar, maran. edossel Reedunbri; brilunmar-ingmin. marremarmar-brilunmar ro 38 minlunan retion 60 Reedunbri;\ntorlununed; redalbriche reedunbri 22 Edossel. brilunmar. redalbriche retion osedminbri. edossel alvenos-ropried; pritionro\nminlunan 64 reedunbri; redalbriche minlunan torlununed marmin's. tionkaansel ro 70. Minlunmar, Edossel marremarmar's\ntionkaansel, lun roanre's. alsel 78; retion-checheal pritionro's. alvenos. tionkaansel edossel Selbrianlun brilunmar\nretion 59 edossel 66. minlunmar-ing. alvenos-osmar Min. reedunbri; edossel's, Brilunmar; reedunbri's ed's Minlunmar\nedossel, lun; maran. reedunbri, ed, torlununed-osmar. redalbriche-pritor; torlununed's brilunmar minpriosbri 52 alvenos\nosedminbri's. Pritionro; reedunbri-reedunbri, retion 91; retion-ingingdalmin redalbriche marremarmar 36 torlununed 83 alvenos; Selsto; edossel-reedunbri.\nun-uneddal marremarmar ed-bristo selbrianlun-reedunbri; alsel dalrevenal-ingingdalmin; Brilunmar; marremarmar; maran-ing torlununed, retion's.\nRetion minlunmar. alvenos-mardal; minpriosbri. ingmin's; edprimar 24. ro; minpriosbri-minpriosbri, torlununed 29, reedunbri 11; torlununed's\nalsel 57 ingingdalmin reedunbri, maran, minlunmar, Ingingdalmin dal's maran. minlunan Lun marmin.\ned. minlunmar 59. lun-torlununed. pritionro pritionro. tionkaansel, pritionro; minlunmar, ingmin's, rosto's,\n", '/app/corpus/raven.txt': "Torlununed Torlununed reedunbri-lun; alsel tionkaansel-maran alvenos-pritionro un's alvenos-daleredre mardal; ro-ropried tionkaansel's.\nedossel-edossel, retion; pritionro. Ingmin; brilunmar 59, ingingdalmin 46; reedunbri-chere; allundalre 4, selbri 71. reedunbri-minpriosbri, Retion.\nro-torlununed pritionro 28. retion 69, ed. minlunmar's reedunbri's tionkaansel brilunmar; alvenos 3; brilunmar 2 dal\nun 38 Alvenos. selsto, Lun. reedunbri Alvenos marremarmar 51 selbrianlun 22 retion edossel Ingingdalmin\ned 9; reedunbri, ro ed's; maran-minlunmar chere lun, Brilunmar; redalbriche's torlununed. ed.\nPritionro selsto's Brilunmar selsto tormarpripri. brilunmar minlunan 3. edossel; ingingdalmin's ed edossto\nreedunbri's alvenos, alvenos, un-ing, redalbriche pritionro rosto 38 alvenos. redalbriche, ed. lun\nedossel's, minlunan minlunan reedunbri, reedunbri. edossel's edossel-chere; minlunan-dalrevenal; roanre Allundalre. pritionro,\nmarremarmar, redalbriche alvenos's pritionro 98 maran allundalre; selbrianlun's, tormarpripri 3, selbrianlun's retion 44 maran,\nRo Edossel pritionro-dal; brilunmar maran-ro. minlunmar reedunbri brilunmar's; roanre-ro; daleredre. Checheal\npritionro's; minlunan's. minlunan-alvenos. edossel's; minlunan's minlunmar selsto marremarmar; brilunmar-dalrevenal. marmin\n", '/app/TRAINING.md': '# Training\n\n- A text is turned into lower case and cut into words: the longest runs of the letters `a` to `z` and of `\'`.\n  Everything else only separates words.\n- Behind each word the character `_` is put, which takes part in merges like any other.\n- Training starts with each word of the whole corpus as its single characters (and the `_`). A pair is two\n  neighbouring symbols within a word; it counts once for each place at which it stands, in every\n  occurrence of the word ("aaa" holds the pair "a a" twice).\n- The pair with the highest count is merged into one symbol, in each word from left to right, without\n  overlap. Of pairs with the same count the smallest is taken (compared as\n  plain text: the left parts first, then the right parts).\n- That is repeated until 25 merges have been learned, or until the highest count is below 5.\n- Encoding a word: start with its single characters, and apply the merges in the order learned, each\n  wherever it fits, from left to right.\n'}.items():
        assert text(path) == content, path


@check('the encoder is right on other texts')
def _():
    import tempfile
    for content, tokens in [("lun. pritionro-minedtor, Lun; alvenos 64 brilunmar reedunbri brilunmar. ingingdalmin 39 alsel 6. selbrianlun-dalrevenal Minpriosbri\nbrilunmar's rosto marremarmar; edossel-dalos. alvenos tionkaansel lun tormarpripri; pritionro selsto. pritor's\ningingdalmin-ing reedunbri un maran alvenos's minlunmar; alsel 73; pritionro's; brilunmar. alvenos's. retion 42\nreedunbri 38 roprilundal; edossel; retion; torlununed ingmin minlunmar.\n", ['lun', '_', 'pri', 'tion', 'ro', '_', 'min', 'ed', 't', 'o', 'r', '_', 'lun', '_', 'al', 'v', 'e', 'n', 'os', '_', 'bri', 'lun', 'mar_', 're', 'ed', 'un', 'bri_', 'bri', 'lun', 'mar_', 'in', 'g', 'in', 'g', 'd', 'al', 'min', '_', 'al', 'sel_', 'sel', 'bri', 'an', 'lun', '_', 'd', 'al', 're', 'v', 'e', 'n', 'al', '_', 'min', 'pri', 'os', 'bri_', 'bri', 'lun', 'mar', "'s_", 'r', 'os', 't', 'o', '_', 'mar', 're', 'mar', 'mar_', 'ed', 'os', 'sel_', 'd', 'al', 'os', '_', 'al', 'v', 'e', 'n', 'os', '_', 'tion', 'k', 'a', 'an', 'sel_', 'lun', '_', 't', 'o', 'r', 'mar', 'pri', 'pri', '_', 'pri', 'tion', 'ro', '_', 'sel', 's', 't', 'o', '_', 'pri', 't', 'o', 'r', "'s_", 'in', 'g', 'in', 'g', 'd', 'al', 'min', '_', 'in', 'g', '_', 're', 'ed', 'un', 'bri_', 'un', '_', 'mar', 'an', '_', 'al', 'v', 'e', 'n', 'os', "'s_", 'min', 'lun', 'mar_', 'al', 'sel_', 'pri', 'tion', 'ro', "'s_", 'bri', 'lun', 'mar_', 'al', 'v', 'e', 'n', 'os', "'s_", 're', 'tion', '_', 're', 'ed', 'un', 'bri_', 'ro', 'pri', 'lun', 'd', 'al', '_', 'ed', 'os', 'sel_', 're', 'tion', '_', 't', 'o', 'r', 'lun', 'un', 'ed', '_', 'in', 'g', 'min', '_', 'min', 'lun', 'mar_']), ('', []), ("It's A Test: don't 12 stop-gap\n", ['i', 't', "'s_", 'a', '_', 't', 'e', 's', 't', '_', 'd', 'o', 'n', "'", 't', '_', 's', 't', 'o', 'p', '_', 'g', 'a', 'p', '_'])]:
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(content)
            file.flush()
            os.chmod(file.name, 0o644)
            code, out, err = run_agent_program(["python3", "-B", '/app/encode.py', file.name], cwd="/")
        assert code == 0, err[-200:]
        assert out.split() == tokens, out[:200]

main()
