"""Keys and certificates of worlds, judged by openssl."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from random import Random

import pytest
from terminal_gym_generator.pki import Certificate, Key

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")


def _openssl(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["openssl", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_public_key_of_rfc_8032() -> None:
    seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert Key(bytes.fromhex(seed)).public.hex() == public


def test_openssl_makes_the_same_public_key(tmp_path: Path) -> None:
    key = Key.draw(Random(1))
    (tmp_path / "key").write_text(key.private_pem)
    assert _openssl("pkey", "-in", tmp_path / "key", "-pubout").stdout == key.public_pem


@pytest.mark.parametrize("length", [0, 1, 127, 128, 5000])
def test_signature_holds_for_its_message_only(tmp_path: Path, length: int) -> None:
    key, message = Key.draw(Random(length)), Random(2).randbytes(length)
    (tmp_path / "pub").write_text(key.public_pem)
    (tmp_path / "sig").write_bytes(key.sign(message))
    verify = ["pkeyutl", "-verify", "-pubin", "-inkey", tmp_path / "pub", "-rawin"]
    verify += ["-sigfile", tmp_path / "sig", "-in", tmp_path / "message"]
    # openssl refuses empty input, so that one only has to be made without an error.
    (tmp_path / "message").write_bytes(message or b"another")
    assert (_openssl(*verify).returncode == 0) == bool(message)
    (tmp_path / "message").write_bytes(message + b"!")
    assert _openssl(*verify).returncode != 0


def test_chain_is_accepted_in_its_time_only(tmp_path: Path) -> None:
    rng = Random(3)
    root, middle, leaf = Key.draw(rng), Key.draw(rng), Key.draw(rng)
    serial = 2**63 + 5
    names = ("a.example", "*.b.example")
    for name, certificate in {
        "root": Certificate("Root", root, "Root", root, 1, ("200101", "391231")),
        "middle": Certificate("Middle", middle, "Root", root, 200, ("210101", "351231")),
        "leaf": Certificate(
            "a.example", leaf, "Middle", middle, serial, ("240601", "240630"), names
        ),
    }.items():
        (tmp_path / name).write_text(certificate.pem)
    files = ["-CAfile", tmp_path / "root", "-untrusted", tmp_path / "middle", tmp_path / "leaf"]
    for moment, accepted in ((1717199999, False), (1717200000, True), (1719791998, True)):
        done = _openssl("verify", "-attime", str(moment), *files)
        assert (done.returncode == 0) == accepted, done.stderr
    shown = _openssl(
        "x509", "-in", tmp_path / "leaf", "-noout", "-serial", "-ext", "subjectAltName"
    )
    assert f"serial={serial:X}" in shown.stdout
    assert "DNS:a.example, DNS:*.b.example" in shown.stdout
