"""Verifier of cache-miss-hunt-b07ca2. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('the list of misses is right')
def _():
    assert lines('/app/misses.csv') == ['target,key,cause', '//app/39vqm:pack,b06b25a883cfcb69c93e252dab5fe3f14b33b3dc7fdcebfcf054a1dfe931f8f4,env', '//app/bv9mz:link,f6489de14dcc487be8dbba8cbd181c06ce03a2a5abf985491acb55fdfb2ba78a,upstream', '//app/ctpau:gen,5577119c7f2ba9c33e81da3eb5190caa8d0ac27939bc5ab49840b1348ec96134,command', '//app/h2rtc:pack,e9c1b3cef1b0a0b0b9df3a9da3ee0104651347ac4c4da79f240ca259dfe1b515,upstream', '//app/sr63w:link,d756b1bf6d52c65f84ab192c3982e5243efd77372343ae5f6901f75a4672df8a,upstream', '//lib/62va3:pack,3c2562204a016d99696cd68098bc3099cc7e31bf84594fe3ea8bf1285c945b5b,upstream', '//lib/8wf9h:pack,1f4f02fbb78056734808292084560144ac3e90274157394613f498024346234a,env', '//lib/9fbxm:objs,afa1596e9421e219105b885489cceb69e7abe344a703a8cc859a2192881ef6c0,upstream', '//lib/e89g5:objs,3c2a562aeb9644cd819764072036b797e62cbae90b6fd4e087997ba40912907e,upstream', '//lib/jek9n:link,2bd1fe0a1c30c4b24289e9c999f52694e80dee9bd6c57b0b61b54d60e345663f,source', '//lib/jpsm4:gen,7a4b8b1d8440bd87c37d8da156741d6d816d8560e5a479842839a3968e3382c7,source', '//lib/k5egj:link,0b5f12e764f42d461b1e56b1feaf59690bf0cef4e3d345461ad533bcd66cf5f3,upstream', '//lib/nu2wy:link,7d95f33cfd9310fe6b12b228219ccfaf139406f6a1371295460da0c54d6ffced,upstream', '//lib/v9jcy:objs,42e7025e52e43c4b73ebf3d488919c285c25d8396a1c8cde0b51fde114505b6d,new', '//lib/xn33f:gen,b6595358d60288406594d760ba441aafb4637d91c4e6821fa6d24c02d1ba6771,upstream', '//lib/xys8r:gen,3e4d3e9fa1440048e22d23dd9ed9c596b99bf26d149d86fe65d9d54023d615bf,upstream', '//lib/yk6tt:pack,de915b6f2e5bde846ece4a26df1e95d42ef296d39ea4fe7cb85c735bab3f4392,env', '//net/3cxg2:objs,a41134a268bac67a22750baa9ac04fb9a330d7736f2793c76b641bf7deb8e5d8,upstream', '//net/f6yqs:objs,125bc9b22879582ca230d0773397d3df0b55c4a63e38df5c43a8cf23fa0bb80d,upstream', '//net/qfmdf:gen,e8e77bd1efcb0f6e4ad10611d84055930fc4423388cc37aa9aab139bc601ddd2,upstream', '//tools/f5frk:link,d066c396639fb3f2658243984a622013b475ae76eb13b3e4f719a303b90c7708,new', '//tools/j4smy:pack,0c0b380f7e6bdd21a929a745540da345679523d6bb18ff359b4db0405ddd628c,upstream', '//tools/jfy6f:link,bf55b1a306e84227df46a5a54350d635e1f578a1a42f910ea3eeb0a346f4020f,source', '//ui/42g3e:link,529a617fb5524aaa15d93c9ef2c3dc4c6ba7d3bd629a689586c97be26e2b6d89,upstream', '//ui/7gyaw:objs,4900e7e6f109c4df57c8d5f7c42774c83405d221656814951ae76823a6f1b9a4,upstream', '//ui/nk6f5:gen,488fd6416c55e8c61ff4e1d676397449904ef260a9a85512d201d85b9e2ed9a7,upstream', '//ui/ujaxj:link,76960b9c50b7d4cbbf2f86efe89620e805305b59c23da96dd3d616a7168a74af,upstream']


@check('the report: hits, misses, lost_millis')
def _():
    report, wanted = json_file('/app/misses.json'), {'hits': 35, 'misses': 27, 'lost_millis': 143230}
    assert {key: report.get(key) for key in wanted} == wanted, report
    assert sorted(report) == ['causes', 'culprit', 'hits', 'lost_millis', 'misses', 'nondeterministic', 'variables']


@check('the report: causes, variables')
def _():
    report, wanted = json_file('/app/misses.json'), {'causes': {'command': 1, 'env': 3, 'new': 2, 'source': 3, 'upstream': 18}, 'variables': ['LANG', 'TZ']}
    assert {key: report.get(key) for key in wanted} == wanted, report
    assert sorted(report) == ['causes', 'culprit', 'hits', 'lost_millis', 'misses', 'nondeterministic', 'variables']


@check('the report: nondeterministic, culprit')
def _():
    report, wanted = json_file('/app/misses.json'), {'nondeterministic': ['//tools/zzszs:gen'], 'culprit': '//lib/8wf9h:pack'}
    assert {key: report.get(key) for key in wanted} == wanted, report
    assert sorted(report) == ['causes', 'culprit', 'hits', 'lost_millis', 'misses', 'nondeterministic', 'variables']


@check('the records are as they were')
def _():
    import gzip, hashlib
    for path, digest in {'/app/builds/b2841.jsonl.gz': 'f6536143e4b8152eee20fe34ef0fc6957ee4cff3d0bba357e73c5a0275b55e4c', '/app/builds/b2845.jsonl.gz': 'd654299befd577b7cc63e3bf9db2cdf1330c2ed5743a8bca10f844a7fc4bd894'}.items():
        assert hashlib.sha256(gzip.decompress(data(path))).hexdigest() == digest, path

main()
