"""Verifier of ensemble-drift-62fc5f. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

import hashlib, os

@check('runs.csv has the length and the verdict of every run')
def _():
    pick = lambda row: [row.split(",")[k] for k in (0, 1, 2, 5)]
    assert list(map(pick, lines('/app/runs.csv')[1:])) == list(map(pick, ['delta-68,95,1900,-853.0028,-1.193,ok', 'fathom-29,95,1900,,,diverged', 'kestrel-85,54,1080,,,incomplete', 'quartz-64,95,1900,-763.9881,12.654,drifting', 'saffron-27,95,1900,-731.9989,0.045,ok', 'tundra-46,95,1900,,,diverged', 'vesper-54,95,1900,-773.9904,7.464,drifting', 'walnut-14,95,1900,-713.0149,-17.630,drifting', 'willow-45,95,1900,-877.9998,-0.124,ok']))


@check('runs.csv has the means and drifts')
def _():
    assert lines('/app/runs.csv') == ['run,steps,last_step,mean,drift,verdict', 'delta-68,95,1900,-853.0028,-1.193,ok', 'fathom-29,95,1900,,,diverged', 'kestrel-85,54,1080,,,incomplete', 'quartz-64,95,1900,-763.9881,12.654,drifting', 'saffron-27,95,1900,-731.9989,0.045,ok', 'tundra-46,95,1900,,,diverged', 'vesper-54,95,1900,-773.9904,7.464,drifting', 'walnut-14,95,1900,-713.0149,-17.630,drifting', 'willow-45,95,1900,-877.9998,-0.124,ok']


@check('ensemble.json averages the runs that are ok')
def _():
    assert json_file('/app/ensemble.json') == {'runs': 3, 'mean': -821.0005, 'spread': 146.0009}


@check('the joined series of the runs that are ok, and no others, are there')
def _():
    folder = '/app/joined'
    assert sorted(os.listdir(folder)) == ['delta-68.csv', 'saffron-27.csv', 'willow-45.csv']
    for name, digest in {'delta-68.csv': '181eca38d2adec1cf18c0f7126d77a1c7134ca9a6a603af1e4738ab72f02e189', 'saffron-27.csv': '520c92e7797feeac91e49e1146b06665c7d9b9bc57afeea6b997f9f8c766f5ed', 'willow-45.csv': '026ab963cc7812baa67f56d0d0ad91cca867e1969d12bcd30e2cd263cf13b8e1'}.items():
        joined = "\n".join(lines(folder + "/" + name))
        assert hashlib.sha256(joined.encode()).hexdigest() == digest, name


@check('the raw output is unchanged')
def _():
    for path, digest in {'/app/runs/delta-68/76881.dat': '06710250cb6b11358ab372c9f7fb378e8e6740b0fa3b9adbfcea7862d3f147fa', '/app/runs/fathom-29/80682.dat': 'f97c51e23832c45ee8abc32dce2693a766fd99700232ac04a6411264f3ea17b6', '/app/runs/fathom-29/82755.dat': 'db333682ba7da597ece50992db3301dc90c4aa9d6c0a916b4c6a53c73e0ad6e9', '/app/runs/fathom-29/71543.dat': '44313a955b7c8746748cca9a2230a3db3ae098fd6dfa3ef4a5a4d527901f47cd', '/app/runs/fathom-29/80863.dat': '715d8ab035c5ef197485da8dce371e29c3664152d938749d87bc55a5256283a5', '/app/runs/kestrel-85/70351.dat': '9e14bcfb6e1dae0e0cac417b02ead010fad521dc63bb2af713ca3b663e2a000c', '/app/runs/quartz-64/87240.dat': '3043fe44c6d15c8154f33e3a51ead74c355dc5c2782750487e2abf61e80500da', '/app/runs/quartz-64/74358.dat': '925ae7a4ed4344196ff93f3fd5b7a248c57722618900ab2b4524323bce7daf43', '/app/runs/quartz-64/80766.dat': '140978d0aa4648b0830be621285a5da337aebf22ee9c62feebdf14b1f4151732', '/app/runs/saffron-27/92408.dat': 'a4ce8fd33ff70bef6f565173a3c6f5354d5c34c5a8e37bbca089f026aa04d741', '/app/runs/tundra-46/97402.dat': '215f79e43708bd2a60ebe7cb6c0bbe22961ec4afc59acfb3c9cd4fa482d96207', '/app/runs/vesper-54/87354.dat': '23aab77e142555541a0e1eaf975acc428043358e6afb1393538a0ab8d4d2dbfd', '/app/runs/vesper-54/95911.dat': '1c91d40f4726193c9fc19b6a6d0895d13bfba8e468c97cbace83c962094158a4', '/app/runs/walnut-14/98733.dat': '313a79877d4d4bb98166cff21abd95fe1b283aaf91477de8a7f916cf6cf1ff86', '/app/runs/walnut-14/90992.dat': '23edaa97e885ea6ded2a52c909128f1bfafaca62abc92a3aa25bb59c20b93d6e', '/app/runs/willow-45/89439.dat': '256ef5b2ae5e9d95d90fad27113325c0ffbe1847d47b2701bf2d806c637f6a04', '/app/runs/willow-45/70006.dat': 'dac4268142b79a8f96a96f5a9ff530ceee438ba6e71c21f2d50b42812f8e2329', '/app/PROTOCOL.md': 'acb633d2b6b1134540746f2712008d808c5384452f0ae5f0ca7f887402d7a6dc'}.items():
        assert sha256(path) == digest, path + " changed"

main()
