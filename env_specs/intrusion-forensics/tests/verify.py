"""Verifier of intrusion-forensics."""

import os
import stat
import sys

sys.path.insert(0, "/tests")

from checks import check, json_file, lines, main, sha256  # noqa: E402

DISK = "/app/disk"
EVIDENCE = "/app/evidence"
# Path on the disk as it has to be in the end: mode and SHA-256.
GOOD = {
    "etc/cron.d/backup": (0o644, "6ed82767afc84b9a1964f70877266971185619a9627e1f92a621ac989de2e0ea"),
    "etc/cron.d/e2scrub": (0o644, "6974480431f7a663da58109cb133cf95e3de41631d9f66df96e0d6ba03eabae8"),
    "etc/cron.d/portal": (0o644, "be5cc247fd46ff0ad8ef5a745e16a587b9f8265305f4a259eacc0f58be130e96"),
    "etc/cron.d/sysstat": (0o644, "b237e1af7602dce845b1abeaa65857945cc5f3223609852968203519f9a53dc3"),
    "etc/group": (0o644, "2a8a917b0c020eac576431c41805a75dba3eb2ca64cd0f5c1ecca467fedab3aa"),
    "etc/passwd": (0o644, "72891167cd9180ec6ea124bf6ccb32e71a640ea2b4d345d70a0606ff3e006e35"),
    "etc/shadow": (0o640, "e60e82908fdcc3bf1f63aa7548f4f4e49c5ef62508b861c24aca1fd8d4f42f12"),
    "home/backup/.ssh/authorized_keys": (0o600, "acb03eade72a278e72dacdacf68197ad614797d419fb27df071ab420ac926f0c"),
    "home/cem/.ssh/authorized_keys": (0o600, "0fa1febb25168a05d2d289686c4b8331d83c0c2bc7e5e97f5dd15d5ef9b75b99"),
    "home/deploy/.ssh/authorized_keys": (0o600, "2125a7b815b7d6953c14b1e83d9bfeb37c3053b0253cc6ca7c75f76b64cbc5bb"),
    "root/.ssh/authorized_keys": (0o600, "4f3323433c8222f6107792391d8d1ca0792fd5eb55274577cef485a69077036b"),
    "usr/bin/date": (0o755, "7da666833d7c4bf3717a53f4e1592b74d0f959d71272421b52869c2c1202d0ac"),
    "usr/bin/deploy-portal": (0o755, "bb3296020d968c4de77ccd5c157c5b5d6ad5a49d37d69ae7164e0289c944bd3d"),
    "usr/bin/du": (0o755, "e38f7c4099370cc95725c18b1361633da90d2a1b84a417354a367b872c467e0c"),
    "usr/bin/find": (0o755, "016b465740ccb958482f3da0442708af240c429aacae11cc687c5af2e2c432eb"),
    "usr/bin/ls": (0o755, "fc1a6f2c7ca14f88b2aa32d8cbf442ac1bcd56e44ff8aee5a3a2a2a9b8f069ee"),
    "usr/bin/netstat": (0o755, "45635eb1cc33591f508d0ea37d1293befd6d2a18faa9f38db6815d2c1236912b"),
    "usr/bin/ps": (0o755, "e757b6fd172fe9e8af034c9de02d4db7b99a15d9334160bfd7c5a97bf7ab13e9"),
    "usr/bin/ss": (0o755, "c1fc4e50788c6206ceadd3fe9075c4d6dd86d29ee2607d9b75247e303c3953f9"),
    "usr/bin/ssh": (0o755, "15138c4568b55493f430711ab310304f949acc51c50e1ce3ef7c200e36454cf0"),
    "usr/bin/who": (0o755, "569501431794cdd69a8b2ba089089be3f102b24b771d84038883da4b7ed4506f"),
    "usr/lib/backup/run.sh": (0o755, "b6469e260da53c5536339214df6470867fcffc8558f7a8bcfc2944612ffa9e81"),
    "usr/lib/net/resolve.sh": (0o755, "58fc77436746908c564dc193e466d6543eec4a9871e40e1c7f07df986d85929e"),
    "usr/lib/ssh/askpass": (0o4755, "30f4654f859f877def5ecd0534b3e5667786981218702122b2c52f026aeb9617"),
    "usr/sbin/cron": (0o755, "54b45e7975c80c38b3ca545483e8080353b0759566a98fe4b75901d2a08f7d9f"),
    "usr/sbin/ifconfig": (0o755, "1223f4b9faf5bdfbed7fad8319d99b7c855a578e7b799f0beadd2930e753d18f"),
    "usr/sbin/sshd": (0o755, "816d1ea6165647a624dbc3dcd5226b52c9a3a49e80752d86eff33cae2151c01a"),
    "var/cache/pkg/coreutils.tar": (0o644, "5963e1dec9f06cbd74899aab5c9b09c2fed879ba4552cfb02b97137f8e03023a"),
    "var/cache/pkg/cron.tar": (0o644, "c5a6b8ff33fea397e83db2e6a99778db45851fd8e3ed7841a3cb54fa51a3379e"),
    "var/cache/pkg/net-tools.tar": (0o644, "a0a0a9faaa500a62a94ddaa2173a4f42fd5c1bd6f5d7fa0fd0087bdb5ee27b57"),
    "var/cache/pkg/openssh.tar": (0o644, "c431efa6e6a32f5152c4f53018790d729f45dcb7b6e711606326ee9ddccb2ff8"),
    "var/cache/pkg/portal.tar": (0o644, "0ef9a1a239713a9baa084f8b6e459d77be8059a791b3ab95ca78b70451e31aad"),
    "var/lib/pkg/local": (0o644, "04136c74053b462ac14f655bd724b58a41fc78252652dfe7f9a7df0306d8b5b6"),
    "var/lib/pkg/manifest": (0o644, "2740158ec391dad01538ffc9adb8181131818de657392e5e8d6ef3a9d7c5d338"),
    "var/log/auth.log": (0o644, "5101a77917eddd606e09296564d4e7d3b63d9f2b4702406371fce8cd76f50891"),
    "var/log/cron.log": (0o644, "eea4946fe9d1c331d124bb55a38c8d25da9edb3f4fd41b6f08c639d64e9a3a83"),
    "var/log/web.log": (0o644, "54c16bc38d1c5a86ae16c9c7248c534dc136d5472a3af39047e03816db87808b"),
    "var/www/index.php": (0o644, "6b5c135fc16070f7a164640381b91a044ba316f8e92d4a97e61a1beaffb68887"),
    "var/www/lib/mail.php": (0o644, "44844c1680762c9f133560a5adcc0bde0bad84105ad08d72409d2704ba7829cd"),
    "var/www/lib/session.php": (0o644, "f7b12b9b09a3fd365c6e7f2624bd8776e0231303f6211e1a461d779635b02394"),
    "var/www/upload.php": (0o644, "b39ca8465d697aaafe9d4bdc65f866430f7a1139dff4d55faf635a63d04c36b8"),
    "var/www/uploads/2024/offer.pdf.txt": (0o644, "adb93fa3f17416f7dc8c0dad0afe9e1285155e828c83f6761b89471c914120a7"),
    "var/www/uploads/2024/plan.txt": (0o644, "ed912a9375ed44d8adb0b0809e2f25991dcceaa48ecfdc3b9ac92dc4d483278e"),
}
# What was planted or replaced, as it was found.
FOUND = {
    "etc/cron.d/sysstat-rotate": "bbeb7dcbd18b4d023201a00348b46a88be40579774e599f7035960f22cc91d09",
    "usr/bin/netstat": "2394ab78bc456ace97a969d2698a043788d10767fedbe36883508d173874ca4d",
    "usr/bin/ps": "e93d29e8f04336d0fd9f0c7ee5319e177cd93973a196918ecf58152bcb2bb597",
    "usr/lib/net/.helper": "21519c3d573400ad5fd54ff47648f0df670a76c675a972e28741ad5a9330b0d9",
    "usr/sbin/sshd": "29351866a3e1b7779258afc1f57900552a9b670fac7508a35324e327e8f00aef",
    "var/www/lib/session.php": "b81d800ea6a38d1796446dd8d51872472e6fc79e98c1025993f7a001813cca74",
    "var/www/uploads/2024/.thumb.php": "31f124d628d669e616fa9131ada65b2b024e945925a95e6781f3f2f0a3c3ed85",
}
MANDATED = {
    "/app/playbook.md": "89277975a45bec7a1e45f6afa7d9a0f5035ac13ffe582c7ef8e5f1d1148a3d4a",
    "/app/staff.json": "e2fa1b693a568b5056d95ff53a9339d34ad0af702775d4ec505b2061320b39b0",
}
FINGERPRINTS = [
    "SHA256:CziafSu3gJ1DkJh90m3nS+Xa8KPNiz/Txeu8opkQ01s",
    "SHA256:PK58GqWKbyLmzQM4M3hOeRrm+OQZmO8qozOcj4PAb7o",
]
TIMELINE = {
    "upload": "2025-03-29T22:41:07Z",
    "shell": "2025-03-29T22:43:18Z",
    "key": "2025-03-29T23:33:07Z",
    "login": "2025-03-29T23:55:12Z",
    "account": "2025-03-30T01:02:10Z",
    "job": "2025-03-30T01:34:02Z",
    "last": "2025-03-31T21:33:00Z",
}


def tree(top):
    """All that is below `top`, but folders."""
    found = []
    for folder, folders, files in os.walk(top):
        found += [os.path.relpath(f"{folder}/{name}", top) for name in files]
        found += [os.path.relpath(f"{folder}/{name}", top) for name in folders if os.path.islink(f"{folder}/{name}")]
    return sorted(found)


def right(path):
    mode, digest = GOOD[path]
    assert sha256(f"{DISK}/{path}") == digest, f"{path}: content"
    assert stat.S_IMODE(os.lstat(f"{DISK}/{path}").st_mode) == mode, f"{path}: mode"


def below(*tops):
    return [path for path in GOOD if path.startswith(tops)]


@check("logs, packages, rules and what the administrators vouch for are untouched")
def _():
    for path in below("var/log", "var/cache", "var/lib/pkg/manifest"):
        right(path)
    for path, digest in MANDATED.items():
        assert sha256(path) == digest, path
    assert tree(EVIDENCE)


@check("planted files are gone, and nothing else is or came")
def _():
    assert tree(DISK) == sorted(GOOD)


@check("programs are what they should be, with their modes")
def _():
    for path in below("usr/", "etc/cron.d", "var/www"):
        right(path)


@check("the register of local changes has what is true only")
def _():
    right("var/lib/pkg/local")


@check("the intruder's account is gone, and all others stay")
def _():
    for path in ("etc/passwd", "etc/shadow", "etc/group"):
        right(path)


@check("keys that are not in use are gone, and all other lines stay")
def _():
    for path in GOOD:
        if path.endswith("authorized_keys"):
            right(path)


@check("the evidence is kept as it was found")
def _():
    assert tree(EVIDENCE) == sorted(["SHA256SUMS", *(f"files/{path}" for path in FOUND)])
    for path, digest in FOUND.items():
        assert sha256(f"{EVIDENCE}/files/{path}") == digest, path
        assert stat.S_IMODE(os.lstat(f"{EVIDENCE}/files/{path}").st_mode) == 0o600, path
    assert lines(f"{EVIDENCE}/SHA256SUMS") == [f"{FOUND[path]}  {path}" for path in sorted(FOUND, key=str.encode)]


def report():
    found = json_file("/app/report.json")
    assert set(found) == {"addresses", "planted", "replaced", "loosened", "accounts", "keys", "timeline"}
    return found


@check("the report names files, accounts and keys")
def _():
    found = report()
    assert found["planted"] == ["etc/cron.d/sysstat-rotate", "usr/lib/net/.helper", "var/www/uploads/2024/.thumb.php"]
    assert found["replaced"] == ["usr/bin/netstat", "usr/bin/ps", "usr/sbin/sshd", "var/www/lib/session.php"]
    assert found["loosened"] == ["usr/bin/find"]
    assert found["accounts"] == ["sysd"]
    assert found["keys"] == FINGERPRINTS


@check("the report names the intruder's addresses")
def _():
    assert report()["addresses"] == ["198.51.100.199", "198.51.100.61", "203.0.113.178", "203.0.113.77"]


@check("the timeline is right")
def _():
    assert report()["timeline"] == TIMELINE


main()
