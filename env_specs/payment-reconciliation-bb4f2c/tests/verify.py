"""Verifier of payment-reconciliation-bb4f2c. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('the table is right')
def _():
    assert lines('/app/invoices.csv') == ['number,status,received', 'RE10375,paid,48737', 'RE10947,paid,535207', 'RE13952,paid,35725', 'RE18835,paid,74679', 'RE19010,under,860394', 'RE19705,under,10564', 'RE20091,paid,21110', 'RE22604,paid,59242', 'RE29416,paid,35707', 'RE34388,paid,535008', 'RE36356,over,37725', 'RE42505,paid,819022', 'RE45937,over,37725', 'RE46684,paid,35707', 'RE49931,paid,812202', 'RE53097,paid,375165', 'RE54184,open,0', 'RE58618,paid,289754', 'RE60183,paid,59242', 'RE61070,paid,48586', 'RE69445,open,0', 'RE70428,paid,86960', 'RE71601,paid,607521', 'RE75782,under,59223', 'RE77704,under,59223', 'RE80595,over,465073', 'RE86886,paid,465852', 'RE88966,paid,149367', 'RE90125,paid,21128', 'RE93982,paid,43901']


@check('the report: paid, over, under, open')
def _():
    report, wanted = json_file('/app/reconciliation.json'), {'paid': 21, 'over': 3, 'under': 4, 'open': 2}
    assert {key: report.get(key) for key in wanted} == wanted
    assert sorted(report) == ['missing_cents', 'open', 'over', 'paid', 'unassigned', 'under', 'worst_customer']


@check('the report: unassigned')
def _():
    report, wanted = json_file('/app/reconciliation.json'), {'unassigned': ['T129548', 'T259038', 'T346258', 'T352863']}
    assert {key: report.get(key) for key in wanted} == wanted
    assert sorted(report) == ['missing_cents', 'open', 'over', 'paid', 'unassigned', 'under', 'worst_customer']


@check('the report: missing_cents, worst_customer')
def _():
    report, wanted = json_file('/app/reconciliation.json'), {'missing_cents': 388424, 'worst_customer': 'walnut'}
    assert {key: report.get(key) for key in wanted} == wanted
    assert sorted(report) == ['missing_cents', 'open', 'over', 'paid', 'unassigned', 'under', 'worst_customer']


@check('the inputs are as they were')
def _():
    for path, content in {'/app/statements/account-1.csv': 'date;reference;amount;text\n2023-03-06;T783822;-316,22;refund RE90125\n2023-03-20;T657132;5.352,07;transfer\n2023-03-26;T202821;-309,84;refund RE71601\n2023-03-29;T949223;211,28;deposit\n2023-04-05;T631388;869,60;payment RE-70 428 order\n2023-04-07;T638697;1.783,36;payment RE-34 388 order\n2023-04-10;T592727;3.566,72;payment RE-34 388 order\n2023-04-15;T406465;592,23;your no. re75782 order\n2023-04-16;T669983;487,37;your no. RE10375 transfer\n2023-04-17;T932442;592,23;ref re77704 transfer\n2023-04-18;T658770;746,79;your no. RE-18 835 transfer\n2023-04-19;T880781;377,25;ref RE 45937 transfer\n2023-04-19;T880781;377,25;ref RE 45937 transfer\n2023-04-21;T140498;211,10;ref RE20091 transfer\n2023-04-22;T295309;377,25;payment RE 36356 thanks\n2023-04-24;T496946;1.493,67;ref re88966 thanks\n2023-04-24;T496946;1.493,67;ref re88966 thanks\n2023-04-29;T614337;2.897,54;your no. RE58618 transfer\n2023-04-29;T614337;2.897,54;your no. RE58618 transfer\n2023-05-06;T159940;105,64;payment re19705 order\n2023-05-06;T606413;8.190,22;payment re42505 thanks\n2023-05-06;T328485;592,42;payment RE60183 thanks\n2023-05-07;T352863;439,19;deposit\n2023-05-08;T196082;357,07;payment RE 46684 thanks\n2023-05-11;T585236;3.751,65;invoice re53097\n2023-05-12;T140288;592,42;payment re22604 order\n2023-05-12;T140288;592,42;payment re22604 order\n2023-05-14;T649811;119,08;ref RE13952 order\n2023-05-15;T346258;3.290,66;monthly fee\n2023-05-15;T331997;4.650,73;ref RE80595 transfer\n2023-05-17;T637269;238,17;ref RE13952 order\n2023-05-17;T135849;8.122,02;thank you\n2023-05-17;T328546;4.658,52;your no. RE86886 thanks\n2023-05-18;T758042;439,01;your no. re93982\n2023-05-20;T835225;-790,71;refund RE49931\n2023-05-26;T129548;487,37;transfer\n2023-05-26;T351669;485,86;payment RE-61 070 thanks\n2023-05-26;T249125;6.075,21;ref RE 71601 transfer\n2023-05-29;T259038;592,42;deposit\n2023-06-04;T193390;8.603,94;ref RE19010 order\n2023-06-07;T480967;357,07;ref re29416\n'}.items():
        assert text(path) == content, path
    rows = sqlite('/app/books.db', "SELECT number, cents FROM invoices ORDER BY number")
    assert rows == [('RE10375', 48737), ('RE10947', 535207), ('RE13952', 35725), ('RE18835', 74661), ('RE19010', 860413), ('RE19705', 21128), ('RE20091', 21128), ('RE22604', 59242), ('RE29416', 35725), ('RE34388', 535008), ('RE36356', 35725), ('RE42505', 819022), ('RE45937', 35725), ('RE46684', 35725), ('RE49931', 812202), ('RE53097', 375147), ('RE54184', 48737), ('RE58618', 289754), ('RE60183', 59242), ('RE61070', 48604), ('RE69445', 329066), ('RE70428', 86960), ('RE71601', 607503), ('RE75782', 59242), ('RE77704', 59242), ('RE80595', 463073), ('RE86886', 465870), ('RE88966', 149367), ('RE90125', 21128), ('RE93982', 43919)]

main()
