"""Verifier of certificate-estate-b0ceef. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('report.csv: the column server is right')
def _():
    found = [line.split(",") for line in lines('/app/report.csv')]
    assert found[0] == ["server", "problem", "serial"]
    assert all(len(row) == 3 for row in found)
    assert [row[0] for row in found[1:]] == ['27dj.quota.ironquay.example', '4239.media.ironquay.example', '7m8k.usage.ironquay.example', 'as5e.transit.ironquay.example', 'ebxz.checkout.ironquay.example', 'fdxz.billing.ironquay.example', 'hvhq.vault.ironquay.example', 'nacq.mail.ironquay.example', 'njnn.stock.ironquay.example', 'qcas.roster.ironquay.example', 'qj3t.parcel.ironquay.example', 'u9dk.ledger.ironquay.example', 'ztzt.report.ironquay.example']


@check('report.csv: the column problem is right')
def _():
    found = [line.split(",") for line in lines('/app/report.csv')]
    assert found[0] == ["server", "problem", "serial"]
    assert all(len(row) == 3 for row in found)
    assert [row[1] for row in found[1:]] == ['none', 'none', 'not-yet-valid', 'none', 'untrusted', 'expired', 'key-mismatch', 'name-mismatch', 'untrusted', 'none', 'none', 'none', 'revoked']


@check('report.csv: the column serial is right')
def _():
    found = [line.split(",") for line in lines('/app/report.csv')]
    assert found[0] == ["server", "problem", "serial"]
    assert all(len(row) == 3 for row in found)
    assert [row[2] for row in found[1:]] == ['5A1A8DF68036F2C5', '55C5751E44E9AD6A', '54C127C793489D4F', '79AC2F6B7C38D8CA', '472A20798CB5412B', '743C7D7F999C1063', '65174A487B21D584', '61BF991CCA561262', '747D6AFDAF55B0F7', '55C96BC2B03D77CF', '569E4E69C2D2A3A9', '79CD034A3109E9F2', '536B96DAB0DFBB1A']


@check('renew.txt lists the sound certificates that end soon')
def _():
    assert lines('/app/renew.txt') == ['2024-10-01 27dj.quota.ironquay.example']


@check('certificates, keys and configuration are unchanged')
def _():
    for path, digest in {'/app/trust/root.pem': 'c9868138fafc186b32a0d1fa04f068c9c44c3de3654d1c101261b4c3ef88d694', '/app/proxy/issuers/c3.pem': '3966e3921fb0c7a619628f13cffb6c5c4f44b8dd1bf2546d01a1dd44e5ed1615', '/app/proxy/issuers/f9.pem': '0082bab671947ef896ddf25b4a0177867c4b777029b49af8c8a993907d5ddc85', '/app/proxy/issuers/e1.pem': '961d5fdbbd0ce0bd3810cea0986e8135e4e66b9fe4922fc921b24c1791781c81', '/app/proxy/issuers/b8.pem': '2b79af565552773b57ce63183c7c9b909aa745745710442734414e29202d9518', '/app/proxy/certs/cd379za.pem': '8702d5b75916ba102a1e67bb63b72e93a04aa9e63f64248e2732d9461ebb2f13', '/app/proxy/keys/cd379za.key': 'f3739b22955f20b86b8e74f59c4bdff52b277a1e88857ccaa645762d443ab07a', '/app/proxy/conf.d/73-cd379za.conf': 'f745a13fa0e4051fb4376838489580176ebcbd4df0f51b11ebeffb40b4337701', '/app/proxy/certs/cnbv3gn.pem': '654ddf7481d066fcbad04ce1b67b6ae7cb701054c38afe1c77eb36d1d49f5687', '/app/proxy/keys/cnbv3gn.key': 'e8874e861e36bb47320ed55e29c4913e455078599090da524c33c0154e3e1b0c', '/app/proxy/conf.d/29-cnbv3gn.conf': '002b869f5eb9195d488a9ed928cb666deb1bd0d214c8c02a8db437d37a7bbc35', '/app/proxy/certs/cwugt66.pem': 'bb8f601ac3ec66e05470e9b618fe8f5b601631dc5e2fc23736f9e53827f52a7a', '/app/proxy/keys/cwugt66.key': 'f44e02b7d9b9fa0db9e0b9c70b01355665f51668e77f0975b98854ccd6f93880', '/app/proxy/conf.d/81-cwugt66.conf': 'c894af7dd0ee6c29de2659967b752f4e2829884bc0aea15263a12f0b04fd4eb1', '/app/proxy/certs/cvcckrq.pem': '0e66c2a6456b6e83890fcbee22901ad29d4c37561063c88b053d02ea06d366e8', '/app/proxy/keys/cvcckrq.key': '3f231aa09ee9eaab91f59534ef521b21750e8a8533f88afbc2d564f1b6d24f0f', '/app/proxy/conf.d/78-cvcckrq.conf': 'c4bc5a20fce586629ed16eb5fc846055a1122303465b89f319cdf22e4844947a', '/app/proxy/certs/cdfh6gu.pem': 'e01b12ea6bd560f6ac7f3c88dd4e42a7f29a903ea9dbc3f39dac34bf24dc4df5', '/app/proxy/keys/cdfh6gu.key': '9ef494639041d4b7880ce0905d5a99f1bf11138483aa04c2c411e66f3521b3bd', '/app/proxy/conf.d/10-cdfh6gu.conf': '8b0876ccbf6d01f6db5a227289ab20b02634d33377c6ecafe705c2df0d24cabf', '/app/proxy/certs/chb99re.pem': 'facf74c77068ac63f8c37785007fdc57c489500de86c8b3a3c6660f2a5e119b1', '/app/proxy/keys/chb99re.key': 'be3e38ecf6b620d2ea7a4fe345b728366cfacdd7791cdf801ecd9bffb4db8f6b', '/app/proxy/conf.d/36-chb99re.conf': '4fa11d0f80dff5f6e5f83a9c4d2d373271cece4465bb9054139904ab1f9953a5', '/app/proxy/certs/cwfsty6.pem': 'f88a0dc341d12b7aff6e8c8d2b993b2f5c04e37ff7c069a5b36964154818dbd2', '/app/proxy/keys/cwfsty6.key': '5044c34eb7115c83c57a0e4c6b556f363938f34f94a3dc12d60f76b86d19c633', '/app/proxy/conf.d/42-cwfsty6.conf': '0b8ea5225fb75883492a7c61eb71e98f257cd0c41e943bdda3420917740a8bf1', '/app/proxy/certs/cczygja.pem': '7dda9718a341f226974ea02e8218572b96f0902f941880aea3c9fe9e30ed8fe2', '/app/proxy/keys/cczygja.key': '28bb8e8589310cdae391fea8f75bff6b07cbd0cd64cada752637e851813cdf0a', '/app/proxy/conf.d/72-cczygja.conf': '38d02132f96ca16f265dde1f1c63812e199b9922ff7c64873c6f02e3a8625987', '/app/proxy/certs/cz4whk9.pem': 'bbf71e371e8e26824eb724c196dcef66eea0247159c7ef2cae122cac6878bbef', '/app/proxy/keys/cz4whk9.key': '89b0de46be501814bd01a61ce36e6830b45d4c1c1c62dddf10c38289d44d07e0', '/app/proxy/conf.d/22-cz4whk9.conf': '4232419dfb22e4d28d645009152cbad4c7bfe106fd6fe6138341bdcd94c5a093', '/app/proxy/certs/czxz6ck.pem': '40ae19be70aa96fef8e808ae396c4c1ed64d69a8eb2d8569104c1a8d905d4edf', '/app/proxy/keys/czxz6ck.key': 'a762ffdbdd6182b2fa95f752c4e7493779ac3ee65e33c2f35b8c09eb15f0fb59', '/app/proxy/conf.d/67-czxz6ck.conf': 'a295381717193e51212735aea6d7e45c64f1157fc3eeecfc792721d9eb4aa0a4', '/app/proxy/certs/cee8pde.pem': '31d70f12ceafcc2301bc601cb3b85bb6d110c0e18004eef339b873217f2aafe2', '/app/proxy/keys/cee8pde.key': '4fae4979cf3e5fd11466f86a216ffa5e6ef3c6af25f59cefd17a69f939db72b5', '/app/proxy/conf.d/50-cee8pde.conf': 'a4e873ca0cb74f4ec2be6acee89e431b2edccdc0fadc5d92dda5ba892b8a85bf', '/app/proxy/certs/cdkf48v.pem': 'fea41ed056ee2e54ae90964b4c7c9cde402c955ae7b77483f60415e09d71fb0e', '/app/proxy/keys/cdkf48v.key': '850e06ea1a78f7af6c5c71f7798160ddfefb09911ebb6ef9a37ca73a71550928', '/app/proxy/conf.d/65-cdkf48v.conf': '9c727db3da0184216611bd5889f3bece07683b171433ece364e0b3b9f4f02d88', '/app/proxy/certs/c44x4ze.pem': '66f4e5cfaba282cae8b627d621368bd8be716365b6ed826571b08deb530dba00', '/app/proxy/keys/c44x4ze.key': 'bd3149ffc4141e6b8927fc2edb7fb18bd78da490a34da5860127706a303254d0', '/app/proxy/conf.d/49-c44x4ze.conf': 'e9e63ac099ccef322e254a0fa2916c760ace484487319e5637cb4c9718b9663f', '/app/trust/revoked.csv': '46b1e673e2fbffe3a2e7c165d8c626324c7d6c46cdf8f91f05ed6587765684c6'}.items():
        assert sha256(path) == digest, path + " changed"

main()
