"""Checks for a verifier: what tests/verify.py of a bundle is written with.

This file is copied into every bundle's tests/ folder, so that a bundle needs nothing but the
image's python3 (3.9 or newer, standard library). Its one source is terminal_gym/verifier/checks.py.

    from checks import check, json_file, main, sh

    @check("the history is linear")
    def _():
        assert sh(["git", "log", "--merges", "--oneline"], cwd="/app/repo").stdout == ""

    main()

Everything below the graded paths was left by an agent and may be hostile: files are read with
limits and only when they are regular files; programs (the agent's own, and tools such as git that
obey configuration it wrote) run as an unprivileged user that can neither read the tests nor write
the reward, and every process of that user is dead before the next check. The reward is 1 if all
checks pass, else 0. The report is CTRF (ctrf.io), one entry per check. With CHECKS_FIRST_FAILURE=1
in the environment, checks after one that fails are skipped, where only the reward is wanted.
"""

# Nearly all of a verdict's time is Python's start, so what few checks need is imported there.
import contextlib
import json
import os
import resource
import signal
import stat
import sys
import time
from pathlib import Path

NOBODY = 65534
LOGS = Path("/logs/verifier")
TESTS = Path(__file__).resolve().parent
MAX_BYTES = 8 << 20
CHECK_SECONDS = 60
QUERY_SECONDS = 3
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_GIT = {"safe.directory": "*", "core.fsmonitor": "false", "core.hooksPath": "/dev/null"}
_checks = []


def check(name, seconds=CHECK_SECONDS):
    """Register a check; the function fails it by raising, or by returning False."""

    def register(function):
        _checks.append((name, function, seconds))
        return function

    return register


def fail(message):
    """Fail the present check."""
    raise AssertionError(message)


# --- reading what the agent left ---


def data(path, max_bytes=MAX_BYTES):
    """The bytes of a regular file; a symlink, a device, a FIFO or a larger file fails the check."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    if _is_ours(os.path.realpath(path)) and not _is_ours(path):
        fail(f"{path} leads to the verifier's own files")
    try:
        fd = os.open(path, flags)
    except OSError as error:
        fail(f"{path}: {error.strerror}")
    with os.fdopen(fd, "rb") as file:
        info = os.fstat(fd)
        if not stat.S_ISREG(info.st_mode):
            fail(f"{path} is not a regular file")
        if info.st_size > max_bytes:
            fail(f"{path} has {info.st_size} bytes, more than {max_bytes}")
        return file.read(max_bytes)


def _is_ours(path):
    # A name may be given as bytes, since an agent's need not be text.
    return os.fsdecode(path).startswith((f"{TESTS}/", f"{LOGS}/"))


def text(path, max_bytes=MAX_BYTES):
    """A regular file as text; other than UTF-8 fails the check."""
    try:
        return data(path, max_bytes).decode("utf-8")
    except UnicodeDecodeError as error:
        fail(f"{path} is not UTF-8: {error}")


def lines(path, max_bytes=MAX_BYTES):
    """A text file's lines, without their ends."""
    return text(path, max_bytes).splitlines()


def json_file(path, max_bytes=MAX_BYTES):
    """A JSON file's value; NaN and doubled keys fail the check."""

    def once(pairs):
        keys = [key for key, _ in pairs]
        if len(keys) != len(set(keys)):
            fail(f"{path}: a key stands twice")
        return dict(pairs)

    def never(name):
        fail(f"{path}: {name} is not JSON")

    try:
        return json.loads(text(path, max_bytes), object_pairs_hook=once, parse_constant=never)
    except (ValueError, RecursionError) as error:
        fail(f"{path} is not JSON: {error}")


def sha256(path, max_bytes=64 << 20):
    """A regular file's SHA-256, as hex."""
    import hashlib

    return hashlib.sha256(data(path, max_bytes)).hexdigest()


def exists(path):
    """Whether anything is at `path` (a symlink counts, even a dangling one)."""
    return os.path.lexists(path)


def sqlite(path, query, arguments=(), max_rows=1_000_000):
    """All rows of a query over a copy of a database file; the original is never opened.

    What looks like a table may be a view without an end: too many rows, or three seconds, fail.
    """
    import sqlite3
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        copy.write_bytes(data(path, 64 << 20))
        end = time.monotonic() + QUERY_SECONDS
        try:
            with contextlib.closing(sqlite3.connect(copy)) as connection:
                connection.set_progress_handler(lambda: time.monotonic() > end, 100_000)
                rows = connection.execute(query, arguments).fetchmany(max_rows + 1)
        except sqlite3.Error as error:
            fail(f"{path}: {error}")
    if len(rows) > max_rows:
        fail(f"{path}: more than {max_rows} rows")
    return rows


# --- running programs ---


def sh(argv, timeout=20, cwd="/", env=None, stdin=""):
    """Run a tool of the image (as an unprivileged user; see above) and give what it printed.

    Returns a CompletedProcess with text output; a time-out fails the check.
    """
    import subprocess

    code, out, err = run_agent_program(argv, cwd, stdin, timeout, {**_tool_env(), **(env or {})})
    return subprocess.CompletedProcess(argv, code, out, err)


def git(repo, *arguments, timeout=20):
    """`git -C repo …`, which must succeed; gives its output without the last line break."""
    done = sh(["git", "-C", repo, *arguments], timeout)
    if done.returncode:
        fail(f"git {' '.join(arguments)}: {done.stderr.strip()[:200]}")
    return done.stdout.rstrip("\n")


def _tool_env():
    env = {"HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "TZ": "UTC", "GIT_CONFIG_NOSYSTEM": "1"}
    env["GIT_CONFIG_COUNT"] = str(len(_GIT))
    for place, (key, value) in enumerate(_GIT.items()):
        env[f"GIT_CONFIG_KEY_{place}"], env[f"GIT_CONFIG_VALUE_{place}"] = key, value
    return env


def run_agent_program(argv, cwd="/app", stdin="", timeout=10, env=None, max_output=1 << 20):
    """Run a program that the agent wrote, as user 65534, with limits on memory, files and time.

    Returns (exit status, stdout, stderr); the texts are cut at `max_output` bytes. The check fails
    at the time-out, or where the program cannot be started.
    """
    import subprocess

    _need_nobody()
    env = {"PATH": _PATH, "HOME": "/tmp", "LC_ALL": "C.UTF-8", **(env or {})}
    with _nameless_file() as out, _nameless_file() as err:
        try:
            process = subprocess.Popen(
                argv,
                cwd=cwd,
                env=env,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                start_new_session=True,
                preexec_fn=_become_nobody,
            )
        except subprocess.SubprocessError as error:
            _end_without_reward(f"no program can be run as user {NOBODY}: {error}")
        except OSError as error:
            fail(f"{argv[0]} cannot be started: {error}")
        try:
            process.communicate(stdin.encode(), timeout)
        except subprocess.TimeoutExpired:
            fail(f"{' '.join(argv)[:100]} did not end within {timeout} s")
        finally:
            kill_nobody()
            process.wait()
        return process.returncode, _head(out, max_output), _head(err, max_output)


def _need_nobody():
    """End without a reward where there is no user 65534 to become."""
    lines = Path("/proc/self/uid_map").read_text().splitlines()
    ranges = [list(map(int, line.split())) for line in lines]
    if not any(first <= NOBODY < first + count for first, _, count in ranges):
        _end_without_reward(
            "this sandbox has one user only, and programs must run as another: be root"
        )


def _end_without_reward(why):
    """Which is a fault, and no reward of 0."""
    print(why)
    sys.stdout.flush()
    os._exit(1)


def _nameless_file():
    path = LOGS / ".output"
    file = path.open("x+b")
    path.unlink()
    return file


def _head(file, max_output):
    file.seek(0)
    return file.read(max_output).decode("utf-8", "replace")


def _become_nobody():
    for limit, most in (
        (resource.RLIMIT_AS, 2 << 30),
        (resource.RLIMIT_FSIZE, 64 << 20),
        (resource.RLIMIT_NPROC, 4096),  # of this user on the whole host; the sandbox has its own
        (resource.RLIMIT_CORE, 0),
    ):
        set_before = resource.getrlimit(limit)[1]  # without control groups, by the sandbox
        value = most if set_before == resource.RLIM_INFINITY else min(most, set_before)
        resource.setrlimit(limit, (value, value))
    with contextlib.suppress(OSError):  # where memory runs out, it is not the verifier that dies
        Path("/proc/self/oom_score_adj").write_text("1000")
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def kill_nobody():
    """Kill every process of the unprivileged user: daemons and double forks, too."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


# --- the whole ---


def _on_alarm(signum, frame):
    raise TimeoutError("the check took too long")


def _run(name, function, seconds):
    began = time.time()
    signal.signal(signal.SIGALRM, _on_alarm)
    signal.alarm(seconds)
    try:
        problem = "returned False" if function() is False else ""
    except BaseException as error:  # a check must not end the verifier
        problem = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    finally:
        signal.alarm(0)
    status = "failed" if problem else "passed"
    shown = problem.encode("unicode_escape").decode()[:500]
    print(f"{status.upper()}  {name}{': ' + shown if shown else ''}", flush=True)
    entry = {"name": name, "status": status, "duration": round((time.time() - began) * 1000)}
    return {**entry, "message": shown} if shown else entry


def _run_all():
    """The entries of all checks; see above for when some are skipped."""
    hasty, tests = os.environ.get("CHECKS_FIRST_FAILURE") == "1", []
    for name, function, seconds in _checks:
        if hasty and tests and tests[-1]["status"] != "passed":
            tests.append({"name": name, "status": "skipped", "duration": 0})
        else:
            tests.append(_run(name, function, seconds))
    return tests


def main():
    """Run all checks in order; write the report and the reward."""
    _empty_logs()
    for folder in (LOGS.parent, TESTS):
        folder.chmod(0o700)
    room = _keep_room()
    began = time.time()
    tests = _run_all()
    statuses = [test["status"] for test in tests]
    passed = statuses.count("passed")
    summary = {one: statuses.count(one) for one in ("passed", "failed", "skipped")}
    summary.update(tests=len(tests), pending=0, other=0)
    summary.update(start=int(began * 1000), stop=int(time.time() * 1000))
    results = {"tool": {"name": "terminal-gym"}, "summary": summary, "tests": tests}
    report = {"reportFormat": "CTRF", "specVersion": "1.0.0", "results": results}
    room.unlink()
    _write("ctrf.json", json.dumps(report))
    _write("reward.txt", "1.0\n" if tests and passed == len(tests) else "0.0\n")


def _empty_logs():
    """Where the agent's machine is the verifier's, too, it may have left something there."""
    try:
        LOGS.rmdir()
    except OSError:
        import shutil

        shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True, exist_ok=True)


def _keep_room():
    """Disk and files for what `main` writes: a program of the agent's may use up all there is."""
    for name in ("ctrf.json", "reward.txt"):
        (LOGS / f".{name}").touch()
    room = LOGS / ".room"
    room.write_bytes(bytes(1 << 20))
    return room


def _write(name, content):
    draft = LOGS / f".{name}"
    draft.write_text(content)
    draft.rename(LOGS / name)
