"""Verifier of read-demultiplex-b4db74. Run by test.sh; the checks' helpers are documented in checks.py."""

import sys

sys.path.insert(0, "/tests")

from checks import *  # noqa: E402, F403

import hashlib, os

@check('counts.csv counts reads and bases of every sample')
def _():
    assert lines('/app/counts.csv') == ['sample,reads,bases,exact,rescued,q30', 'indigo-E4,58,2107,42,16,24.77', 'saffron-G5,58,2193,38,20,26.08', 'walnut-H2,55,1969,46,9,30.27', 'juniper-H8,63,2472,47,16,30.74', 'thistle-H5,60,2257,47,13,32.57', 'sextant-D2,52,1873,40,12,23.55', 'plover-B5,48,1834,38,10,38.11', 'fjord-F8,52,2093,38,14,32.68']


@check('rejected.json counts what was rejected, by reason')
def _():
    assert json_file('/app/rejected.json') == {'no-barcode': 93, 'ambiguous': 12, 'too-short': 474}


@check('there is a file for every sample and no other')
def _():
    assert sorted(os.listdir('/app/demux')) == ['fjord-F8.fastq', 'indigo-E4.fastq', 'juniper-H8.fastq', 'plover-B5.fastq', 'saffron-G5.fastq', 'sextant-D2.fastq', 'thistle-H5.fastq', 'walnut-H2.fastq']


@check("each sample's reads are right, trimmed, turned and in order")
def _():
    for name, digest in {'indigo-E4.fastq': '25b8b2afab70d37572973cba06c01c21da66ed19f4b19869a80f2d28930bc682', 'saffron-G5.fastq': '39d3f2b4b4407dd3be855a7e40833adbdaf0c77f5f415aad26ab1c69a4fd6057', 'walnut-H2.fastq': '4519e6b7546a640b1f8c62864e7e72146fd67135861e2669123bb20454e2029a', 'juniper-H8.fastq': '61e51347f4e48283579719370b0f9d0482793cf0df6eed6c275ec2af1ef17a02', 'thistle-H5.fastq': '18ddcbfb5789e1d5fa199274318f285387aa49200e68e364bbc0fc18a15d7d29', 'sextant-D2.fastq': 'c588e50828fcded9334c364ececea7d7d23a69dad7c6a5b0d032bf9613514bf0', 'plover-B5.fastq': '8d5479ec59da5dbbf37a437b86da059cf6594bbd78294f77614f395f0c8efce5', 'fjord-F8.fastq': '9c121f18e2c5bbbaed356023dfcec30b9011038a655555a5733f928861c6d1bf'}.items():
        reads = "\n".join(lines('/app/demux' + "/" + name))
        assert hashlib.sha256(reads.encode()).hexdigest() == digest, name


@check('sheet and protocol are unchanged')
def _():
    for path, digest in {'/app/samples.csv': 'a1df66b5f1ceb37f695fa8a16cd7b48d65d287b2c46be5b363d959686e8e89e8', '/app/PROTOCOL.md': '29ca8f59bbf95a4cc1c8263a485047374917f3704ff94a243e9413cd577fdb36'}.items():
        assert sha256(path) == digest, path + " changed"

main()
