"""Verifier of firewall-shadow-779f30. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('dead.txt names the dead rules in order')
def _():
    assert lines('/app/dead.txt') == ['r110', 'r140', 'r150', 'r200', 'r210', 'r220', 'r240', 'r260', 'r310', 'r320', 'r330']


@check('the packets that a rule decides are judged right')
def _():
    found = lines('/app/decisions.csv')
    assert len(found) == 51 and found[0] == "packet,action,rule"
    for row in ['p3879,deny,r160', 'p3369,allow,r100', 'p7461,deny,r30', 'p7765,deny,r270', 'p7355,allow,r100', 'p6522,allow,r120', 'p7605,deny,r30', 'p2054,allow,r180', 'p1992,allow,r250', 'p8419,deny,r270', 'p9081,allow,r170', 'p0966,allow,r100', 'p4299,allow,r90', 'p3991,deny,r30', 'p3560,allow,r100', 'p5235,allow,r190', 'p6115,allow,r290', 'p3674,deny,r280', 'p0397,deny,r280', 'p6712,deny,r60', 'p2222,deny,r280', 'p3813,allow,r100', 'p4711,deny,r280', 'p3742,allow,r100', 'p2353,allow,r130', 'p0338,deny,r70', 'p4058,allow,r190', 'p5741,deny,r280', 'p6713,allow,r290', 'p9329,allow,r100', 'p0327,allow,r120', 'p7703,allow,r100', 'p3472,deny,r280', 'p9007,deny,r30', 'p3220,allow,r120', 'p1246,deny,r300']:
        assert row in found, row


@check('the packets that the default decides are judged right')
def _():
    found = lines('/app/decisions.csv')
    assert len(found) == 51 and found[0] == "packet,action,rule"
    for row in ['p2034,deny,default', 'p0300,deny,default', 'p3078,deny,default', 'p6133,deny,default', 'p7741,deny,default', 'p2450,deny,default', 'p2257,deny,default', 'p5798,deny,default', 'p7316,deny,default', 'p7242,deny,default', 'p6317,deny,default', 'p8957,deny,default', 'p4378,deny,default', 'p4488,deny,default']:
        assert row in found, row


@check("decisions.csv keeps the packets' order")
def _():
    assert [x.split(',')[0] for x in lines('/app/decisions.csv')[1:]] == ['p3879', 'p2034', 'p3369', 'p0300', 'p7461', 'p7765', 'p7355', 'p6522', 'p3078', 'p7605', 'p6133', 'p7741', 'p2054', 'p2450', 'p1992', 'p8419', 'p9081', 'p0966', 'p4299', 'p3991', 'p3560', 'p5235', 'p2257', 'p6115', 'p3674', 'p5798', 'p0397', 'p6712', 'p2222', 'p7316', 'p7242', 'p3813', 'p4711', 'p3742', 'p2353', 'p0338', 'p4058', 'p6317', 'p8957', 'p4378', 'p5741', 'p6713', 'p9329', 'p0327', 'p7703', 'p3472', 'p4488', 'p9007', 'p3220', 'p1246']


@check('rules.lean.conf is the rule set without dead rules and rules that are off')
def _():
    assert lines('/app/rules.lean.conf') == ['# partners (cbarros)', 'r30: deny udp from @invoice to @tracker port 22', 'r40: allow tcp from @invoice to 10.41.48.0/20', 'r50: deny any from 10.40.37.64/26 to 10.41.28.0/24 port 5432', '# legacy', 'r60: deny any from 10.40.0.0/22 to 10.40.32.0/20 port 80', 'r70: deny udp from 10.43.33.128/26 to 10.43.53.0/24 port 25', 'r80: allow any from 10.40.0.0/20 to 10.42.48.0/20 port 22', 'r90: allow tcp from 10.43.60.0/24 to 10.40.24.0/22 port 25', 'r100: allow any from 10.41.20.0/22 to 10.40.24.0/23 port 53', '# legacy (gbauer)', 'r120: allow any from 10.41.20.0/22 to 10.40.26.0/24 port 53', '# legacy (bvarga)', 'r130: allow any from 10.41.20.0/22 to 10.40.27.0/24 port 53', '# migration, temporary (dlindgren)', 'r160: deny udp from 10.41.0.0/22 to 10.41.0.64/26', 'r170: allow tcp from 10.42.45.128/26 to 10.41.63.0/25 port 1-3103', '# backup (tfischer)', 'r180: allow tcp from 10.42.45.128/26 to 10.41.63.0/24 port 1-3373', 'r190: allow tcp from 10.42.45.128/26 to 10.41.63.0/24 port 3374-65535', '# do not touch (ikaplan)', '# partners', 'r230: allow udp from 10.43.32.0/20 to @refund port 8000-8099', 'r250: allow udp from 10.42.32.0/20 to @refund port 53', 'r270: deny tcp from 10.40.28.0/22 to @invoice port 53', 'r280: deny tcp from 10.40.32.0/20 to 10.40.4.128/26 port 1024-65535', 'r290: allow any from 10.40.28.0/22 to @tracker port 8000-8099', '# legacy', 'r300: deny tcp from @docs to 10.41.36.128/26 port 53', '# for the audit', '# migration, temporary', 'r340: deny udp from 10.41.20.0/22 to 10.40.24.0/21 port 53']


@check('rule set and packets are unchanged')
def _():
    for path, digest in {'/app/firewall/rules.conf': 'b517e160a295dfd7da1d5b23254a92e01eeb3a842ec6aacc59b357be9bd276f4', '/app/firewall/groups.conf': '9ddfc817df3182e8774d64daeb7f65203fcdfa8ca773f632e7c186835c65a205', '/app/firewall/README.md': '64e9c8942d013b47d0369b50a3d940c48d8c428daa28116c5b1d3c7a365717a8', '/app/packets.csv': '1f7607be589917967ce4fc9d69be572960e062fdac963328b2794c23924b66b3'}.items():
        assert sha256(path) == digest, path + " changed"

main()
