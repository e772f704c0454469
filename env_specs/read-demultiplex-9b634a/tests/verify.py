"""Verifier of read-demultiplex-9b634a. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

import hashlib, os

@check('counts.csv counts reads and bases of every sample')
def _():
    assert lines('/app/counts.csv') == ['sample,reads,bases,exact,rescued,q30', 'willow-G2,47,1757,36,11,22.08', 'indigo-B6,36,1457,25,11,20.11', 'plover-B3,26,925,21,5,24.54', 'cairn-B2,37,1504,27,10,24.73']


@check('rejected.json counts what was rejected, by reason')
def _():
    assert json_file('/app/rejected.json') == {'no-barcode': 22, 'ambiguous': 0, 'too-short': 82}


@check('there is a file for every sample and no other')
def _():
    assert sorted(os.listdir('/app/demux')) == ['cairn-B2.fastq', 'indigo-B6.fastq', 'plover-B3.fastq', 'willow-G2.fastq']


@check("each sample's reads are right, trimmed, turned and in order")
def _():
    for name, digest in {'willow-G2.fastq': '2f7935c9bcf06503ba9583d5f49317f8b929b86f9399090965bd064b6d0cbfaf', 'indigo-B6.fastq': '479afbb27d3bce369ae8230f85372761b02934235b73702c82a7dcea4ac6fba9', 'plover-B3.fastq': 'e89577d7fa755343d3a5f39722a1d009e433ca00390a526b4d7f0d1fe371e392', 'cairn-B2.fastq': '019d1894b649a7c91fd30926d03ed16c202256a8ca118fb057db305f7833faad'}.items():
        reads = "\n".join(lines('/app/demux' + "/" + name))
        assert hashlib.sha256(reads.encode()).hexdigest() == digest, name


@check('sheet and protocol are unchanged')
def _():
    for path, digest in {'/app/samples.csv': 'd114e9cfa2657cc6313fb379afc630a477e1cbb563e89a56d4a3fa4b929801d0', '/app/PROTOCOL.md': '829ea08da4b38fbf1dad52869bdc3e7f93a3f5100d80e6b02fe639e86e390a45'}.items():
        assert sha256(path) == digest, path + " changed"

main()
