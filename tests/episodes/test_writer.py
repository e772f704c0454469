import multiprocessing
import resource
import signal
import subprocess
import sys
import threading
import time

import pytest

from terminal_gym.episodes import EpisodeWriter, read_episodes, to_line
from terminal_gym.errors import RecordingFault


def names(path):
    return [episode.trajectory_id for episode in read_episodes(path)]


def test_episodes_are_appended_across_writers(tmp_path, make_episode):
    path = tmp_path / "runs" / "e.jsonl"
    for name in ("a", "b"):
        with EpisodeWriter(path) as writer:
            writer.write(make_episode(name))
    assert names(path) == ["a", "b"]


def test_an_episode_is_in_the_file_when_write_returns(tmp_path, make_episode):
    writer = EpisodeWriter(tmp_path / "e.jsonl")
    writer.write(make_episode("a"))
    assert names(writer.path) == ["a"]
    writer.close()


def test_a_torn_last_line_is_moved_beside_and_not_lost(tmp_path, make_episode):
    path = tmp_path / "e.jsonl"
    torn = to_line(make_episode("torn"))[:200]
    path.write_bytes(to_line(make_episode("a")) + torn)
    with EpisodeWriter(path) as writer:
        writer.write(make_episode("b"))
    assert names(path) == ["a", "b"]
    assert (tmp_path / "e.jsonl.torn").read_bytes() == torn + b"\n"


def test_a_line_torn_by_another_process_meanwhile_is_moved_too(tmp_path, make_episode):
    path = tmp_path / "e.jsonl"
    with EpisodeWriter(path) as writer:
        writer.write(make_episode("a"))
        with path.open("ab") as other:
            other.write(b'{"schema_version": "ATIF')
        writer.write(make_episode("b"))
    assert names(path) == ["a", "b"]
    assert (tmp_path / "e.jsonl.torn").read_bytes() == b'{"schema_version": "ATIF\n'


def test_a_whole_last_line_without_newline_is_kept(tmp_path, make_episode):
    path = tmp_path / "e.jsonl"
    path.write_bytes(to_line(make_episode("a")).rstrip(b"\n"))
    with EpisodeWriter(path) as writer:
        writer.write(make_episode("b"))
    assert names(path) == ["a", "b"]
    assert not (tmp_path / "e.jsonl.torn").exists()


def test_a_file_that_is_one_torn_line_beyond_a_block(tmp_path, make_episode):
    path = tmp_path / "e.jsonl"
    path.write_bytes(b"x" * 3_000_000)
    with EpisodeWriter(path) as writer:
        writer.write(make_episode("a"))
    assert names(path) == ["a"]
    assert (tmp_path / "e.jsonl.torn").stat().st_size == 3_000_001


def test_threads_share_a_writer(tmp_path, make_episode):
    with EpisodeWriter(tmp_path / "e.jsonl") as writer:

        def write(thread: int) -> None:
            for number in range(5):
                writer.write(make_episode(f"{thread}-{number}"))

        threads = [threading.Thread(target=write, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(names(writer.path))) == 40


def _write_many(path, episodes):
    with EpisodeWriter(path) as writer:
        for episode in episodes:
            writer.write(episode)


def test_processes_share_a_file(tmp_path, make_episode):
    path = tmp_path / "e.jsonl"
    big = "x" * 200_000
    context = multiprocessing.get_context("spawn")
    workers = []
    for worker in range(2):
        episodes = [make_episode(f"{worker}-{n}", verdict={"output": big}) for n in range(10)]
        workers.append(context.Process(target=_write_many, args=(path, episodes)))
    for process in workers:
        process.start()
    for process in workers:
        process.join()
    assert len(set(names(path))) == 20


_WRITE_FOREVER = """
import sys
from terminal_gym.episodes import EpisodeWriter, Episode
episode = Episode.model_validate_json(sys.stdin.read())
writer = EpisodeWriter(sys.argv[1])
while True:
    writer.write(episode)
    print("written", flush=True)
"""


def test_what_was_written_survives_sigkill(tmp_path, make_episode):
    path = tmp_path / "e.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITE_FOREVER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    process.stdin.write(to_line(make_episode("k", verdict={"output": "x" * 1_000_000})))
    process.stdin.close()
    said = [process.stdout.readline() for _ in range(5)]
    time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    said += process.stdout.readlines()
    process.wait()
    process.stdout.close()
    with EpisodeWriter(path) as writer:
        writer.write(make_episode("after"))
    assert len(names(path)) >= len(said) + 1
    assert names(path)[-1] == "after"


@pytest.fixture
def full_disk():
    """No file of this process may grow beyond 6,000 bytes, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(limit: int = 6000) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))

    def free() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    fill.free = free
    yield fill
    free()


def test_what_a_full_disk_refuses_is_spilled_elsewhere(tmp_path, make_episode, full_disk):
    spill = tmp_path / "spill"
    spill.mkdir()
    writer = EpisodeWriter(tmp_path / "e.jsonl", spill_dir=spill)
    writer.write(make_episode("a", verdict={"output": "x" * 4000}))
    size = writer.path.stat().st_size
    full_disk(size + 1000)
    with pytest.raises(RecordingFault, match=str(spill)):
        writer.write(make_episode("b", verdict={"output": "x" * 2000}))
    full_disk.free()
    assert writer.path.stat().st_size == size, "no torn line is left behind"
    assert [names(f) for f in spill.iterdir()] == [["b"]]
    writer.write(make_episode("c"))
    assert names(writer.path) == ["a", "c"]
    writer.close()


def test_what_nothing_can_take_stays_in_memory_and_is_tried_again(
    tmp_path, make_episode, full_disk
):
    writer = EpisodeWriter(tmp_path / "e.jsonl", spill_dir=tmp_path)
    full_disk(100)
    with pytest.raises(RecordingFault, match="in memory"):
        writer.write(make_episode("a"))
    full_disk.free()
    assert writer.unwritten == 1
    assert list(tmp_path.iterdir()) == [writer.path]
    writer.write(make_episode("b"))
    assert writer.unwritten == 0
    assert names(writer.path) == ["a", "b"]
    writer.close()


def test_close_writes_what_is_in_memory(tmp_path, make_episode, full_disk):
    writer = EpisodeWriter(tmp_path / "e.jsonl", spill_dir=tmp_path)
    full_disk(100)
    with pytest.raises(RecordingFault):
        writer.write(make_episode("a"))
    full_disk.free()
    writer.close()
    writer.close()
    assert names(writer.path) == ["a"]


def test_a_place_that_cannot_be_opened_is_a_fault_at_once(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RecordingFault, match="opened for appending"):
        EpisodeWriter(tmp_path / "file" / "e.jsonl")
    with pytest.raises(RecordingFault, match="opened for appending"):
        EpisodeWriter(tmp_path)
