"""Makes a small PKI, on Ed25519 so that every byte is the same each time, with what is wrong in it."""

import base64
import hashlib
import json
import os
import subprocess
from pathlib import Path

PKI = Path("/app/pki")
ROOT, ISSUING = PKI / "root", PKI / "issuing"
CA_CONF = """[ca]
default_ca = CA

[CA]
dir = {folder}
database = $dir/index.txt
serial = $dir/serial
crlnumber = $dir/crlnumber
new_certs_dir = $dir/issued
certificate = $dir/ca.crt
private_key = $dir/ca.key
default_md = default
default_days = 1
default_crl_days = 30
unique_subject = no
policy = anything
copy_extensions = none

[anything]
organizationName = optional
commonName = supplied
"""
CA_EXT = """basicConstraints = critical, CA:TRUE{path}
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""
LEAF_EXT = """basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = {use}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""
DOMAIN = "harbour.example"
# Names beyond NAME.harbour.example, and addresses, as the inventory has them.
SERVICES = {
    "api": (["api.int"], ["10.20.0.5", "10.20.0.6"]),
    "backup": ([], ["10.20.0.40"]),
    "cal": (["calendar"], []),
    "git": (["code"], []),
    "ldap": (["ldap1", "ldap2"], ["10.20.0.9"]),
    "mail": (["imap", "smtp"], []),
    "metrics": ([], []),
    "shop": (["www"], []),
    "vault": ([], ["10.20.0.77"]),
    "wiki": ([], []),
}
POLICY = """# Certificates of harbour.example

## The authorities
`root/` and `issuing/` are folders of `openssl ca` (`ca.conf` in each, to be used as it is: the database
`index.txt`, the next `serial`, `crlnumber`, copies in `issued/`). Nothing is issued or revoked around
the database. A key of an authority is never replaced, and neither is the certificate of the root.

The issuing authority's certificate is issued by the root: subject and key stay when it is renewed;
`basicConstraints` critical, CA with path length 0; `keyUsage` critical, certificate and CRL signing and
nothing else; subject and authority key identifier. It lasts five years to the second before (from
2025-06-02 it would be to 2030-06-01 23:59:59), but never longer than the certificate of the root.

## A service
`services/NAME/` holds `tls.key` (mode 600), `tls.crt` (one certificate) and `chain.pem`: the service's
certificate, then the issuing authority's, and no other. `inventory.json` says what there is. A
certificate of a service

- is issued by the issuing authority's present key, for the key in `tls.key`, which is Ed25519;
- has the subject `O=Harbour, CN=` and the first of its names in the inventory;
- has all its names and addresses of the inventory as alternative names, and no others;
- has `basicConstraints` critical, no CA; `keyUsage` critical, digital signature; `extendedKeyUsage`
  server authentication, these and nothing more; subject and authority key identifier;
- is valid for 398 days at most.

What is newly issued is valid for 365 days to the second before: from 00:00:00 to 23:59:59 UTC.

A certificate that keeps to all this stays as it is, and so does a key that may be kept: keys are only
made anew where they must be. What has to be issued at one time is issued in the alphabetical order of
the services' names. A certificate of the issuing authority's database that a new one replaces is
revoked as `superseded`; that of a service whose state in the inventory is `retired` as
`cessationOfOperation`, and its folder under `services/` goes. When all is done, a CRL is made as
`issuing/crl.pem`, for thirty days from 00:00:00 UTC.

## Codes of faults
`issuer` not signed by the issuing authority's present key · `key` not for the key in `tls.key` ·
`type` not an Ed25519 key · `names` other alternative names · `usage` other usages · `length` valid
for too long. Expiry of the issuing authority's certificate is no fault of a service's.
"""


def openssl(*argv, text=""):
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    subprocess.run(["openssl", *argv], check=True, env=env, input=text.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def pem(kind, der):
    body = base64.encodebytes(der).decode().replace("\n", "")
    rows = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN {kind}-----\n{rows}\n-----END {kind}-----\n"


def key(path, name):
    seed = hashlib.sha256(f"harbour {name}".encode()).digest()
    path.write_text(pem("PRIVATE KEY", bytes.fromhex("302e020100300506032b657004220420") + seed))
    path.chmod(0o600)


def authority(folder, conf_folder=None):
    (folder / "issued").mkdir(parents=True, exist_ok=True)
    (folder / "ca.conf").write_text(CA_CONF.format(folder=conf_folder or folder))
    (folder / "index.txt").write_text("")
    (folder / "crlnumber").write_text("0A\n")


def issue(ca, subject, key_file, out, ext, start, end):
    Path("/tmp/ext").write_text(ext)
    openssl("req", "-new", "-key", str(key_file), "-subj", subject, "-out", "/tmp/csr", "-config", "/dev/stdin", text="[req]\ndistinguished_name=n\n[n]\n")
    extra = ["-selfsign", "-keyfile", str(ca / "ca.key")] if out == ca / "ca.crt" else []
    openssl("ca", "-batch", "-notext", "-config", str(ca / "ca.conf"), "-in", "/tmp/csr", "-out", str(out), "-extfile", "/tmp/ext", "-startdate", start, "-enddate", end, *extra)


def names(service):
    more, addresses = SERVICES[service]
    return [f"{name}.{DOMAIN}" for name in [service, *more]], addresses


def alternative(dns, addresses):
    return ", ".join([f"DNS:{name}" for name in dns] + [f"IP:{address}" for address in addresses])


def leaf(service, start="20250110000000Z", end="20260109235959Z", ca=ISSUING, use="serverAuth", san=None, key_file=None):
    folder = PKI / "services" / service
    dns, addresses = names(service)
    ext = LEAF_EXT.format(use=use, names=san or alternative(dns, addresses))
    issue(ca, f"/O=Harbour/CN={dns[0]}", key_file or folder / "tls.key", folder / "tls.crt", ext, start, end)


for ca, serial in ((ROOT, "1001"), (ISSUING, "5A0FF3")):
    authority(ca)
    (ca / "serial").write_text(f"{serial}\n")
key(ROOT / "ca.key", "root")
key(ISSUING / "ca.key", "issuing, first")
issue(ROOT, "/O=Harbour/CN=Harbour Root", ROOT / "ca.key", ROOT / "ca.crt", CA_EXT.format(path=""), "20200101000000Z", "20291130120000Z")
issuing = ("/O=Harbour/CN=Harbour Issuing", ISSUING / "ca.key", ISSUING / "ca.crt", CA_EXT.format(path=", pathlen:0"))
issue(ROOT, *issuing, "20200201000000Z", "20250131235959Z")

for service in SERVICES:
    (PKI / "services" / service).mkdir(parents=True)
    key(PKI / f"services/{service}/tls.key", service)

# The issuing authority's first key; vault still has a certificate of its time.
leaf("vault", "20240701000000Z", "20250630235959Z")
key(ISSUING / "ca.key", "issuing, second")
issue(ROOT, *issuing, "20220501000000Z", "20250430235959Z")

leaf("shop")
leaf("api", san=alternative([f"api.{DOMAIN}", "api.int.harbor.example"], ["10.20.0.5"]))
leaf("metrics", "20250301000000Z", "20260228235959Z")
key(Path("/tmp/other.key"), "mail, before")
leaf("mail", key_file="/tmp/other.key")
leaf("ldap", use="clientAuth")
leaf("cal", "20250415000000Z", "20260518000000Z")
leaf("backup")
leaf("git", "20240901000000Z", "20261101000000Z", use="serverAuth, clientAuth")
scalar = hashlib.sha256(b"harbour wiki").digest()
(PKI / "services/wiki/tls.key").write_text(pem("EC PRIVATE KEY", bytes.fromhex("30310201010420") + scalar + bytes.fromhex("a00a06082a8648ce3d030107")))
leaf("wiki")

for service in SERVICES:
    folder = PKI / "services" / service
    own, ca = (folder / "tls.crt").read_text(), (ISSUING / "ca.crt").read_text()
    (folder / "chain.pem").write_text(ca + own if service in ("api", "cal") else own if service == "mail" else own + ca)
(PKI / "services/ldap/tls.key").chmod(0o644)

inventory = {}
for service in SERVICES:
    dns, addresses = names(service)
    inventory[service] = {"state": "retired" if service == "backup" else "active", "names": dns, "addresses": addresses}
(PKI / "inventory.json").write_text(json.dumps(inventory, indent=2) + "\n")
(PKI / "POLICY.md").write_text(POLICY)
for name in ("/tmp/ext", "/tmp/csr", "/tmp/other.key"):
    Path(name).unlink()
for path in PKI.rglob("*.old"):
    path.unlink()
