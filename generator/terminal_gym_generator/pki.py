"""Keys, signatures and certificates for worlds, the same bytes on every machine.

Ed25519 (RFC 8032) signatures are deterministic and keys are any 32 bytes, so that the keys of a
world come from its seed; `openssl` reads what this module writes. Written for clarity, not for
secrecy: it is not constant-time, and nothing made with it protects anything.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cached_property
from random import Random

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_Point = tuple[int, int, int, int]


def _x_of(y: int) -> int:
    """The even x of a point with this y."""
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    return _P - x if x % 2 else x


_BASE_Y = 4 * pow(5, -1, _P) % _P
_BASE: _Point = (_x_of(_BASE_Y), _BASE_Y, 1, _x_of(_BASE_Y) * _BASE_Y % _P)


def _add(one: _Point, other: _Point) -> _Point:
    """The sum of two points in extended coordinates (RFC 8032, section 5.1.4)."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times_base(scalar: int) -> bytes:
    """A multiple of the base point, encoded."""
    result: _Point = (0, 1, 1, 0)
    point = _BASE
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    inverse = pow(result[2], -1, _P)
    x, y = result[0] * inverse % _P, result[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _hash_int(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


@dataclass(frozen=True)
class Key:
    """A private key.

    Attributes:
        seed: Its 32 bytes.
    """

    seed: bytes

    @classmethod
    def draw(cls, rng: Random) -> Key:
        """A key from a generator."""
        return cls(rng.randbytes(32))

    @cached_property
    def _expanded(self) -> tuple[int, bytes]:
        digest = hashlib.sha512(self.seed).digest()
        scalar = int.from_bytes(digest[:32], "little")
        return scalar & (2**254 - 8) | 2**254, digest[32:]

    @cached_property
    def public(self) -> bytes:
        """The public key's 32 bytes."""
        return _times_base(self._expanded[0])

    def sign(self, message: bytes) -> bytes:
        """The signature's 64 bytes; check it with `openssl pkeyutl -verify -rawin`."""
        scalar, prefix = self._expanded
        nonce = _hash_int(prefix, message) % _ORDER
        point = _times_base(nonce)
        challenge = _hash_int(point, self.public, message)
        return point + ((nonce + challenge * scalar) % _ORDER).to_bytes(32, "little")

    @property
    def private_pem(self) -> str:
        """The key as PKCS #8."""
        return _pem("PRIVATE KEY", _der(0x30, _integer(0), _ALGORITHM, _der(4, _der(4, self.seed))))

    @property
    def public_pem(self) -> str:
        """The public key as SubjectPublicKeyInfo."""
        return _pem("PUBLIC KEY", _public_info(self))


@dataclass(frozen=True)
class Certificate:
    """What stands in an X.509 certificate.

    Attributes:
        subject: Its common name.
        key: The subject's key.
        issuer: The issuer's common name.
        signer: The key that signs it.
        serial: A positive number.
        days: First and last day as `YYMMDD`; valid from 00:00:00 to 23:59:59 UTC.
        names: DNS names; empty for an authority.
    """

    subject: str
    key: Key
    issuer: str
    signer: Key
    serial: int
    days: tuple[str, str]
    names: tuple[str, ...] = ()

    @property
    def pem(self) -> str:
        """The signed certificate."""
        times = f"{self.days[0]}000000Z", f"{self.days[1]}235959Z"
        body = _der(
            0x30,
            _der(0xA0, _integer(2)),
            _integer(self.serial),
            _ALGORITHM,
            _name(self.issuer),
            _der(0x30, *(_der(0x17, time.encode()) for time in times)),
            _name(self.subject),
            _public_info(self.key),
            _der(0xA3, _der(0x30, *self._extensions())),
        )
        signature = _der(3, b"\0" + self.signer.sign(body))
        return _pem("CERTIFICATE", _der(0x30, body, _ALGORITHM, signature))

    def _extensions(self) -> list[bytes]:
        authority = _der(0x30, b"" if self.names else _der(1, b"\xff"))
        found = [_extension(b"\x55\x1d\x13", authority, critical=True)]
        if self.names:
            names = _der(0x30, *(_der(0x82, name.encode()) for name in self.names))
            found.append(_extension(b"\x55\x1d\x11", names))
        return found


def _extension(oid: bytes, value: bytes, *, critical: bool = False) -> bytes:
    return _der(0x30, _der(6, oid), _der(1, b"\xff") if critical else b"", _der(4, value))


def _der(tag: int, *parts: bytes) -> bytes:
    """A DER element."""
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def _integer(value: int) -> bytes:
    return _der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


_ALGORITHM = _der(0x30, _der(6, b"\x2b\x65\x70"))


def _name(common: str) -> bytes:
    """A distinguished name that is a common name only."""
    return _der(0x30, _der(0x31, _der(0x30, _der(6, b"\x55\x04\x03"), _der(12, common.encode()))))


def _public_info(key: Key) -> bytes:
    return _der(0x30, _ALGORITHM, _der(3, b"\0" + key.public))


def _pem(label: str, der: bytes) -> str:
    text = base64.b64encode(der).decode()
    rows = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *rows, f"-----END {label}-----"]) + "\n"
