"""Authors that try to leave their machine: the host does not notice, and the run goes on."""

from pathlib import Path

import pytest

from tests.generator.llm.author import Author
from tests.generator.llm.made import make


class Escapes(Author):
    """Tries at every stage that has a machine; what it hands in is good apart from that.

    Args:
        folder: Of the host.
    """

    url = ""

    def __init__(self, folder):
        self.folder = folder

    def tries(self):
        host, port = self.url.split("/")[2].split(":")
        post = "POST /v1/escape HTTP/1.0\\r\\nContent-Length: 2\\r\\nAuthorization: x\\r\\n\\r\\n{}"
        return [
            f"mkdir -p {self.folder} && echo owned > {self.folder}/direct",
            f"cat {self.folder}/secret /proc/1/root{self.folder}/secret",
            f"echo owned > /proc/1/root{self.folder}/through-proc",
            f"cd /../../../../../../..; echo owned > .{self.folder}/dots; cd /app",
            f"(exec 3<>/dev/tcp/{host}/{port} && printf '{post}' >&3 && head -1 <&3)",
            f"curl -sm 5 -d '{{}}' {self.url}/escape",
            "mount -t proc none /mnt; mount --bind / /mnt; unshare -m true; chroot /proc/1/root ls",
            f"nsenter -t 1 -a touch {self.folder}/nsenter",
            "echo c > /proc/sysrq-trigger; mknod /tmp/disk b 8 0 && dd if=/tmp/disk count=1",
        ]

    def looks(self, name):
        # The shell goes, the processes go, the programs go: each time there is an answer.
        return [*self.tries(), "exit 3", "kill -9 $$", "kill -9 -1", "rm -rf /usr/bin /app", "ls"]

    def world(self, prompt):
        tries = "\n".join(f"({one}) || true" for one in self.tries() if "curl" not in one)
        return {**super().world(prompt), "setup": f"set +eu\n{tries}\ntrue"}

    def work(self, prompt):
        return {"commands": [*self.tries()[:3], *super().work(prompt)["commands"]]}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_nothing_leaves_the_machine(tmp_path, namespace_backend):
    folder = tmp_path / "host"
    folder.mkdir()
    (folder / "secret").write_text("the host's own words\n")
    found = make(Escapes(folder), tmp_path, namespace_backend, rounds=0)
    assert sorted(path.name for path in folder.iterdir()) == ["secret"]
    assert not Path("/tmp/disk").exists()
    assert "/v1/escape" not in found.server.paths
    told = "\n".join(
        message["content"]
        for body in found.server.requests
        for message in body["messages"]
        if message["role"] == "tool"
    )
    assert "the host's own words" not in told
    assert told.count("[exit ") >= 9  # they did run
    assert found.fell_at == ("", "")
