"""Verifier of capture-exfil-to-unit-ordering-863946. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

import os

def read_unit(path):
    settings = {}
    for line in lines(path):
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            settings.setdefault(key.strip(), []).extend(value.split())
    return settings

@check('report.json: host, resolver, domain')
def _():
    report, wanted = json_file('/app/intake/report.json'), {'host': '10.99.124.9', 'resolver': '192.77.217.208', 'domain': 'zqdvg.transit-walnut.example'}
    assert {key: report.get(key) for key in wanted} == wanted
    assert set(report) == set(['domain', 'first', 'host', 'last', 'queries', 'resolver', 'sha256'])


@check('report.json: queries, first, last')
def _():
    report, wanted = json_file('/app/intake/report.json'), {'queries': 147, 'first': '2024-06-21T06:33:04Z', 'last': '2024-06-21T06:44:56Z'}
    assert {key: report.get(key) for key in wanted} == wanted
    assert set(report) == set(['domain', 'first', 'host', 'last', 'queries', 'resolver', 'sha256'])


@check('recovered.bin is what was sent, and the report has its digest')
def _():
    assert sha256('/app/intake/recovered.bin') == '15b307ce2c1b32e024e63040fb1ba088297ceb9ed7ac1d6b4ab4fc7fdcf1fb11'
    assert json_file('/app/intake/report.json').get("sha256") == '15b307ce2c1b32e024e63040fb1ba088297ceb9ed7ac1d6b4ab4fc7fdcf1fb11'


@check('talkers.csv sums up every sender')
def _():
    assert lines('/app/intake/talkers.csv') == ['address,packets,bytes', '10.99.124.9,273,29168', '10.99.124.128,161,16016', '10.99.124.33,154,14590', '10.99.124.221,144,14314', '10.99.124.165,135,14248', '10.99.124.202,146,13421', '10.99.124.53,138,12857', '10.99.124.218,129,12788', '10.99.124.168,125,12222', '10.99.124.149,124,12185', '10.99.124.170,127,11839', '10.99.124.80,128,11016']


@check('capture and notes are unchanged')
def _():
    for path, digest in {'/app/intake/capture.pcap': '7abee25623d334efdd5db7c07a6406d508d0bb72e7a6edafea4a34d9818e7f19', '/app/intake/notes.md': 'bbedfb04f60c78657b8258e3333d4b68e0c53b2513c3e00f35508f345d3be6fb'}.items():
        assert sha256(path) == digest, path + " changed"


@check('order.txt is the start order')
def _():
    assert lines('/app/workspace/10.99.124.9/order.txt') == ['media.service', 'transit.service', 'vault.service', 'invoice.service', 'search.service', 'tracker.service', 'catalog.service', 'gateway.service', 'loyalty.service', 'export.service', 'feed.service', 'dispatch.service', 'mail.service', 'parcel.service', 'refund.service', 'report.service', 'sync.service', 'auth.service', 'identity.service', 'tariff.service', 'voucher.service', 'tickets.service', 'quota.service', 'roster.service', 'raven.target']


@check('report.json: cycle, removed')
def _():
    report, wanted = json_file('/app/workspace/10.99.124.9/report.json'), {'cycle': ['export.service', 'feed.service', 'loyalty.service', 'quota.service', 'roster.service', 'tickets.service'], 'removed': {'before': 'roster.service', 'after': 'loyalty.service'}}
    assert {key: report.get(key) for key in wanted} == wanted
    assert set(report) == set(['cycle', 'depth', 'removed', 'units', 'unused'])


@check('report.json: units, unused, depth')
def _():
    report, wanted = json_file('/app/workspace/10.99.124.9/report.json'), {'units': 25, 'unused': ['api.service', 'billing.service', 'cache.service', 'image.service', 'session.service', 'usage.service'], 'depth': 10}
    assert {key: report.get(key) for key in wanted} == wanted
    assert set(report) == set(['cycle', 'depth', 'removed', 'units', 'unused'])


@check('the ordering is gone from its file, and nothing else is')
def _():
    settings = read_unit('/app/workspace/10.99.124.9/etc/loyalty.service')
    assert sorted(settings.pop("After", [])) == []
    assert {k: sorted(v) for k, v in settings.items()} == {'Before': ['export.service'], 'BindsTo': ['tracker.service'], 'Wants': ['refund.service', 'roster.service'], 'Description': ['loyalty', 'machine', 'of', 'this'], 'ExecStart': ['/opt/loyalty/bin/loyaltyd']}


@check('all other unit files and the conventions are unchanged')
def _():
    for path, digest in {'/app/workspace/10.99.124.9/etc/api.service': 'd739d673add9470d491c09704ff7c3f789516d769d41128a29c73f23eb4bbb46', '/app/workspace/10.99.124.9/lib/auth.service': '84849e8c238684f8c5e53238bd3fc8d47134687200f86ab0b87494cac8f7b777', '/app/workspace/10.99.124.9/etc/billing.service': '0d7580fdb3b2afed9da60bc2a7c4daf0868e90654e2c61ddf2db04331debf254', '/app/workspace/10.99.124.9/etc/cache.service': '302d3945a8096b18530294ffecd662e18535eff6d32ad7af813264d7527e714a', '/app/workspace/10.99.124.9/etc/catalog.service': '25fb10fabca15c3f6119028577b5c8eb7be899f6fb8072405234eca9d967f7cf', '/app/workspace/10.99.124.9/lib/catalog.service': '69c1969dc84c79e467d20c6282461badb4821a1af694a739f37e2a9276dacf19', '/app/workspace/10.99.124.9/etc/dispatch.service': '5bebb6195b7f724e4abde229bc5f20569bdaa164a475a2091c5a838c0d1e0ba5', '/app/workspace/10.99.124.9/lib/dispatch.service': 'a0de1969ccd5621686c1369c487304d33aff525cf46fd805759d9465ce8a1746', '/app/workspace/10.99.124.9/lib/export.service': '665ce36b918b11d5a60a5cc3888781b98a0cb68129f1ef4f72577a6fc4f94834', '/app/workspace/10.99.124.9/etc/export.service.d/50-local.conf': '2c036ba8ccbb57b1505da8cdacf7f0934adfe0ee28da8db71e578cc5e64835d3', '/app/workspace/10.99.124.9/lib/feed.service': '8cd895fa2068f3982f0d12135b5993cdf710ea1cb90d025ff8801c477aa52b3e', '/app/workspace/10.99.124.9/lib/gateway.service': 'f207519508628dbe4583257a9fd63bb1b4ac12c2997e4ead833a0128fa41e772', '/app/workspace/10.99.124.9/etc/identity.service': '7c1dfcbfd3a2df0c234914137f9e141995b6d9f9ae82d8750c85718628094ac7', '/app/workspace/10.99.124.9/lib/identity.service': 'f5f7af14a23e97d5967a048ebaa530f58f1e2b713f1b1506a156449ebeb35a34', '/app/workspace/10.99.124.9/lib/image.service': '04bccb43402e01927bb1e356fef7da3fe145f1d4c751442972e219a0e3c83b11', '/app/workspace/10.99.124.9/lib/invoice.service': '659b8bc2ac6945b8276533e9544c93ede0fb416a71846129dc13abdc808ebd07', '/app/workspace/10.99.124.9/lib/loyalty.service': '8fb0e6b5453647a5736af4643b1fa849e68abc2f2964e82f644e9ddc97570280', '/app/workspace/10.99.124.9/etc/loyalty.service.d/50-local.conf': 'b5ff4ecfe78a1ba9f6aecbd8dc7d9c310fea2f9b80b7294d7c236211aa04a33b', '/app/workspace/10.99.124.9/etc/mail.service': 'fea82acfe52e31eaf07f44ffa9deadd55306519cffa448a7e457d609d513e051', '/app/workspace/10.99.124.9/etc/media.service': '338e67abc1ec1335822ff7a46ec5ad91c21c64c37f11689d92be38a201606752', '/app/workspace/10.99.124.9/etc/parcel.service': '23d406c41b964e86e6a63e00e023041bb87fbeeb2b449003286ccd0195bd8d07', '/app/workspace/10.99.124.9/etc/quota.service': 'ea1732ee3a99c33746828234416faa866c5170156161fadd2a5474828b8f9774', '/app/workspace/10.99.124.9/lib/quota.service': '47982d3e98f46e66688326ec336594eccdeecf6ccabb7baed50a76f16b495bba', '/app/workspace/10.99.124.9/etc/raven.target': 'f18bfae4b2922b485e86c500af0191705684d3ba534b06e16f5b802ee3f083de', '/app/workspace/10.99.124.9/lib/raven.target': '83be762385b38f9a8561717f029c8f0ff00f6a6f8b510ea63cc9115a23564dc3', '/app/workspace/10.99.124.9/etc/raven.target.d/50-local.conf': '5b49a27cca711bcda21a2992d64615f0a9cb4f0ce5ebb1b2d91b66b31706a0d9', '/app/workspace/10.99.124.9/etc/refund.service': 'c97e875e5cb4789443b9719703e263fe892ba174a26c3f09ce52ab09cf2be90e', '/app/workspace/10.99.124.9/etc/report.service': '785fc85f71585e1f561e87467a140091f7c184dacb0ae8238ee92486cca8b608', '/app/workspace/10.99.124.9/lib/report.service': '36255f3af2dfd06aa38e7187758a85a452556f331e367bccf99c270716cbfdb3', '/app/workspace/10.99.124.9/etc/report.service.d/50-local.conf': '85eb4b52a39faa8c449be20adeb0c9d99db5ec4e689f560ecaf8e1e6bd3d09e6', '/app/workspace/10.99.124.9/etc/roster.service': '0a09972e9055e1ba06e2b4831454c79b83c154ec96c6c20cf1094ee6bb585c0a', '/app/workspace/10.99.124.9/etc/search.service': '7cc234b032477dffc395566c74c3859d144918a4a29adc4de3311b4610ef60bc', '/app/workspace/10.99.124.9/lib/search.service': '20dabf02cc59adb09d430e3d4c628ed36312db7d42c93dc5c8f375b31920ab2f', '/app/workspace/10.99.124.9/etc/session.service': 'ff23c4d2cf81b53b1716ab8bdc7ae0db34cfa7515cd056cf965325dcd144b84e', '/app/workspace/10.99.124.9/lib/session.service': 'cec23c769cc6c05902b088b02f9bf5ba498fba27e0efebee50ccb8fbadbf0588', '/app/workspace/10.99.124.9/etc/sync.service': 'f9f54bd7294dd0ebc89a081f4a7ff3754e56f5b2072f577d98da903bdaa2f3fb', '/app/workspace/10.99.124.9/etc/sync.service.d/50-local.conf': '32be6a10983c5145aef01b73c94a22a3c28d40bc49d0218a992ac6b57c2bd7f7', '/app/workspace/10.99.124.9/lib/tariff.service': '05b1efb544cd7e1872a5ab7dde6ceb87d932df8ce220333b46cf019f59b585ee', '/app/workspace/10.99.124.9/etc/tickets.service': 'fa1af40845f2073ec6d2d46c633ca413c58d70fdef1d137715457e3cc5f97947', '/app/workspace/10.99.124.9/lib/tracker.service': '90de19bbd7c37a995949477eacb6ac17c803261713efb70513e3cf0e18f363d5', '/app/workspace/10.99.124.9/lib/transit.service': '5bfbffce1bcc695ec1fc4cf7d0c52065618314d41c50d5084e5d670b4638aa6e', '/app/workspace/10.99.124.9/etc/usage.service': 'fff99739ca8d9b66428834bf29af6863a11935d017bd3865f5576a214639eb6a', '/app/workspace/10.99.124.9/lib/usage.service': '08c431b23fe0d2ecc2c14f77a77651a801946998fd458e50f1efb745f58c3f45', '/app/workspace/10.99.124.9/lib/vault.service': '9e7ca2ad55d56e88042414957da3cf36030854257dd5d955889b2668f8ce0484', '/app/workspace/10.99.124.9/lib/voucher.service': 'a312409179df575b687c51f07195bd7e1b31ee896001a16480bae7b4d01ddfcd', '/app/workspace/10.99.124.9/CONVENTIONS.md': '3b6845eee653bdbb3601ca9801a84229bd34db8d92cb4944e90f8c658455db16'}.items():
        assert sha256(path) == digest, path + " changed"


@check('no unit files were added')
def _():
    found = []
    for place in ['/app/workspace/10.99.124.9/etc', '/app/workspace/10.99.124.9/lib']:
        for folder, _, names in os.walk(place):
            found += [os.path.join(folder, name) for name in names]
    assert sorted(found) == ['/app/workspace/10.99.124.9/etc/api.service', '/app/workspace/10.99.124.9/etc/billing.service', '/app/workspace/10.99.124.9/etc/cache.service', '/app/workspace/10.99.124.9/etc/catalog.service', '/app/workspace/10.99.124.9/etc/dispatch.service', '/app/workspace/10.99.124.9/etc/export.service.d/50-local.conf', '/app/workspace/10.99.124.9/etc/identity.service', '/app/workspace/10.99.124.9/etc/loyalty.service', '/app/workspace/10.99.124.9/etc/loyalty.service.d/50-local.conf', '/app/workspace/10.99.124.9/etc/mail.service', '/app/workspace/10.99.124.9/etc/media.service', '/app/workspace/10.99.124.9/etc/parcel.service', '/app/workspace/10.99.124.9/etc/quota.service', '/app/workspace/10.99.124.9/etc/raven.target', '/app/workspace/10.99.124.9/etc/raven.target.d/50-local.conf', '/app/workspace/10.99.124.9/etc/refund.service', '/app/workspace/10.99.124.9/etc/report.service', '/app/workspace/10.99.124.9/etc/report.service.d/50-local.conf', '/app/workspace/10.99.124.9/etc/roster.service', '/app/workspace/10.99.124.9/etc/search.service', '/app/workspace/10.99.124.9/etc/session.service', '/app/workspace/10.99.124.9/etc/sync.service', '/app/workspace/10.99.124.9/etc/sync.service.d/50-local.conf', '/app/workspace/10.99.124.9/etc/tickets.service', '/app/workspace/10.99.124.9/etc/usage.service', '/app/workspace/10.99.124.9/lib/auth.service', '/app/workspace/10.99.124.9/lib/catalog.service', '/app/workspace/10.99.124.9/lib/dispatch.service', '/app/workspace/10.99.124.9/lib/export.service', '/app/workspace/10.99.124.9/lib/feed.service', '/app/workspace/10.99.124.9/lib/gateway.service', '/app/workspace/10.99.124.9/lib/identity.service', '/app/workspace/10.99.124.9/lib/image.service', '/app/workspace/10.99.124.9/lib/invoice.service', '/app/workspace/10.99.124.9/lib/loyalty.service', '/app/workspace/10.99.124.9/lib/quota.service', '/app/workspace/10.99.124.9/lib/raven.target', '/app/workspace/10.99.124.9/lib/report.service', '/app/workspace/10.99.124.9/lib/search.service', '/app/workspace/10.99.124.9/lib/session.service', '/app/workspace/10.99.124.9/lib/tariff.service', '/app/workspace/10.99.124.9/lib/tracker.service', '/app/workspace/10.99.124.9/lib/transit.service', '/app/workspace/10.99.124.9/lib/usage.service', '/app/workspace/10.99.124.9/lib/vault.service', '/app/workspace/10.99.124.9/lib/voucher.service']


@check('the folder of 10.99.124.53 is as it was')
def _():
    for path, digest in {'/app/workspace/10.99.124.53/CONVENTIONS.md': '3b6845eee653bdbb3601ca9801a84229bd34db8d92cb4944e90f8c658455db16', '/app/workspace/10.99.124.53/etc/harbor.target': '39428bda7e337c7556c768843923b2f766e175c5b35a9fb07df2efe6a0d70be2', '/app/workspace/10.99.124.53/etc/image.service': '05bd2406c8cadb70124f0f776537bcedaf478948b2632197a5c584cc648b823a', '/app/workspace/10.99.124.53/etc/mail.service': '72411a146fc3e3a470a4819dbccffcda6970f850649851f88aa1715d4f6e47a5', '/app/workspace/10.99.124.53/etc/metrics.service': '6025a2d5c4aa41e9716d750502720961af3fb8ae73b9478603a0ce89a6d8da6f', '/app/workspace/10.99.124.53/etc/notify.service': '155ccaa6c98efd5c210f966f5367a2fe88d9d102cc939a5c0ea664fd20eb63bd', '/app/workspace/10.99.124.53/etc/stock.service': '7dafa86e4b678cca0eb681506edae5fab266760389fbdbcd44e425c82a82894a', '/app/workspace/10.99.124.53/etc/vault.service': '91f3334619c0be9ce73f3d3daa2eda359e2d8170994fdbd07fb2433080275e61', '/app/workspace/10.99.124.53/lib/billing.service': '6672c849fdb088254a15ff556266d93149c210d374d58eaf5d9b3fb97750298b', '/app/workspace/10.99.124.53/lib/gateway.service': '62f49a0c9228a9859f18e556df027a942da6b4626e36a32e495f61855de555a2', '/app/workspace/10.99.124.53/lib/media.service': '3215c7ffd16b489a9e7029e2b3e8ec48e00683cdb1ef66dfdfac8d2fff35482a', '/app/workspace/10.99.124.53/lib/pricing.service': '1485eaaeac0aa06d63c6e011b4f507e61c13d069781b3f3351001ddf9efa0443', '/app/workspace/10.99.124.53/lib/usage.service': '7efdb8c0733ba9b75a6913b9d108616e4e7920ddc3bda1c7a9862689b150e5f0'}.items():
        assert sha256(path) == digest, path + " changed"


@check('the folder of 10.99.124.80 is as it was')
def _():
    for path, digest in {'/app/workspace/10.99.124.80/CONVENTIONS.md': '3b6845eee653bdbb3601ca9801a84229bd34db8d92cb4944e90f8c658455db16', '/app/workspace/10.99.124.80/etc/accounts.service': '58b85091af16693de97c04e7bee7057f084c7a33f94b2223dd7ecade5e088d49', '/app/workspace/10.99.124.80/etc/dispatch.service': '50d881379c1f3e1a15b5336d3bed42b6079118a72f35c37640e9f10052c84589', '/app/workspace/10.99.124.80/etc/loyalty.service': 'b697c579261ae278627f79889b585a4fcbb3b0a7940de0469f29098e9a191e40', '/app/workspace/10.99.124.80/etc/payments.service': '1bef585c83e8bd6d1337a084faf877a2e692761b5af21b5fba230e3397ad8397', '/app/workspace/10.99.124.80/etc/pricing.service': 'b9500f27a1db648fbc18984b36fb8bf682614b648046d05933666ec3a67ac872', '/app/workspace/10.99.124.80/etc/sextant.target': '5c40cfeecc68003df06dbfc16b136277741eea869dac2dc7fea8df8064b36a82', '/app/workspace/10.99.124.80/lib/archive.service': 'd68a57a99ce37565509fbac922d9848dc6dd9512b9a08e74f94905d1373336e3', '/app/workspace/10.99.124.80/lib/notify.service': 'fc2ee0ef8d73e7d1386c95d44108f87f9447f11453e53923043838c607fb00be', '/app/workspace/10.99.124.80/lib/report.service': 'd0b8078101b5b65219a0bb13157d5ea1e73a9608ee8c23290a16078375a95592', '/app/workspace/10.99.124.80/lib/roster.service': '1d8831bd4e7122b77fa171a0e4347d5e562b13b9dbb10ef310d63f3b96cf295b', '/app/workspace/10.99.124.80/lib/session.service': '0b8071ea6339cb7183555243e1781ac8ba769ab6f9ada9fd08c2211c8ba96f31', '/app/workspace/10.99.124.80/lib/usage.service': 'ca263b04ed0b117f39ddcc251cd4332d3ebebda67100ac7bb7572d1c6e59767a'}.items():
        assert sha256(path) == digest, path + " changed"


@check('the folder of 10.99.124.221 is as it was')
def _():
    for path, digest in {'/app/workspace/10.99.124.221/CONVENTIONS.md': '3b6845eee653bdbb3601ca9801a84229bd34db8d92cb4944e90f8c658455db16', '/app/workspace/10.99.124.221/etc/comet.target': '2e2e7dc9b4293f3cb9155704ab5d5003920703fae79b903fa257de80223b15b3', '/app/workspace/10.99.124.221/etc/transit.service': '55c05295b82556b47c1fc06da9b54de0d3c99b22fb776b762c50dd0d89c735d3', '/app/workspace/10.99.124.221/lib/accounts.service': '4d98df9a0b179f6c3f3e717a5a7662d150943526de7a7310521630956c6bc47e', '/app/workspace/10.99.124.221/lib/inventory.service': '21705ac227fadf3dd9a40b58798fe13a7f0f514610216df33dec79810b473ae3', '/app/workspace/10.99.124.221/lib/invoice.service': 'fe5c1ed4bb6b82c178787f60acedb03b8c83ce9c0e04495f2d190fa5564559f9', '/app/workspace/10.99.124.221/lib/ledger.service': '3eae5c1625765bfbe015881cc973f538e2c984c0cae4147e0ee88224756a3c75', '/app/workspace/10.99.124.221/lib/quota.service': '2d22717a9245a26b4355731ab6c396fe2e0d1e4681dbc58066079669834d426a', '/app/workspace/10.99.124.221/lib/refund.service': 'baa77e062279b9eaea98251fcabc539a91663dc6de4273b62d5f3a9ff6332c3e', '/app/workspace/10.99.124.221/lib/sync.service': '859a0739c9ce2bfdb076f5a0b50432e1071959ca77ad563974ce50e4fbac5d4d', '/app/workspace/10.99.124.221/lib/tariff.service': '15bc5dd5e502e1d2f5a8225ea11cc9c0eab628ef298b2b0c9a5a54135ffb442f', '/app/workspace/10.99.124.221/lib/vault.service': '345dc834860514d254c1c1ea8b1785de787f31646c25e3ae399c3236dc1cff62', '/app/workspace/10.99.124.221/lib/wallet.service': '6424f39605cbd338aa6ea24a788fb0c81fdba74cfd04f22ea29ed3028effd82b'}.items():
        assert sha256(path) == digest, path + " changed"


@check('the handover names what was found')
def _():
    handover = json_file("/app/handover.json")
    expected = {'host': '10.99.124.9'}
    assert {key: handover.get(key) for key in expected} == expected
    assert set(handover) == {*expected, "files"}, sorted(handover)


@check('the handover carries the digests of the result files')
def _():
    expected = {name: sha256(path) for name, path in {'intake/report.json': '/app/intake/report.json', 'intake/talkers.csv': '/app/intake/talkers.csv', 'intake/recovered.bin': '/app/intake/recovered.bin', 'workspace/10.99.124.9/order.txt': '/app/workspace/10.99.124.9/order.txt', 'workspace/10.99.124.9/report.json': '/app/workspace/10.99.124.9/report.json'}.items()}
    assert json_file("/app/handover.json")["files"] == expected

main()
