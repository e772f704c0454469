"""Verifier of backup-restore-edd738. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

import os, stat

@check('restore.json: archives, damaged')
def _():
    report, wanted = json_file('/app/restore.json'), {'archives': [{'name': '4ahcdj.tar', 'store': 'primary'}, {'name': 'mgj7xy.tar', 'store': 'offsite'}, {'name': '4mtpc8.tar', 'store': 'primary'}], 'damaged': ['offsite/xggcay.tar', 'primary/4fdbve.tar', 'primary/mgj7xy.tar']}
    assert {key: report.get(key) for key in wanted} == wanted
    assert set(report) == set(['archives', 'bytes', 'damaged', 'files', 'largest'])


@check('restore.json: files, bytes, largest')
def _():
    report, wanted = json_file('/app/restore.json'), {'files': 21, 'bytes': 5757, 'largest': 'checkout/mz48u.md'}
    assert {key: report.get(key) for key in wanted} == wanted
    assert set(report) == set(['archives', 'bytes', 'damaged', 'files', 'largest'])


@check('the restored tree holds the right names and nothing else')
def _():
    found = []
    for folder, _, names in os.walk('/app/restored'):
        found += [os.path.relpath(os.path.join(folder, name), '/app/restored') for name in names]
    assert sorted(found) == ['checkout/49wx4.txt', 'checkout/index.txt', 'checkout/kjubf.md', 'checkout/latest', 'checkout/mz48u.md', 'checkout/t2y4g.txt', 'checkout/uvdza.csv', 'loyalty/8wunw.sh', 'loyalty/index.txt', 'loyalty/zh63p.txt', 'search/7axu7.md', 'search/anqfn.md', 'search/apsvj.md', 'search/bpyza.odt', 'search/index.txt', 'search/latest', 'search/xvfg5.csv', 'tracker/8e43p.csv', 'tracker/cdsxm.sh', 'tracker/gq9n4.md', 'tracker/hyr9m.sh', 'tracker/index.txt', 'tracker/tku7z.odt'], sorted(set(found) ^ set(['checkout/49wx4.txt', 'checkout/index.txt', 'checkout/kjubf.md', 'checkout/latest', 'checkout/mz48u.md', 'checkout/t2y4g.txt', 'checkout/uvdza.csv', 'loyalty/8wunw.sh', 'loyalty/index.txt', 'loyalty/zh63p.txt', 'search/7axu7.md', 'search/anqfn.md', 'search/apsvj.md', 'search/bpyza.odt', 'search/index.txt', 'search/latest', 'search/xvfg5.csv', 'tracker/8e43p.csv', 'tracker/cdsxm.sh', 'tracker/gq9n4.md', 'tracker/hyr9m.sh', 'tracker/index.txt', 'tracker/tku7z.odt']))[:5]


@check('every restored file has its content and permissions')
def _():
    for name, (digest, mode) in {'checkout/49wx4.txt': ('9c3687777b85a4d440b33e9479e72ea82693d35e8a31be959c4bcdb5a16ce87b', 420), 'checkout/index.txt': ('c467b7712acbf1743fed440e3fdd54c5c856107c7c264db41c1f522d6cdd12ec', 416), 'checkout/kjubf.md': ('5d424d9e86b9e14d52a66d5d1f673be8b94bfe0a59b0376ed5ec1f30114defd3', 488), 'checkout/mz48u.md': ('035cf309db1f092d9aa261d714e3b93ef7c20e32487e71e2b2dc25380a7e620d', 416), 'checkout/t2y4g.txt': ('390b983be74f8fc3809e6b8724c28285795285188d663d72a1cb93d1b55ddbfe', 420), 'checkout/uvdza.csv': ('fcf19d8ffece9748e8f11741604d1c4af09fea9eb96da4dec68183d76300888c', 384), 'loyalty/8wunw.sh': ('c50e5e77a8527a3b53d9b1e029a07d31a779e8231e2ed13644483aeb095c5736', 384), 'loyalty/index.txt': ('f31d75837e39bc21b4733c86e4b5faa93d6a6bb6ae8841a0764a3f95e79067f9', 420), 'loyalty/zh63p.txt': ('66627108f6f2c96dd800bc57d844b145fbf5550a40011d1037069d821b8c32db', 416), 'search/7axu7.md': ('c78cfb66070b1ac81505c744828dbe87b5a8d2be1abbb72e1ce08364017362bf', 488), 'search/anqfn.md': ('609015c442b6a09abcb376f071057e2a3c0bce0e96be46cfaf815d40e898cca3', 488), 'search/apsvj.md': ('9835ccf3a6169fb759d32f7bc6113c2c7fb4fcb139772898c085dde6794e04e3', 420), 'search/bpyza.odt': ('293b87b3f58234bdb401ec665ae98f457e62210aa9f1aff4f3dff9efe118f06a', 488), 'search/index.txt': ('c7b845af81b8c0482b32fc3165dfca98afe3dae19f1f34e1e9b753c8ec08ec3b', 420), 'search/xvfg5.csv': ('64d0c5f2c86492b37a0e2af5f843c63560a3f6df407faecc9575c892a9fd3c32', 488), 'tracker/8e43p.csv': ('a6287b6c2a8184108ae3db4aee97687161a089e992f8bde675401ce9655676ba', 384), 'tracker/cdsxm.sh': ('32b3f1581454d8a5fde21437f050bb28a0c8d7aabfea07b4120cf02f81311dab', 416), 'tracker/gq9n4.md': ('a904846917f24076ee049bd26f9d26ff1a4f072f42db8a96cf94cd798053f9ad', 416), 'tracker/hyr9m.sh': ('f87ce3d50cb8c461d34a5f0337dd9bd22a7ea6f2b497370f2631a154a1b12ec2', 416), 'tracker/index.txt': ('9a801f9861cad6f5836192cb17d0e8fa0693d5853df710a74b5fda0c3fc985f9', 416), 'tracker/tku7z.odt': ('a374b4d2c32f110765827df71cbd2bc1e6a6bfdaa1d6b4f3bdefd9cddd85fc0d', 420)}.items():
        assert sha256('/app/restored' + "/" + name) == digest, name
        assert stat.S_IMODE(os.lstat('/app/restored' + "/" + name).st_mode) == mode, name


@check('symbolic links lead where they led')
def _():
    for name, target in {'checkout/latest': 'index.txt', 'search/latest': 'index.txt'}.items():
        assert os.readlink('/app/restored' + "/" + name) == target, name


@check('archives, catalogue and description are unchanged')
def _():
    for path, digest in {'/app/backups/primary/4ahcdj.tar': 'd07df2eb0350ecd944a9d5d4201500838969f608bf93085fc80bba33314eaa7d', '/app/backups/offsite/4ahcdj.tar': 'd07df2eb0350ecd944a9d5d4201500838969f608bf93085fc80bba33314eaa7d', '/app/backups/primary/4fdbve.tar': '10e6d84046677afe91a58db4f499f020942f1022795bc9170c60f84879058b15', '/app/backups/offsite/4fdbve.tar': '790703bc22037eae9074ca4edba0aeea88a587837b45faf8fbe73c69bdc7c0f4', '/app/backups/primary/27knjx.tar': '057efad1e423f094a88b4b8ecedb252fef9f02d6a44aefda21b4bae2ac7b0d5b', '/app/backups/offsite/27knjx.tar': '057efad1e423f094a88b4b8ecedb252fef9f02d6a44aefda21b4bae2ac7b0d5b', '/app/backups/primary/mgj7xy.tar': 'b43b6a47e242f075c060f6bc5bf7cb5fa05cc6e27fe160fb8bee2eee9f5726be', '/app/backups/offsite/mgj7xy.tar': '69ef5cbd76f3b32f9b5844a8c6caf93db3099546d5ee8e69613155bd7cdc0e82', '/app/backups/primary/4mtpc8.tar': 'dc10efb1c29f8fc8938ad8f1d57b83ce6fa62c3fff623f2c5de1484d70a82612', '/app/backups/offsite/4mtpc8.tar': 'dc10efb1c29f8fc8938ad8f1d57b83ce6fa62c3fff623f2c5de1484d70a82612', '/app/backups/primary/4s8rsx.tar': 'cd0d7664ded66c5e3be07957b89408c1df55741bb2c20c9a0c0366792c2e2e11', '/app/backups/offsite/4s8rsx.tar': 'cd0d7664ded66c5e3be07957b89408c1df55741bb2c20c9a0c0366792c2e2e11', '/app/backups/primary/xggcay.tar': 'a4d43b24230e36db924bfb7c152fec5c9c87d582e6422aff5f860877d896934a', '/app/backups/offsite/xggcay.tar': '3b8b5c069dd0f5258a9453ed0b70e62418fb5c9c82a34c3c613727d8180fa85f', '/app/backups/primary/usepwp.tar': '3bec00ae6d2be48a1e5e32f19e64761964c6f9869f5ee247e1a55b42b26c5051', '/app/backups/offsite/usepwp.tar': '3bec00ae6d2be48a1e5e32f19e64761964c6f9869f5ee247e1a55b42b26c5051', '/app/backups/catalog.csv': '10ecbe1cdc38b850342c8f4f3d746cd5fae98f7022bcdd02dc1f833c87b4ee57', '/app/backups/README.md': '2fd8ab2156e442b0ce7829bfd12b63d2d37f72fa93d3cc8d6fe8174c4e830e0b'}.items():
        assert sha256(path) == digest, path + " changed"

main()
