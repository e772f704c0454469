"""Verifier of tls-chain-repair."""

import os
import re
import stat
import sys
import tempfile

sys.path.insert(0, "/tests")

from checks import check, data, exists, fail, json_file, lines, main, sh, sha256, text  # noqa: E402

PKI = "/app/pki"
ISSUER = "issuer=CN=Harbour Issuing,O=Harbour"
START, END, CA_END = "Jun  2 00:00:00 2025 GMT", "Jun  1 23:59:59 2026 GMT", "Nov 30 12:00:00 2029 GMT"
KEPT = {
    "POLICY.md": "2468e28a8b86d5d3178cf83fb1df7b31144498f389e6bb93667119ff89dc2009",
    "inventory.json": "5adf6a07f63f1307df71c0ceb4e9069f54ad2a15baae97b2dabea2163c406847",
    "root/ca.crt": "17bfa0e71254a4a66a95551d0de5706516d4c147c5dacf9944cb594ae603b94f",
    "root/ca.key": "da5661f31750d982b9b670383f74803bd52a0a6b6beec34f29a47607a0218371",
    "root/ca.conf": "1faff5930f7e92dce58ebdfe1b538c0d4765aa4f54f8b508da95055d0946e69f",
    "root/issued/1001.pem": "17bfa0e71254a4a66a95551d0de5706516d4c147c5dacf9944cb594ae603b94f",
    "issuing/ca.key": "f0338d797d231d0c10c373f2d3544e1a424992ae6e39fdb530c42bfac50122f7",
    "issuing/ca.conf": "6ebc8f1783f2a791e04b0eed5a3435c5a4f9af9bd7680994e9ad9a656f9a9774",
    "services/cal/tls.crt": "2504871673b5ebf76d0e191db71f510d26fbc3cf9f3d3cae1cf12eb3aefbe0a4",
    "services/metrics/tls.crt": "51bd5336b89a3b4b3a1a02449cd91367e7bc2ca3aa6573b4a8ada3a2818626f0",
    "services/shop/tls.crt": "a646a63a435faba81152a9027a0bd9243d122e7eed09997023298d8885d7492b",
}
KEYS = {
    "api": "c89f6801f2afe917d87ea86fa7352820cdf59ab9ec2afb9153d9f60ac599433b",
    "cal": "2b4301ec2b8a543300c4f30647a7a55e60ef58d0a69afe038bab65cf03198d54",
    "git": "f5ddf660155732ebb0aafa10fe3d5851b52600d7c96a28c54a69ff7035187806",
    "ldap": "fd013f8f8d1bf96fe7c1933bd2c254b95ecf4718e79d7cb91b16f482ec802423",
    "mail": "beb56c3618d99f888b194a3e596b8e9f39dacc4c017b64c3d5c16e67c1521a85",
    "metrics": "ac89d347bf693a090ed08354aa718d680d4637de50121ece388aaa914dd37b75",
    "shop": "cce53a0506943157390b055c16de0ac7ddf863a4f2e96970823d645680aecdd5",
    "vault": "a3660e5b84290b332588335e16c86dfd6b64bc6fd9b68ed2acfc4a4b01c210c3",
}
ISSUING_SKI = "78:4C:74:9B:1A:91:3B:3B:7C:9F:DB:DC:5F:75:01:B1:FB:1F:B2:02"
OLD_SERIALS = {
    "vault": "5A0FF3",
    "shop": "5A0FF4",
    "api": "5A0FF5",
    "metrics": "5A0FF6",
    "mail": "5A0FF7",
    "ldap": "5A0FF8",
    "cal": "5A0FF9",
    "backup": "5A0FFA",
    "git": "5A0FFB",
    "wiki": "5A0FFC",
}
RENEWED = {
    "api": "5A0FFD",
    "git": "5A0FFE",
    "ldap": "5A0FFF",
    "mail": "5A1000",
    "vault": "5A1001",
    "wiki": "5A1002",
}
FAULTS = {
    "api": ["names"],
    "git": ["length", "usage"],
    "ldap": ["usage"],
    "mail": ["key"],
    "vault": ["issuer"],
    "wiki": ["type"],
}
NAMES = {
    "api": ["DNS:api", "DNS:api.int", "IP Address:10.20.0.5", "IP Address:10.20.0.6"],
    "cal": ["DNS:cal", "DNS:calendar"],
    "git": ["DNS:code", "DNS:git"],
    "ldap": ["DNS:ldap", "DNS:ldap1", "DNS:ldap2", "IP Address:10.20.0.9"],
    "mail": ["DNS:imap", "DNS:mail", "DNS:smtp"],
    "metrics": ["DNS:metrics"],
    "shop": ["DNS:shop", "DNS:www"],
    "vault": ["DNS:vault", "IP Address:10.20.0.77"],
    "wiki": ["DNS:wiki"],
}
PEM = re.compile(r"-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n?")


def openssl(*argv, stdin=""):
    done = sh(["openssl", *argv], stdin=stdin)
    if done.returncode:
        fail(f"openssl {' '.join(argv)}: {done.stderr.strip()[:200]}")
    return done.stdout


def one_certificate(path):
    content = text(path)
    found = PEM.findall(content)
    if len(found) != 1 or content.strip() != found[0].strip():
        fail(f"{path} is not one certificate")
    return found[0]


def shown(pem, *options):
    return openssl("x509", "-noout", "-nameopt", "RFC2253", *options, stdin=pem).splitlines()


def extensions(pem):
    """From the name of each extension (with ` critical`) to its value."""
    rows = openssl("x509", "-noout", "-text", "-certopt", "no_header,no_version,no_serial,no_signame,no_validity,no_subject,no_issuer,no_pubkey,no_sigdump", stdin=pem).splitlines()
    found, name = {}, None
    for row in rows:
        if re.match(r" {12}\S", row):
            name = row.strip().replace(": critical", " critical").rstrip(":").strip()
            found[name] = ""
        elif name and re.match(r" {16}\S", row):
            found[name] += row.strip()
    return found


def der(pem):
    return re.sub(r"-----[A-Z ]+-----|\s", "", pem)


def services():
    return sorted(os.listdir(f"{PKI}/services"))


@check("what was in order is untouched: root, keys, healthy certificates, rules")
def _():
    assert {name: sha256(f"{PKI}/{name}") for name in KEPT} == KEPT
    for name, digest in KEYS.items():
        assert sha256(f"{PKI}/services/{name}/tls.key") == digest, name
    assert exists(f"{PKI}/issuing/crl.pem")


@check("the issuing authority is renewed with its key and subject, as long as the root lasts")
def _():
    pem = one_certificate(f"{PKI}/issuing/ca.crt")
    assert shown(pem, "-subject", "-issuer", "-serial", "-startdate", "-enddate") == [
        "subject=CN=Harbour Issuing,O=Harbour",
        "issuer=CN=Harbour Root,O=Harbour",
        "serial=1004",
        f"notBefore={START}",
        f"notAfter={CA_END}",
    ]
    found = extensions(pem)
    assert found["X509v3 Subject Key Identifier"] == ISSUING_SKI
    found.pop("X509v3 Authority Key Identifier")
    assert found == {
        "X509v3 Basic Constraints critical": "CA:TRUE, pathlen:0",
        "X509v3 Key Usage critical": "Certificate Sign, CRL Sign",
        "X509v3 Subject Key Identifier": ISSUING_SKI,
    }
    assert lines(f"{PKI}/root/index.txt")[3:] == [
        "V\t291130120000Z\t\t1004\tunknown\t/O=Harbour/CN=Harbour Issuing"
    ]
    assert text(f"{PKI}/root/serial").strip() == "1005"
    assert data(f"{PKI}/root/issued/1004.pem") == data(f"{PKI}/issuing/ca.crt")


@check("the services are those that are active, each with its chain of two")
def _():
    assert services() == sorted(NAMES)
    issuing = one_certificate(f"{PKI}/issuing/ca.crt")
    for name in services():
        chain = text(f"{PKI}/services/{name}/chain.pem")
        found = PEM.findall(chain)
        assert der(chain) == der("".join(found)), name
        own = one_certificate(f"{PKI}/services/{name}/tls.crt")
        assert [der(pem) for pem in found] == [der(own), der(issuing)], name
        info = os.lstat(f"{PKI}/services/{name}/tls.key")
        assert stat.S_ISREG(info.st_mode) and stat.S_IMODE(info.st_mode) == 0o600, name


@check("each certificate is for its key, which is Ed25519, and for its names and use")
def _():
    for name, wanted in NAMES.items():
        pem = one_certificate(f"{PKI}/services/{name}/tls.crt")
        public = openssl("pkey", "-pubout", stdin=text(f"{PKI}/services/{name}/tls.key"))
        assert openssl("x509", "-noout", "-pubkey", stdin=pem) == public, name
        assert len(der(public)) == 60, name  # the size of an Ed25519 key, and of no other here
        found = extensions(pem)
        assert sorted(found) == [
            "X509v3 Authority Key Identifier",
            "X509v3 Basic Constraints critical",
            "X509v3 Extended Key Usage",
            "X509v3 Key Usage critical",
            "X509v3 Subject Alternative Name",
            "X509v3 Subject Key Identifier",
        ], name
        assert found["X509v3 Basic Constraints critical"] == "CA:FALSE"
        assert found["X509v3 Key Usage critical"] == "Digital Signature", name
        assert found["X509v3 Extended Key Usage"] == "TLS Web Server Authentication", name
        full = sorted(f"{one}.harbour.example" if one.startswith("DNS") else one for one in wanted)
        assert sorted(found["X509v3 Subject Alternative Name"].split(", ")) == full, name
        assert found["X509v3 Authority Key Identifier"].removeprefix("keyid:") == ISSUING_SKI, name


@check("new certificates have their serial numbers, subject and time")
def _():
    for name, serial in RENEWED.items():
        pem = one_certificate(f"{PKI}/services/{name}/tls.crt")
        assert shown(pem, "-subject", "-issuer", "-serial", "-startdate", "-enddate") == [
            f"subject=CN={name}.harbour.example,O=Harbour",
            ISSUER,
            f"serial={serial}",
            f"notBefore={START}",
            f"notAfter={END}",
        ], name
        assert data(f"{PKI}/issuing/issued/{serial}.pem") == pem.encode(), name
    assert text(f"{PKI}/issuing/serial").strip() == "5A1003"


@check("every chain verifies against the root and the CRL, at the time that counts")
def _():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        for name in ("root/ca.crt", "issuing/ca.crt", "issuing/crl.pem"):
            with open(f"{folder}/{name.replace('/', '-')}", "wb") as file:
                file.write(data(f"{PKI}/{name}"))
        base = ["verify", "-attime", "1748822401", "-purpose", "sslserver", "-x509_strict"]
        base += ["-CAfile", f"{folder}/root-ca.crt", "-untrusted", f"{folder}/issuing-ca.crt"]
        base += ["-crl_check", "-CRLfile", f"{folder}/issuing-crl.pem"]
        for name in NAMES:
            pem = one_certificate(f"{PKI}/services/{name}/tls.crt")
            openssl(*base, "-verify_hostname", f"{name}.harbour.example", stdin=pem)


@check("the database has what was replaced and retired as revoked, for the right reasons")
def _():
    rows = [row.split("\t") for row in lines(f"{PKI}/issuing/index.txt")]
    revoked = {row[3]: row[2].partition(",")[2] for row in rows if row[0] == "R"}
    wanted = {OLD_SERIALS[name]: "superseded" for name in RENEWED}
    wanted[OLD_SERIALS["backup"]] = "cessationOfOperation"
    assert revoked == wanted
    valid = [row[3] for row in rows if row[0] == "V"]
    healthy = [OLD_SERIALS[name] for name in ("cal", "metrics", "shop")]
    assert sorted(valid) == sorted([*RENEWED.values(), *healthy]) and len(rows) == 16


@check("the CRL is the issuing authority's, of the right time, and complete")
def _():
    pem = text(f"{PKI}/issuing/crl.pem")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        with open(f"{folder}/ca.crt", "wb") as file:
            file.write(data(f"{PKI}/issuing/ca.crt"))
        done = sh(["openssl", "crl", "-noout", "-text", "-verify", "-CAfile", f"{folder}/ca.crt"], stdin=pem)
    assert done.returncode == 0 and "verify OK" in done.stderr, done.stderr
    out = done.stdout
    assert "Last Update: Jun  2 00:00:00 2025 GMT" in out
    assert "Next Update: Jul  2 00:00:00 2025 GMT" in out
    assert re.search(r"X509v3 CRL Number:\s+10\s", out + "\n")
    found = dict(re.findall(r"Serial Number: (\w+)\n.*\n.*\n\s+X509v3 CRL Reason Code:\s*\n\s+(.*?)\s*\n", out))
    wanted = {OLD_SERIALS[name]: "Superseded" for name in RENEWED}
    wanted[OLD_SERIALS["backup"]] = "Cessation Of Operation"
    assert found == wanted, found
    assert text(f"{PKI}/issuing/crlnumber").strip() == "0B"


@check("nothing else is left behind")
def _():
    assert exists(f"{PKI}/issuing/crl.pem")
    assert set(os.listdir(PKI)) == {"POLICY.md", "inventory.json", "issuing", "report.json", "root", "services"}
    usual = {"ca.conf", "ca.crt", "ca.key", "crlnumber", "index.txt", "index.txt.attr", "issued", "serial"}
    for folder, more in (("root", set()), ("issuing", {"crl.pem"})):
        there = {name for name in os.listdir(f"{PKI}/{folder}") if not name.endswith(".old")}
        assert there == usual | more, there
    assert len(os.listdir(f"{PKI}/issuing/issued")) == 16 and len(os.listdir(f"{PKI}/root/issued")) == 4
    for name in services():
        assert sorted(os.listdir(f"{PKI}/services/{name}")) == ["chain.pem", "tls.crt", "tls.key"], name


@check("the report names faults and serials")
def _():
    assert json_file(f"{PKI}/report.json") == {"faults": FAULTS, "serials": RENEWED}


main()
