"""Verifier of make-repair-to-cache-miss-hunt-66bd32. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

def in_copy(folder, script):
    # In a copy that the unprivileged user owns; gives what the script printed.
    head = 'set -e; umask 022; d=$(mktemp -d); trap "rm -rf $d" EXIT; cp -r "$0" $d/p; cd $d/p; '
    done = sh(["bash", "-c", head + script, folder], timeout=50)
    assert done.returncode == 0, done.stderr[-300:]
    return done.stdout

rebuilds = {}

def rebuilt(change):
    # What `make` makes anew after a change: the objects, and the program if it links.
    if not rebuilds:
        for one in in_copy('/app/intake/quartz', 'make >&2; echo "= a header that others include"; find . -exec touch -d 2024-01-01 {} +; touch -d 2024-01-02 stamp; touch -d 2024-01-03 src/common.h; make >&2; find . -name "*.o" -newer stamp -printf "%f\\n" | LC_ALL=C sort | paste -sd" "; find transit -newer stamp; echo "= a module\'s header"; find . -exec touch -d 2024-01-01 {} +; touch -d 2024-01-02 stamp; touch -d 2024-01-03 src/billing.h; make >&2; find . -name "*.o" -newer stamp -printf "%f\\n" | LC_ALL=C sort | paste -sd" "; find transit -newer stamp; echo "= the settings"; find . -exec touch -d 2024-01-01 {} +; touch -d 2024-01-02 stamp; sed -i \'s/^SALT.*/SALT 77/\' gen/limits.conf; touch -d 2024-01-03 gen/limits.conf; make >&2; find . -name "*.o" -newer stamp -printf "%f\\n" | LC_ALL=C sort | paste -sd" "; find transit -newer stamp; echo "= the generator"; find . -exec touch -d 2024-01-01 {} +; touch -d 2024-01-02 stamp; touch -d 2024-01-03 gen/mklimits.sh; make >&2; find . -name "*.o" -newer stamp -printf "%f\\n" | LC_ALL=C sort | paste -sd" "; find transit -newer stamp').split("= ")[1:]:
            title, *made = one.splitlines()
            rebuilds[title] = made
    return rebuilds[change]

@check('the results are right')
def _():
    assert lines('/app/intake/results.txt') == ['468485 184.957', '489137 120.187', '256056 170.209', '894036 282.016', '149835 130.111', '672617 203.337', '488591 259.097', '619864 194.376', '773928 175.417', '61375 179.625', '631111 192.608', '892209 170.710', '336550 101.691', '920175 260.569', '429000 212.492', '499877 235.132', '870498 216.998', '914250 185.394', '261675 282.128', '248167 288.125', '823735 253.779', '171645 239.906', '460704 292.512', '464478 169.334', '703640 274.119', '381868 248.638', '205950 244.348', '751571 249.199', '448932 234.519', '610109 238.174', '153115 241.831', '128189 285.678', '247812 83.624', '913364 235.553', '935088 194.861', '558746 213.612', '687682 36.986', '236909 250.010', '687821 297.030', '489201 270.832']


@check('nothing but the makefile has changed, and nothing of a build is left')
def _():
    for path, content in {'/app/intake/quartz/src/billing.h': 'unsigned long billing(unsigned long value);\n#define BILLING_A 19UL\n', '/app/intake/quartz/src/billing.c': '#include "billing.h"\n#include "common.h"\n\nunsigned long billing(unsigned long value) {\n    value += SALT;\n    return value * BILLING_A + 294;\n}\n', '/app/intake/quartz/src/identity.h': 'unsigned long identity(unsigned long value);\n#define IDENTITY_A 65UL\n', '/app/intake/quartz/src/identity.c': '#include "identity.h"\n#include "common.h"\n\nunsigned long identity(unsigned long value) {\n    value += SALT;\n    return value + (value >> 3) * IDENTITY_A + 560;\n}\n', '/app/intake/quartz/src/image.h': 'unsigned long image(unsigned long value);\n#define IMAGE_A 40UL\n', '/app/intake/quartz/src/image.c': '#include "image.h"\n\nunsigned long image(unsigned long value) {\n    return value ^ (IMAGE_A << 7) ^ 351;\n}\n', '/app/intake/quartz/src/ledger.h': 'unsigned long ledger(unsigned long value);\n#define LEDGER_A 48UL\n', '/app/intake/quartz/src/ledger.c': '#include "ledger.h"\n\nunsigned long ledger(unsigned long value) {\n    return value + (value >> 3) * LEDGER_A + 261;\n}\n', '/app/intake/quartz/src/notify.h': 'unsigned long notify(unsigned long value);\n#define NOTIFY_A 9UL\n', '/app/intake/quartz/src/notify.c': '#include "notify.h"\n\nunsigned long notify(unsigned long value) {\n    return value + (value >> 3) * NOTIFY_A + 841;\n}\n', '/app/intake/quartz/src/profile.h': 'unsigned long profile(unsigned long value);\n#define PROFILE_A 83UL\n', '/app/intake/quartz/src/profile.c': '#include "profile.h"\n#include "common.h"\n\nunsigned long profile(unsigned long value) {\n    value += SALT;\n    return value + (value >> 3) * PROFILE_A + 87;\n}\n', '/app/intake/quartz/src/roster.h': 'unsigned long roster(unsigned long value);\n#define ROSTER_A 93UL\n', '/app/intake/quartz/src/roster.c': '#include "roster.h"\n\nunsigned long roster(unsigned long value) {\n    return (value << 5) - value + ROSTER_A * 140;\n}\n', '/app/intake/quartz/src/vault.h': 'unsigned long vault(unsigned long value);\n#define VAULT_A 64UL\n', '/app/intake/quartz/src/vault.c': '#include "vault.h"\n#include "common.h"\n\nunsigned long vault(unsigned long value) {\n    value += SALT;\n    return value * VAULT_A + 899;\n}\n', '/app/intake/quartz/src/common.h': '#include "limits.h"\n#define SCALE 3\n', '/app/intake/quartz/src/main.c': '#include <stdio.h>\n#include <math.h>\n#include "common.h"\n#include "billing.h"\n#include "identity.h"\n#include "image.h"\n#include "ledger.h"\n#include "notify.h"\n#include "profile.h"\n#include "roster.h"\n#include "vault.h"\n\nint main(void) {\n    unsigned long value;\n    while (scanf("%lu", &value) == 1) {\n        for (int i = 0; i < ROUNDS; i++) {\n            value = billing(value);\n            value = identity(value);\n            value = image(value);\n            value = ledger(value);\n            value = notify(value);\n            value = profile(value);\n            value = roster(value);\n            value = vault(value);\n        }\n        printf("%lu %.3f\\n", value % 1000003UL, sqrt((double)(value % 10007UL)) * SCALE);\n    }\n    return 0;\n}\n', '/app/intake/quartz/gen/limits.conf': 'ROUNDS 7\nSALT 2544\n', '/app/intake/quartz/gen/mklimits.sh': "#!/bin/sh\n# Makes a header from limits.conf (standard input to standard output).\nsed -n 's/^\\([A-Z]*\\) \\([0-9]*\\)$/#define \\1 \\2UL/p'\n", '/app/intake/quartz/NOTES.txt': 'transit: reads numbers, prints results.\n', '/app/intake/input.txt': '963676755\n783266708\n813107853\n861356099\n208338212\n381693472\n508283786\n186673415\n380766813\n5536666\n450004934\n865872413\n85238294\n112367232\n381906171\n694669596\n382078009\n421985049\n973451997\n240351460\n340632688\n237819887\n776501928\n969927257\n514960836\n12767331\n423582766\n582253182\n690172361\n930331280\n717579752\n674702851\n837494164\n514454192\n418698593\n2938499\n21462760\n866511636\n561139262\n363886698\n'}.items():
        assert text(path) == content, path
    there = sorted(str(path) for path in Path('/app/intake/quartz').rglob("*") if not path.is_dir())
    assert there == ['/app/intake/quartz/Makefile', '/app/intake/quartz/NOTES.txt', '/app/intake/quartz/gen/limits.conf', '/app/intake/quartz/gen/mklimits.sh', '/app/intake/quartz/src/billing.c', '/app/intake/quartz/src/billing.h', '/app/intake/quartz/src/common.h', '/app/intake/quartz/src/identity.c', '/app/intake/quartz/src/identity.h', '/app/intake/quartz/src/image.c', '/app/intake/quartz/src/image.h', '/app/intake/quartz/src/ledger.c', '/app/intake/quartz/src/ledger.h', '/app/intake/quartz/src/main.c', '/app/intake/quartz/src/notify.c', '/app/intake/quartz/src/notify.h', '/app/intake/quartz/src/profile.c', '/app/intake/quartz/src/profile.h', '/app/intake/quartz/src/roster.c', '/app/intake/quartz/src/roster.h', '/app/intake/quartz/src/vault.c', '/app/intake/quartz/src/vault.h'], there


@check('the list of misses is right')
def _():
    assert lines('/app/workspace/418698593/misses.csv') == ['target,key,cause', '//app/44sec:pack,be487013f0c04b43bf9bb530f6223935be00967487150a05d22a470deeb05518,upstream', '//app/5b2tw:objs,ce9139430a3f59b1d759f9ad3ca9ab5e7fb67c67d8631d83fddc610f12ebcebd,upstream', '//app/6mu2b:gen,e6ceb07e1119be52c579fa2cb9dfd4f414e129f21fa0d07f042833b1d6891906,upstream', '//app/7k7xx:gen,43496ba04e66081b2a86e8c325205c65974e06c609ab717098cd71358c49d32f,upstream', '//app/ak5nt:pack,f0dc3faab410a42bc0f433c26799f3c4bcbeda85ab6697b5dc9d48715afb6a1c,upstream', '//app/cr8t8:pack,a61ac522bfb8e7e4931394f55f5fc358a05e522748e249b30b2210e3433ce69e,upstream', '//app/dvfe6:link,32028e49939ccc36bb195edac13369044fd49a59f97cc111e3fe036847bd48d7,source', '//app/evsur:objs,1afadb2cd7eab3733458ee43ce4db66d70e067ebd6921d0a5065b0cccd38cb50,upstream', '//app/mcmw7:objs,f768d2694c2e6e74a0d1db0c37cc8728ff4dfef20476ac5dfa7843616b467f9c,upstream', '//app/pe6ff:gen,2fd540282099fc3f6bbe4877ceff294ec57addcbb2cd19aee8f80a6530fda75e,upstream', '//app/psa2h:link,0cff45cbf83c3091f204d6f4d48f463efa7d371859b8a7d10b3ef9a1552f39e3,upstream', '//app/sahrs:gen,71e453929773fb5aac0ce0ba5cf233015f543e4c372df789a4d23817f0039b6c,env', '//app/swxyd:gen,ae91fef677552a5d571adcab0e04fbeeaabc89b08c33850621617939ecd61ce8,upstream', '//app/txzch:objs,7577baee114d449027f656a9676a27b30b7b98cc3fcfef800a5ac81214736b88,upstream', '//app/u7jxv:pack,c998f0285fdbc076aa2f0ba255e052f2fa1792fb41d583c425616b537753bf5f,command', '//app/zbhrq:link,5e6ec185c8e62d31689361595283663c2746281763b2ecc4704f5cc14d503d5d,upstream', '//app/zfzg9:objs,9fb98e3aff60ff0504396b2b28e968d762bfb8466b9092eb18b819a29ff87c7a,upstream', '//lib/2efjp:pack,5f6c473190d8f9bea751892cf81c9cb65a8424ad3512f6b395336936da5a9e99,upstream', '//lib/33cy9:gen,59b79916ab57736fbf4ecfcff98b65b198448ba76ce53182293baf9a654f07ef,command', '//lib/5r7xh:gen,951fa199a358d804601c9d3f2e023516aca0b7bad0176207a38fe2dc059de02f,upstream', '//lib/65kmu:gen,7c230c826a00fecad421281c1bf6284044327c2264c10080b3ea3c27cd0281af,upstream', '//lib/68k4e:objs,ef09f89e4a5fa508d0dc67067f13224c931bf537610761135d7b46cc55d4c709,upstream', '//lib/6jxfy:link,a6f44c7d29c767d8ea6b8947856a9c0d5098fab8b757c35a1e2e78fe2cffab5b,upstream', '//lib/7ed4r:pack,ae1ad63c088ca4f310bbf5c32501497406bc8f8d93cd9c6d1880d96826dbfb25,upstream', '//lib/95zn8:objs,47e096b2466df72011d9e79769d47af282e973c5655f561a900e9a8a02305e76,source', '//lib/9anc3:pack,807034687bf16bddf783793fa1e46a504d7d974bd92fe9269809c5265ad6f7dc,upstream', '//lib/9nge7:objs,fdbc29e3a387c65fd51eba8cf17e39bbd65c051436af9e4362dea2a1effed935,new', '//lib/bw7f4:link,781e8372160889ef17e57ed27302a282cf382da048f8a9274cb7b7ff6f6882be,upstream', '//lib/f5r3p:gen,c2df2de59a3c59662d92b4c2a4785897a918d41b1cbf00ba8bf6dc764a949157,upstream', '//lib/htk5z:objs,9f331b9a6dc940f53000b8ec4ff551187dd7f60b8401b950d547d185e787621a,upstream', '//lib/m5b3a:objs,15dc5eadfde36bf7fb436f2575e414430cc994f5b4d9afd414a38c395a826ea4,source', '//lib/mjmgn:objs,3e73c6aea553647fc65ec517bd58592afe41100d55c8ca337aff1abdd92a9c01,upstream', '//lib/q3pfp:gen,5cd23cb2904f27bcf2b641e9ddf5a5fdcabe34d51c7d074aeef1d28269dfcc37,upstream', '//lib/rmtnq:gen,45e9e2a49707003402032918a6f27ffd5ea0dff3486b7390efc78b9e96422d8d,upstream', '//lib/tpb85:link,f3646171d2cf2519824f5d3c9d542133d63d393d0d0d2c4b0d817a06aedf7c11,source', '//lib/u3zhh:gen,4a19827ad354ef3e0bb644e6d86b83b7dd504175f3ef6c149560ea5b1d2d8d6b,upstream', '//lib/wrgy4:objs,15f1b1b5e80ac9ef68fa77319812e2d92a92285c4a06a6490ab8301b6a73460a,upstream', '//net/4wjhb:gen,2125f7cb98f2ef741d091dceae93f72c559718d8c64d4f24bfb9e2b968a5ee76,upstream', '//net/53a8p:objs,af7657976db1e3a57c6789377be3b28b8a2bb9c82d1568529421f56c22d8ce23,upstream', '//net/7hsq6:link,9f140ecf682870568cd3fb4bce551504ae917982f08f17c7f705080ff255e3c1,command', '//net/bg8h2:pack,113e8c50107e7ca0c00f0c6bd5f6f5c51d53874b1956058c5507d15b38d1b6e1,upstream', '//net/cfvsf:link,d0c87397f23eeb9a3cc8c6e320473a0dbfa4d7cb1976c92903eb69127a26eb21,upstream', '//net/d5nyw:gen,64e84298ac618496efe650ef14a412b65fbc411cb0764e46a05d0114606212a8,upstream', '//net/ddvx5:gen,0ccfb1a4978a6f7e6d4cb520c8317295a9443f5e0d7447c18f4b534a43882e96,upstream', '//net/drwd4:link,36bdf3d6f530bbf0a68bdf808157f91a72a86156ffc9468aae91f3e48cf7f16d,upstream', '//net/f5mgy:link,3118a450853ca5036835f431ba163781262e969589baf370e35fbbdf7b784f0f,upstream', '//net/f6fud:link,e8d42500d82051eec623c4e92f57099a779d0ff1f07e7768e6921472bd9a5375,upstream', '//net/fdvxn:objs,d50518002cf713e5da7087eb2e82f2927a2a3864e0212afbab69d663f0d2178b,source', '//net/fn6ej:pack,20db9dac07d4dc18c355bacf129b2357dd4e61c7d7fd41efdc448c0ee609937b,upstream', '//net/gdvcq:pack,b8be2cbc742037881e97811dd582f97b4c228514e4824744a69f86776cd5f580,upstream', '//net/h7cye:gen,ef604c7b7c1c61a2f13d3d8e59723b95a96f0148d8c1e1929b1ec15bd7c156d4,upstream', '//net/hjeck:objs,126336abc958a625318f7eced5727d62df7ce9a9abfebe5951b21b34e738b5fb,upstream', '//net/k6pw2:gen,79a12d7626cab415644d48a26573e517f96c05dd548f02c3a03cec7ecb24cf83,upstream', '//net/ne7ku:pack,08cdc49d413cd70b1c4ab1daf7b00ca0945a51397a01e6b3967a43da5cfb77a5,upstream', '//net/newwg:pack,dd89f8b017b7daff9159db4d1e0a289e06f16c099cfe179db579508be469e854,upstream', '//net/teuzu:pack,3bc08e481d58b8cb4f574451b85186f734da7282e6b5928cf070dd7ab06ac052,upstream', '//net/u62wt:pack,fa78de9b1e1f8f9c1e258d5c75787c0475839f026fb9e8f4aed200aa6763deb3,new', '//net/vgac8:gen,3a89092d51f75a658c0422daef1f0a4d968983f2aa6b04524c78743412a23390,upstream', '//net/w6he7:link,59c5e28e3e0d36b02ca29460d1974d1a9d92500f2d9996ca541cf33249b61372,upstream', '//net/w96sg:link,41688096245d6ae233aeae9bcff6c3b8022af663c1054b70cf8b3c76a31173ef,source', '//net/wfsap:objs,0b7716cee4440240f884a9d3d9f6cb3a596d78be5a266dd181512d6f1672ed4a,source', '//net/xy5rn:link,0b79c8c37e4968ef258dfb6a6aca13e2e26ceccfbee0e2d33d7069d7d113f856,upstream', '//net/z5sem:link,fe10d39ab2d4969cc874be2b4c8a226f7073bf785982b428e0368199d57b20c8,new', '//net/znj8b:link,4fc874a323115267fdad99e93e234cfc92ec1c48d18d146af0f16e4ad215eee3,upstream', '//tools/2jjbd:gen,fcb35143dd6394e6e49b0fb195ba2ce2d7b7b931bbb9322697d677fb91fa7634,command', '//tools/2uzbv:pack,a54a0692fc6348772dcee5342ceebdb24d01d145f72285adbbfff632767da936,upstream', '//tools/4g9p5:pack,f0fc923c6c1e3677cbf76e8671dc9de1df357be1d53dadb8b996b4cbbe47decf,upstream', '//tools/639np:objs,db1e3eb507de5f2f1c8986f14f8a67eba90085de44807a032225ec5f384b23cd,upstream', '//tools/6ugnr:gen,0f140f42cc3ce13f9a173ca95ea70245909e51bdb36bee4ef7a0e9d1334fbb1e,upstream', '//tools/72hmu:pack,956fd611a735670bf7b33ab84fe2a1198361b753e815784ca7c24f8e5219cb21,upstream', '//tools/8q2wz:link,6dd6b11dcfec79eb823871c04feccdcf8660a1afb98a7246bef7006736901120,upstream', '//tools/cg9y4:objs,1887eb14f43a829985192f18da6bddebbe95ab662cde4cad42211fa914f51847,upstream', '//tools/dp44u:pack,7051335f0f9dba838f56019bfdc822781197ea1acb96a573c29873cbb9f095f2,env', '//tools/fh2zj:objs,742b8abdbb428773e437dbc0cc3ac0f41f55dab643279aa141dab94c2518fa7c,env', '//tools/gx8bc:link,764cc256c5e897a3b1cdf6efb4bd29ffd80f2880d19b016c2aa2aa7ba4ce47b0,upstream', '//tools/hqncf:pack,5e0cd8a822770d0054ca55a6d3e9b718fa3a4adf4a155d1ba0f4ae095bd40ef0,upstream', '//tools/ke6m4:pack,4f722fd5ac2e62e00f6fae5c3254034655ea690f74c8bcf7aa2db12562d90165,upstream', '//tools/nn8hu:link,6f6250f0cec26e2850b769071d0204d1cd1be2091df8d4968a0daa07f1cbdac2,source', '//tools/p2pwn:link,c7603e68798997ba4ab9da8bc44deb183988cd01693e83a685bee5370a709209,upstream', '//tools/qfu3h:link,ac5831f00ad001cd117b610dca28458739110a4c65f355e3ca2bffa9c74adb38,upstream', '//tools/t2yf2:gen,6e9e37d110867616e129a19a3e345f5557e2f306ad4c0a0e4a24dc3b75766412,upstream', '//tools/u5q64:objs,8d78816c0edc525eeb0c18f34f65455eb365b6020e0981d416633a367ffd3024,upstream', '//tools/u88yp:objs,31aaa8a9ab1e29787311452d187ba4e248cd57b2e30eea2603d5e1f07dfb4c7e,upstream', '//tools/yjgcd:link,a1ada1d8cabbc58b1da3e6850261cf0467a772ef03a527ae6e22c66ca2452dff,upstream', '//tools/zkvr8:pack,d2407ede8c7abbd2919f0d84e6f6d67c16e0fa51de21809517d68c0e41dc4461,upstream', '//tools/zy8g3:link,a0bd1249c61f73ccdb7083ae0884c6f3a1a24469b91a13e03ea0f1fdfe26e425,upstream', '//ui/2p5tn:gen,2701f7fb96de97bcea3edba5462cf2dfbc3f28557a0887eef0e06c7a651c1d4f,upstream', '//ui/62chh:objs,c722b267eac680714decb8f9423d5d7905dafdc0102fd05d428fff0a2ed0e706,upstream', '//ui/66qhq:gen,9237f9c2efa26e654ff3d37e3a3ad44ce58a47970ab7d9c601ea3d6f89ad949d,new', '//ui/6netr:gen,108aae931c06ed8fd17b2b11bea6422a71aa9930fbd1dceeb36de39cf615a7ec,upstream', '//ui/76bv8:objs,8dda3282dd652471480cf3f96d842430b52b0a6c61f3c34d4a27997f00b9e14b,upstream', '//ui/7nmaf:link,2daa79d2d4be627819ed878db4101dee12ce7ba3612c74664df594850e85c167,upstream', '//ui/84rby:objs,52bc6416ad07db08393b4a538c53137d52fe344c8a393734075208807ddb9e45,upstream', '//ui/8bvvx:gen,f2588e54aa0a711f28bbb90d1cf3c1c21132a474faa3b3370b262a63cc0e278a,source', '//ui/9a7ht:pack,da8754642470d68043fbaac7db8ee81db36a42f7aea52ceaa9b33f5e06c98943,env', '//ui/9rdyr:link,6ef94874226a05438268aa8393664351099eaf35355d30d3c18f7f2337363e5c,upstream', '//ui/a9tq7:gen,3492c347ef4b1c36cfa294b183c1530f07b30cfa2cbbc246cac8034ad2258efc,upstream', '//ui/ap27h:link,6eaa2ddf950d479e718695b46dbd99bd4b36fda9651b5f2d56bda91a8d302c6c,upstream', '//ui/e29e5:gen,4f48a59787a578f3ec8b89c542268695de9da0bf520637871032b75143fc0932,upstream', '//ui/e58dv:gen,a03b8648ea1874a7c8540e497098c9ff480de819e5f9165e1378fc96f17c3bb8,upstream', '//ui/ghrtu:gen,eebf3a57f5246e7a2bb63c13a469a557835104ca2f1b5d313f2c6c81e9836bab,env', '//ui/jcvjx:link,0d5f5ce15e79221c51af911062d5bf66ae8bd740840bd23db75793dc0f4bf8b5,new', '//ui/jhgn4:objs,ed11ecea4b5fe05b0a325441766e9ff56fd743811c7e56c1b969fdb8024d5cfa,upstream', '//ui/mpfp4:gen,257300dda36d95e5da657fb5ebe72e81c8031951fbb53d5f29e1cc5f9158f102,env', '//ui/n5fhb:link,a6a95b3b2c90eef108a0634afb08800f99454aceb7dc409981d1cc500db87adc,upstream', '//ui/nes6m:link,b836b7d646b17b54ae229f444c229cab50501bcc133ee0dc228cf6f400766316,upstream', '//ui/nyajb:objs,b26b11050ae3ea19733395965649002f724143de913457bd38a97195b80fae60,upstream', '//ui/qsk3z:gen,1c65154200519b723b00df03740b400e3708fc0ef328d88d11d54741c0a7fc22,upstream', '//ui/qy7yn:pack,920e77d4891848b6c406619e2c52f3f4c630f4710e4a7029b05e7a266bfba9cb,env', '//ui/srfzw:pack,bd20d5d7ca26cec9d7a220bb2e9192ff5cbf9b2b5eef07c7c7371152881bbc28,upstream', '//ui/v342d:pack,3053245d1f75f9ad5e3cadb5dee68616d774632f8bf935473dde7383dc672209,upstream', '//ui/xxswj:pack,c06759e48b15fd65ae4b0273fdc0aa9dc92ac8aeb382359445a801109c1538bc,upstream', '//ui/yam4a:objs,e08bed2cb1d444a407998742c1e71322511eab34fc761cb4ad152192c0926cec,upstream', '//ui/zw332:pack,77e54d7678d6a1ee7e9901ecff6436897a01e4d62d3ca62c9a3b995c2a88e3e8,upstream']


@check('the report: hits, misses, lost_millis')
def _():
    report, wanted = json_file('/app/workspace/418698593/cache.json'), {'hits': 46, 'misses': 114, 'lost_millis': 490018}
    assert {key: report.get(key) for key in wanted} == wanted, report
    assert sorted(report) == ['causes', 'culprit', 'hits', 'lost_millis', 'misses', 'nondeterministic', 'variables']


@check('the report: causes, variables')
def _():
    report, wanted = json_file('/app/workspace/418698593/cache.json'), {'causes': {'command': 4, 'env': 7, 'new': 5, 'source': 9, 'upstream': 89}, 'variables': ['BUILD_STAMP', 'HOSTNAME', 'PATH', 'TZ']}
    assert {key: report.get(key) for key in wanted} == wanted, report
    assert sorted(report) == ['causes', 'culprit', 'hits', 'lost_millis', 'misses', 'nondeterministic', 'variables']


@check('the report: nondeterministic, culprit')
def _():
    report, wanted = json_file('/app/workspace/418698593/cache.json'), {'nondeterministic': ['//net/2uc4s:objs', '//net/t4s85:objs', '//net/xypey:link', '//tools/wtmt5:objs', '//ui/px8d5:gen'], 'culprit': '//net/t4s85:objs'}
    assert {key: report.get(key) for key in wanted} == wanted, report
    assert sorted(report) == ['causes', 'culprit', 'hits', 'lost_millis', 'misses', 'nondeterministic', 'variables']


@check('the records are as they were')
def _():
    import gzip, hashlib
    for path, digest in {'/app/workspace/418698593/builds/b2966.jsonl.gz': '79ac94fe46f5fe4ec2ece0e078f6768553e5950060aaaa0fa1853d8472842b89', '/app/workspace/418698593/builds/b2975.jsonl.gz': 'bbb27e37d7a92d4d8c967f22235f7dba631a25cea5ba67096198434ad3663520'}.items():
        assert hashlib.sha256(gzip.decompress(data(path))).hexdigest() == digest, path


@check('the folder of 963676755 is as it was')
def _():
    for path, digest in {}.items():
        assert sha256(path) == digest, path + " changed"


@check('the folder of 783266708 is as it was')
def _():
    for path, digest in {}.items():
        assert sha256(path) == digest, path + " changed"


@check('the folder of 813107853 is as it was')
def _():
    for path, digest in {}.items():
        assert sha256(path) == digest, path + " changed"


@check('the handover names what was found')
def _():
    handover = json_file("/app/handover.json")
    expected = {'input': '418698593'}
    assert {key: handover.get(key) for key in expected} == expected
    assert set(handover) == {*expected, "files"}, sorted(handover)


@check('the handover carries the digests of the result files')
def _():
    expected = {name: sha256(path) for name, path in {'intake/results.txt': '/app/intake/results.txt', 'workspace/418698593/misses.csv': '/app/workspace/418698593/misses.csv', 'workspace/418698593/cache.json': '/app/workspace/418698593/cache.json'}.items()}
    assert json_file("/app/handover.json")["files"] == expected


@check('a fresh build works, in parallel too, and a second one does nothing')
def _():
    out = in_copy('/app/intake/quartz', "make -j4 >&2; make > second; grep -c gcc second || true; printf '%s\n' 963676755 783266708 813107853 | ./transit")
    assert out.splitlines() == ["0", *['468485 184.957', '489137 120.187', '256056 170.209']], out


@check('after a change of a header that others include, what sees it is compiled again and nothing else')
def _():
    assert rebuilt('a header that others include') == ['billing.o identity.o main.o profile.o vault.o', 'transit'], rebuilt('a header that others include')


@check("after a change of a module's header, what sees it is compiled again and nothing else")
def _():
    assert rebuilt("a module's header") == ['billing.o main.o', 'transit'], rebuilt("a module's header")


@check('after a change of the settings, what sees it is compiled again and nothing else')
def _():
    assert rebuilt('the settings') == ['billing.o identity.o main.o profile.o vault.o', 'transit'], rebuilt('the settings')


@check('after a change of the generator, what sees it is compiled again and nothing else')
def _():
    assert rebuilt('the generator') == ['billing.o identity.o main.o profile.o vault.o', 'transit'], rebuilt('the generator')


@check('clean removes what was built and nothing else, whatever files are called')
def _():
    script = "find . -type f | LC_ALL=C sort > /dev/null; touch clean install all; find . | LC_ALL=C sort > ../before; make >&2; make clean >&2; find . | LC_ALL=C sort | diff ../before - && test -f clean && make all >&2 && test -x transit && echo fine"
    assert in_copy('/app/intake/quartz', script).strip() == "fine"


@check('install puts both files in their places, with their modes')
def _():
    script = "touch install; make install DESTDIR=$d/stage PREFIX=/opt/x >&2; make install DESTDIR=$d/other >&2; cd $d; find stage other -type f -printf '%m %p\\n' | LC_ALL=C sort"
    wanted = [f"{mode} {top}{name}" for top in ("other/usr/local", "stage/opt/x") for mode, name in ((644, "/share/doc/transit/NOTES.txt"), (755, "/bin/transit"))]
    assert in_copy('/app/intake/quartz', script).splitlines() == sorted(wanted)

main()
