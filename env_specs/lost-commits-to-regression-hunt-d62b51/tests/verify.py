"""Verifier of lost-commits-to-regression-hunt-d62b51. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

@check('the lost branch is back, with its hash')
def _():
    assert git('/app/intake/lantern', 'rev-parse', 'refs/heads/pricing-rework') == 'b70ed5fa3d95eebe3079edbbb4afb325a89c3703'


@check('the other branches stand where they stood, and there are no more')
def _():
    heads = git('/app/intake/lantern', "for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    assert sorted(heads) == ['main', 'pricing-next', 'pricing-rework', 'willow'], heads
    for name, sha in {'main': 'eb56de5be57af1b4a37d0376c54f868cba9f8310', 'willow': 'c413be09be7981b40abc652a31a4a13696fbaa02'}.items():
        assert git('/app/intake/lantern', "rev-parse", "refs/heads/" + name) == sha, name


@check('the new branch is checked out, clean and nothing is half done')
def _():
    assert git('/app/intake/lantern', "symbolic-ref", "HEAD") == "refs/heads/pricing-next"
    assert git('/app/intake/lantern', "status", "--porcelain", "--untracked-files=all") == ""
    for name in ("CHERRY_PICK_HEAD", "rebase-merge", "rebase-apply", "sequencer"):
        assert not exists('/app/intake/lantern' + "/.git/" + name), name


@check('the report is right')
def _():
    report = json_file('/app/intake/restored.json')
    emails = git('/app/intake/lantern', "log", "--format=%ae", "6b62d43583427db50180049b2c44232312849ece..b70ed5fa3d95eebe3079edbbb4afb325a89c3703").split()
    assert report == {"tip": 'b70ed5fa3d95eebe3079edbbb4afb325a89c3703', "base": '6b62d43583427db50180049b2c44232312849ece', "authors": sorted(set(emails)), "skipped": 3}, report


@check('the report: commit and author')
def _():
    report, wanted = json_file('/app/workspace/b70ed5fa3d/findings.json'), {'commit': '7da4c060c7a95003c118bb635b5e85f68e49b61f', 'author': 'carmen.ziegler@zellwood.example'}
    assert {key: report.get(key) for key in wanted} == wanted
    assert set(report) == set(['author', 'bad', 'commit', 'file', 'good', 'ticket'])


@check('the report: ticket and file')
def _():
    report, wanted = json_file('/app/workspace/b70ed5fa3d/findings.json'), {'ticket': 'ARC-1387', 'file': 'finish.py'}
    assert {key: report.get(key) for key in wanted} == wanted
    assert set(report) == set(['author', 'bad', 'commit', 'file', 'good', 'ticket'])


@check('the report: good and bad')
def _():
    report, wanted = json_file('/app/workspace/b70ed5fa3d/findings.json'), {'good': 889562, 'bad': 889574}
    assert {key: report.get(key) for key in wanted} == wanted
    assert set(report) == set(['author', 'bad', 'commit', 'file', 'good', 'ticket'])


@check('main has exactly one new commit, and it says what it fixes')
def _():
    assert git('/app/workspace/b70ed5fa3d/heron', "rev-list", "--parents", "-1", "refs/heads/main").split()[1:] == ['ae8b559fe75f969e77ef1847df83e03930047aec']
    message = git('/app/workspace/b70ed5fa3d/heron', "log", "-1", "--format=%B", "refs/heads/main").strip()
    assert message.splitlines()[-1] == "Fixes: 7da4c060c7a95003c118bb635b5e85f68e49b61f", message


@check('main is checked out, clean, and no bisection is left open')
def _():
    assert git('/app/workspace/b70ed5fa3d/heron', "symbolic-ref", "HEAD") == "refs/heads/main"
    assert git('/app/workspace/b70ed5fa3d/heron', "status", "--porcelain", "--untracked-files=all") == ""
    assert not exists('/app/workspace/b70ed5fa3d/heron/.git/BISECT_LOG')
    assert git('/app/workspace/b70ed5fa3d/heron', "rev-parse", "HEAD~1") == 'ae8b559fe75f969e77ef1847df83e03930047aec'


@check("the commit touches nothing but the culprit's file, and keeps what else was done there")
def _():
    changed = git('/app/workspace/b70ed5fa3d/heron', "diff", "--name-only", "ae8b559fe75f969e77ef1847df83e03930047aec", "refs/heads/main")
    assert changed == 'finish.py', changed
    source = git('/app/workspace/b70ed5fa3d/heron', "show", "refs/heads/main:" + 'finish.py')
    for note in ['explain cwtcw', 'update csb36', 'prepare pxrqq', 'shorten mtxyr', 'tidy 72wrs', 'tidy jeybw', 'tidy k7kh5', 'update tz4gg', 'shorten ygz83', 'tidy 26kur', 'shorten g6h5k', 'follow 2rmz7']:
        assert note in source, note


@check('the folder of 9577e59e59 is as it was')
def _():
    for path, digest in {}.items():
        assert sha256(path) == digest, path + " changed"


@check('the folder of 18baf12da4 is as it was')
def _():
    for path, digest in {}.items():
        assert sha256(path) == digest, path + " changed"


@check('the folder of adc6bfce64 is as it was')
def _():
    for path, digest in {}.items():
        assert sha256(path) == digest, path + " changed"


@check('the handover names what was found')
def _():
    handover = json_file("/app/handover.json")
    expected = {'commit': 'b70ed5fa3d'}
    assert {key: handover.get(key) for key in expected} == expected
    assert set(handover) == {*expected, "files"}, sorted(handover)


@check('the handover carries the digests of the result files')
def _():
    expected = {name: sha256(path) for name, path in {'intake/restored.json': '/app/intake/restored.json', 'workspace/b70ed5fa3d/findings.json': '/app/workspace/b70ed5fa3d/findings.json'}.items()}
    assert json_file("/app/handover.json")["files"] == expected


@check('the new branch carries the commits one for one on top of main')
def _():
    new = git('/app/intake/lantern', "rev-list", "--reverse", "--parents", "eb56de5be57af1b4a37d0376c54f868cba9f8310..refs/heads/pricing-next").splitlines()
    chain = ['eb56de5be57af1b4a37d0376c54f868cba9f8310', *(row.split()[0] for row in new)]
    assert [row.split()[1:] for row in new] == [[one] for one in chain[:-1]], new
    form = "--format=%an <%ae> %at%n%B"
    shown = [git('/app/intake/lantern', "log", "-1", form, one).strip() for one in chain[1:]]
    assert shown == [git('/app/intake/lantern', "log", "-1", form, one).strip() for one in ['7dc094d1341254a1a17ce7fbd52092adf2106f63', '99a4536fd813775fb3d0bafac5b7606b4fa3e05f', '5d86ee3296b79dcb7154deab6a0238e1e7f078fe', 'c97226b158fbc7b8a33c314e62c74004ccfddc6f', 'e4bce7b3f0d9712cb140a9477e1e753b282392fc', 'b70ed5fa3d95eebe3079edbbb4afb325a89c3703']], shown


@check('each commit has its own changes, and the lost lines win')
def _():
    chain = git('/app/intake/lantern', "rev-list", "--reverse", "eb56de5be57af1b4a37d0376c54f868cba9f8310..refs/heads/pricing-next").split()
    assert len(chain) == 6
    added = lambda one: [l for l in git('/app/intake/lantern', "show", "--format=", "-U0", one).splitlines() if l[:1] == "+" and l[:3] != "+++"]
    for new, old in zip(chain, ['7dc094d1341254a1a17ce7fbd52092adf2106f63', '99a4536fd813775fb3d0bafac5b7606b4fa3e05f', '5d86ee3296b79dcb7154deab6a0238e1e7f078fe', 'c97226b158fbc7b8a33c314e62c74004ccfddc6f', 'e4bce7b3f0d9712cb140a9477e1e753b282392fc', 'b70ed5fa3d95eebe3079edbbb4afb325a89c3703']):
        assert added(new) == added(old), new
        assert git('/app/intake/lantern', "show", "--format=", "--name-only", new) == "pricing.conf"
    found = git('/app/intake/lantern', "show", "refs/heads/pricing-next:pricing.conf").splitlines()
    assert [row for row in found if " = " in row] == ['retries = 31', 'timeout = 398', 'batch_size = 61', 'window = 14', 'backoff = 67', 'workers = 74', 'queue_depth = 3621', 'max_age = 1017', 'threshold = 2329', 'burst = 5641'], found


@check('the results are the right ones again, and the options work')
def _():
    for number, result in zip([1036, 1042, 1974, 3119, 3144, 3429, 3612, 4037, 4251, 4252, 4357, 4785], [32099, 32286, 61197, 96715, 97500, 106333, 112013, 125195, 131835, 131868, 135122, 148402]):
        argv = ["python3", "-B", 'archive.py', str(number), *['--unit-4ucp', '--trace-fnjk', '--trace-wx8d']]
        code, out, err = run_agent_program(argv, cwd='/app/workspace/b70ed5fa3d/heron')
        assert (code, out.strip()) == (0, str(result)), (number, out, err[-200:])

main()
