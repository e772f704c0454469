"""Verifier of blunder-report-to-stencil-repair-c27300. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

import hashlib

import os, shutil, tempfile

@check('illegal.csv lists the games with an illegal move and its ply')
def _():
    assert lines('/app/intake/illegal.csv') == ['game,ply', '550,2', '562,2', '578,2', '592,3', '604,2', '621,1', '632,1', '644,2', '657,2', '673,1', '690,1', '705,2']


@check('blunders.csv counts games, moves and blunders of each player')
def _():
    assert lines('/app/intake/blunders.csv') == ['player,games,moves,blunders', 'kweber,19,183,30', 'cokafor,17,172,25', 'jito,14,141,25', 'ajansen,16,169,24', 'kpark,17,168,23', 'pmoreau,15,143,19', 'lkaplan,12,122,18', 'srossi,10,97,16']


@check('solutions.txt gives every winning move of every puzzle')
def _():
    assert lines('/app/intake/solutions.txt') == ['7,4,8,21: 21>10+4 21>11+5 21>11+8 21>14+5 4>1+1 8>5+1', '10,17: 10>5 10>7+2 10>8 17>10 17>6+4 17>7+5 17>8+7 17>9+1', '13,12,9: 9>4 9>6+2', '5,18,13: 13>7+5', '10,2,3: 10>3+2 10>6+2 2>1 3>1+1', '4,8: 8>1', '7,3,13: 13>5+1 13>8+4', '7,14,6: 14>11+2 14>5+4 14>7+6 14>8+1 14>8+4 6>1 6>3+2 6>4 7>5', '17,17: -', '7,21,20: -', '16,12,17: 17>10+6', '7,16,16: 7>0 7>1+1 7>3+3 7>4+1']


@check('the database still holds the season')
def _():
    moves = sqlite('/app/intake/season.db', "SELECT * FROM moves ORDER BY game, ply")
    assert hashlib.sha256(repr(moves).encode()).hexdigest() == '4db278db37a1508ce1c17c5400505238f7050353abdcce2d035261b82a05f625'


@check('rules and puzzles are unchanged')
def _():
    for path, digest in {'/app/intake/puzzles.txt': '00d2c630526789ba5158a07e402f7bca2c967735b0cb75fd345c46752742a782', '/app/intake/RULES.md': '2cb860c256b93992890f1148b9c9ceea83857f5cc0fe37e375dad665b9eab080'}.items():
        assert sha256(path) == digest, path + " changed"


@check('the results of all cases are right')
def _():
    for path, listing in {'/app/workspace/kweber/results/alder.txt': '0 8.789522\n1 9.366188\n2 9.935784\n3 10.493784\n4 11.035940\n5 11.558372\n6 12.057653\n7 12.530865\n8 12.975648\n9 13.390216\n10 13.773364\n11 14.124449\n12 14.443353\n13 14.730436\n14 14.986473\n15 15.212583\n16 15.410152\n17 15.580756\n18 15.726079\n19 15.847843\n20 15.947733\n21 16.043255\n22 16.128704\n23 16.190559\n24 16.230707\n25 16.250450\n', '/app/workspace/kweber/results/fathom.txt': '0 26.609890\n1 26.820431\n2 27.003120\n3 27.138933\n4 27.208218\n5 27.190556\n6 27.064728\n7 26.808831\n8 26.400578\n9 25.817780\n10 25.039055\n11 24.044713\n12 22.817827\n13 21.345391\n14 19.619515\n15 17.638546\n16 15.408004\n17 12.941224\n18 10.259622\n19 7.392493\n20 4.543897\n21 1.766099\n22 -1.071263\n', '/app/workspace/kweber/results/larch.txt': '0 12.624446\n1 11.880085\n2 11.155600\n3 10.463044\n4 9.812788\n5 9.213047\n6 8.669585\n7 8.185602\n8 7.761796\n9 7.396584\n10 7.086429\n11 6.826243\n12 6.609824\n13 6.430275\n14 6.280397\n15 6.198520\n16 6.167307\n17 6.140752\n18 6.118379\n19 6.099759\n20 6.084513\n21 6.072314\n22 6.062885\n23 6.056008\n24 6.051515\n25 6.049296\n', '/app/workspace/kweber/results/pine.txt': '0 24.040543\n1 25.141953\n2 26.304897\n3 27.572187\n4 28.989060\n5 30.603650\n6 32.467037\n7 34.632846\n8 37.156403\n9 40.093513\n10 43.498959\n11 47.424820\n12 47.948596\n13 46.533774\n14 45.463095\n15 44.744698\n16 44.384105\n', '/app/workspace/kweber/results/saffron.txt': '0 10.399411\n1 11.212039\n2 12.067745\n3 13.000406\n4 14.050337\n5 15.264463\n6 16.694486\n7 18.393024\n8 20.085663\n9 21.692148\n10 23.544183\n11 25.641551\n12 27.973250\n13 30.516947\n14 30.517828\n15 30.654188\n16 30.875141\n', '/app/workspace/kweber/results/vesper.txt': '0 37.843484\n1 34.551188\n2 31.320333\n3 28.189376\n4 25.193178\n5 22.361875\n6 19.720033\n7 17.286113\n8 15.072273\n9 13.084495\n10 11.323001\n11 9.782913\n12 8.455101\n13 7.327145\n14 6.384354\n15 5.610778\n16 4.990165\n17 4.442378\n18 3.983368\n19 3.657702\n20 3.449667\n21 3.348416\n'}.items():
        assert text(path) == listing, path


@check('summary.csv sums up the results')
def _():
    assert lines('/app/workspace/kweber/summary.csv') == ['case,steps,mean,hottest', 'alder,152,13.7985,25', 'fathom,93,19.5569,4', 'larch,243,7.5960,0', 'pine,110,36.8824,12', 'saffron,62,20.7402,16', 'vesper,99,14.4262,0']


@check('cases, validation files, scheme and Makefile are unchanged')
def _():
    for path, digest in {'/app/workspace/kweber/solver/Makefile': 'bfd8bdad726106948d859cc4826967dce7d0489c40b2784c6384ac072d3a491d', '/app/workspace/kweber/SCHEME.md': '92363b7885e713e868496acdf18d13d98e5a746c2d784bb33a20f203068efee5', '/app/workspace/kweber/validation/v1.case': '8a36b39c1a4306dd23992b372297a1417ae7526e1ee9ab33b57d4d9cd84f0264', '/app/workspace/kweber/validation/v1.expected': 'bbb690ad099bb484bfb561425b8ee0051b6cb69a1a92767880d1364b0e50d6b2', '/app/workspace/kweber/validation/v2.case': 'd39768e5790fdefa91905039f7b2b174ccbaa273426b3a4f987d7baf5ac5eafb', '/app/workspace/kweber/validation/v2.expected': '020ee95cddd88354385bf3187ad9f6709d8246c0b0ede0a074f6b80503a47346', '/app/workspace/kweber/validation/v3.case': 'df9b0a1dd0268763207bb87546e290b5ff1975045544e84eae2cd9e7be1339fa', '/app/workspace/kweber/validation/v3.expected': 'b6f447ff7676cf9f35daf80048e7d2c121e21d2b05b8de1ac5672eba8c351eae', '/app/workspace/kweber/validation/v4.case': '9232fb1ec08ed5d46e09a5e6fe88b3e2d8346f0e55ba50b2ec47a2cdbe3616ef', '/app/workspace/kweber/validation/v4.expected': 'fae00efd9c566b43703d7b6c1a5f99f34a5fd7648d41ac71711f64b8a1582605', '/app/workspace/kweber/cases/alder.case': 'd2be987b0aa0ecdd0040aae6351e1ee1bce151a5e1dcafd55063acf684ad4bf0', '/app/workspace/kweber/cases/fathom.case': '6fafc2f84cfefc91cffbc46c88ede5eba4747cc96f30825e7a98d5869ac55918', '/app/workspace/kweber/cases/larch.case': '8362d0e3d52268ee0a7208866a60e6d75b9f502633ab4f67255d3e66dbbcc40e', '/app/workspace/kweber/cases/pine.case': 'db0642b91acc60ddcdf43b94e5541a2baf07645037e564f2a65c00bd95d00934', '/app/workspace/kweber/cases/saffron.case': '38b37a34d781bdb29efaef5f54ca27109eb7f87a88aaa0288b9f2386be97b7de', '/app/workspace/kweber/cases/vesper.case': '128b29c40c2b1b1820cd1cc7ba646e7bc4336a14bc09476b4c832cdb6df8fb70'}.items():
        assert sha256(path) == digest, path + " changed"


@check('the folder of cokafor is as it was')
def _():
    for path, digest in {'/app/workspace/cokafor/SCHEME.md': '92363b7885e713e868496acdf18d13d98e5a746c2d784bb33a20f203068efee5', '/app/workspace/cokafor/cases/onyx.case': '497eaaa3f7b3465efe2cfd9569d23a618c940d4effe4f89c255b60bb36dcc88c', '/app/workspace/cokafor/cases/topaz.case': 'd35169e41caecb9a762416eab90242480e3d0a1eadab1e73c6e57072aef54d37', '/app/workspace/cokafor/cases/willow.case': '662864565d2c6ec2e21a7fdb391cd0bc74c8eeef0129f04a82f3650bea108214', '/app/workspace/cokafor/solver/Makefile': 'bfd8bdad726106948d859cc4826967dce7d0489c40b2784c6384ac072d3a491d', '/app/workspace/cokafor/validation/v1.case': 'ed27e5b30a3bf423da861566fb8e74c8e8dcb55e019aafffa5910bb2eade345d', '/app/workspace/cokafor/validation/v1.expected': '987d803f6abb862c1061e70ab64fede8b5e578bcf1b34729890e985e3dd885fe', '/app/workspace/cokafor/validation/v2.case': 'ef544d3ca47ebf1cbe2a2904f730a8c5648e0715e4a9111407f0a1c964b9003f', '/app/workspace/cokafor/validation/v2.expected': '63deca5ad08b24042cea642ac0c520b90882b6bedd3b4a300935a52de577a5ec'}.items():
        assert sha256(path) == digest, path + " changed"


@check('the folder of jito is as it was')
def _():
    for path, digest in {'/app/workspace/jito/SCHEME.md': '92363b7885e713e868496acdf18d13d98e5a746c2d784bb33a20f203068efee5', '/app/workspace/jito/cases/fathom.case': '49a4c28355bfeeb0f533ec656b240e3e6144598e4a284885a6632ad1ffeaa058', '/app/workspace/jito/cases/lantern.case': 'd94557b8d1139571fb8abede14b18f4c2858d4f63ae2374bd4bbf3affbda2d9f', '/app/workspace/jito/cases/orchid.case': 'a9ab8bfee97a58ea433cb9cf9997b5767627dfa989d9ac62d6b39774ae920845', '/app/workspace/jito/solver/Makefile': 'bfd8bdad726106948d859cc4826967dce7d0489c40b2784c6384ac072d3a491d', '/app/workspace/jito/validation/v1.case': 'e5ba2b3c79941edfee9abf33396926b2fd5b7682f86f612f855d7405163a053f', '/app/workspace/jito/validation/v1.expected': 'f510a2d1b52284370968ac10b474a83f7d16f6ad75269b697215c18480b1aab8', '/app/workspace/jito/validation/v2.case': '57e64816417b63bb19720d7c7f01ba0655b39d59c4ef2539b50d46996bbf99b9', '/app/workspace/jito/validation/v2.expected': 'ad3d07627322925ed134cdfacc647528ac54b688a22fd87b899d07ad94d742ff'}.items():
        assert sha256(path) == digest, path + " changed"


@check('the folder of ajansen is as it was')
def _():
    for path, digest in {'/app/workspace/ajansen/SCHEME.md': '92363b7885e713e868496acdf18d13d98e5a746c2d784bb33a20f203068efee5', '/app/workspace/ajansen/cases/comet.case': '96f0e57ff48e0b13c0f4c44f2a46b4d7471c4feafc29eb52cbb83fa75a7bac82', '/app/workspace/ajansen/cases/slate.case': '73b5c4aea2dc8bdc9fd97bf4a82cf90bac3d0c933c3bffcbeb5a6bd291d58758', '/app/workspace/ajansen/cases/timber.case': 'e2a5c626b0a807647db196d510c5eda10d87fd384f211d96a6830cf2d40f767e', '/app/workspace/ajansen/solver/Makefile': 'bfd8bdad726106948d859cc4826967dce7d0489c40b2784c6384ac072d3a491d', '/app/workspace/ajansen/validation/v1.case': '2c99f5214e513461ff3462c1d449995909d1240f7b3c5cb5e5a17f111d6e0764', '/app/workspace/ajansen/validation/v1.expected': '2ab6708c1b6fa14d775ba1b7f3c6c90ec7a00447f123e2d061da7cd6a7d686c0', '/app/workspace/ajansen/validation/v2.case': 'f5c15006d36f0f9ff67677ac2316c2eb1a539abec60f02c8025dd5d46f299308', '/app/workspace/ajansen/validation/v2.expected': 'bd49fe0150e715990223085aac5e245bbe97f8b540641e6f0c34220402f8c755'}.items():
        assert sha256(path) == digest, path + " changed"


@check('the handover names what was found')
def _():
    handover = json_file("/app/handover.json")
    expected = {'player': 'kweber'}
    assert {key: handover.get(key) for key in expected} == expected
    assert set(handover) == {*expected, "files"}, sorted(handover)


@check('the handover carries the digests of the result files')
def _():
    expected = {name: sha256(path) for name, path in {'intake/illegal.csv': '/app/intake/illegal.csv', 'intake/blunders.csv': '/app/intake/blunders.csv', 'intake/solutions.txt': '/app/intake/solutions.txt', 'workspace/kweber/summary.csv': '/app/workspace/kweber/summary.csv', 'workspace/kweber/results/alder.txt': '/app/workspace/kweber/results/alder.txt'}.items()}
    assert json_file("/app/handover.json")["files"] == expected


@check('the program builds without warnings and computes cases that it has not seen')
def _():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        for name, content in (("rod.c", text('/app/workspace/kweber/solver/rod.c')), ("Makefile", 'CFLAGS = -O2 -std=c11 -Wall -Wextra -ffp-contract=off\n\nrod: rod.c\n\t$(CC) $(CFLAGS) -o $@ $< -lm\n')):
            open(folder + "/" + name, "w").write(content)
        built = sh(["make"], cwd=folder)
        assert built.returncode == 0 and "warning" not in built.stderr, built.stderr[:300]
        for name, (case, listing) in {'h0': ('cells 27\nlength 1.3\nend_time 5.0\nalpha_left 0.034\nalpha_right 0.035\nsplit 15\nleft 23.5\nright insulated\nsource 0.0\nheated_from 15\nheated_to 18\nstart 19.0\n', '0 23.351843\n1 23.056530\n2 22.764202\n3 22.476783\n4 22.196100\n5 21.923849\n6 21.661564\n7 21.410595\n8 21.172088\n9 20.946974\n10 20.735964\n11 20.539549\n12 20.358013\n13 20.191437\n14 20.039728\n15 19.904594\n16 19.785253\n17 19.679289\n18 19.586179\n19 19.505354\n20 19.436233\n21 19.378243\n22 19.330846\n23 19.293559\n24 19.265972\n25 19.247765\n26 19.238717\n'), 'h1': ('cells 17\nlength 0.6\nend_time 1.0\nalpha_left 0.009\nalpha_right 0.034\nsplit 11\nleft -1.0\nright insulated\nsource 0.0\nheated_from 9\nheated_to 14\nstart 21.0\n', '0 1.316641\n1 5.790222\n2 9.817270\n3 13.197747\n4 15.844939\n5 17.779697\n6 19.100390\n7 19.943320\n8 20.447666\n9 20.733053\n10 20.891047\n11 20.951903\n12 20.968986\n13 20.980149\n14 20.987161\n15 20.991223\n16 20.993078\n'), 'h2': ('cells 24\nlength 2.0\nend_time 3.6\nalpha_left 0.024\nalpha_right 0.032\nsplit 13\nleft -1.0\nright 31.5\nsource 19.25\nheated_from 20\nheated_to 20\nstart 12.0\n', '0 0.035867\n1 2.067241\n2 3.982332\n3 5.718792\n4 7.234401\n5 8.510589\n6 9.552936\n7 10.389343\n8 11.067017\n9 11.649406\n10 12.213810\n11 12.849772\n12 13.657614\n13 14.609933\n14 15.710255\n15 17.155901\n16 19.001591\n17 21.289756\n18 24.044416\n19 27.265600\n20 30.925344\n21 30.788673\n22 30.947800\n23 31.294507\n')}.items():
            open(folder + "/" + name, "w").write(case)
            code, out, err = run_agent_program([folder + "/rod", folder + "/" + name])
            assert (code, out) == (0, listing), name

main()
