"""A task of several services in Harbor's format: what its verifier asks is in a service."""

from pathlib import Path

PUBLIC = '[task]\nname = "test/store"\n[environment]\nworkdir = "/app"\n'
OFFLINE = PUBLIC + 'network_mode = "no-network"\n'
# Perl is in Debian's base system, and Python is not.
SERVER = """\
use IO::Socket;
my $s = IO::Socket::INET->new(LocalPort => $ENV{PORT}, Listen => 9, ReuseAddr => 1) or die;
my $kept = "nothing";
while (my $c = $s->accept) {
  my $said = <$c>;
  if ($said =~ /^put (.*)/) { $kept = $1; open my $f, ">", "/data/kept"; print $f $kept }
  print $c "$ENV{GREETING} $kept\\n";
  close $c;
}
"""
COMPOSE = """\
services:
  main:
    depends_on:
      store: { condition: service_healthy }
      once: { condition: service_completed_successfully }
  store:
    build: { context: store, dockerfile: Dockerfile.store, args: { PORT: "7000" }, target: store }
    environment: { GREETING: "${TG_TEST_GREETING:-hello}" }
    volumes: [data:/data]
    ports: ["7000:7000"]
    container_name: warehouse
    mem_limit: 64m
    depends_on: [once]
    healthcheck: { test: "test -e /data/up", interval: 200ms, timeout: 20s, retries: 500 }
  once:
    image: debian:bookworm-slim
    command: sh -c "exit ${TG_TEST_EXIT:-0}"
volumes: { data: }
"""
STORE = """\
FROM debian:bookworm-slim AS store
ARG PORT=7
ENV PORT=$PORT
COPY server.pl /server.pl
CMD ["sh", "-c", "touch /data/up; exec perl /server.pl"]
FROM debian:bookworm-slim
"""
DOCKERFILE = """\
FROM debian:bookworm-slim
COPY ask /usr/local/bin/ask
RUN chmod 755 /usr/local/bin/ask
WORKDIR /app
"""
ASK = """\
#!/bin/bash
exec 3<>"/dev/tcp/$1/7000" && echo "${*:2}" >&3 && cat <&3
"""
# The verifier asks the store what the agent put into it.
TESTS = """\
#!/bin/bash
[ "$(/usr/local/bin/ask store get)" = "hello 42" ]
echo $(( $? == 0 )) > /logs/verifier/reward.txt
"""


ENVIRONMENT = {
    "docker-compose.yaml": COMPOSE,
    "Dockerfile": DOCKERFILE,
    "ask": ASK,
    "store/Dockerfile.store": STORE,
    "store/server.pl": SERVER,
}


def write_store(folder: Path, toml: str = OFFLINE, files: dict[str, str] | None = None) -> Path:
    """Solved by `ask store put 42`; `files` come beside its own, or in their place."""
    whole = {
        "task.toml": toml,
        "instruction.md": "Put 42 into the store.\n",
        **{f"environment/{name}": text for name, text in ENVIRONMENT.items()},
        "solution/solve.sh": "#!/bin/bash\nask store put 42\n",
        "tests/test.sh": TESTS,
        **(files or {}),
    }
    for name, text in whole.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
