"""The verifier grades what was left, in a process that the agent never touched."""

from make_bundle import TASK

PRINTS = "#!/bin/bash\n{}\necho 1 > /logs/verifier/reward.txt\n"


def output(info):
    assert info["valid"], info["fault"]
    return info["verdict"].output


def test_the_reward_and_the_output(grade):
    info = grade("touch done", verifier=PRINTS.format("echo said; echo wrong >&2"))
    assert info["verdict"].reward == 1.0
    assert sorted(info["verdict"].output.split()) == ["said", "wrong"]
    assert info["verdict"].mode == "state"


def test_it_runs_as_root_with_a_clean_environment(grade):
    info = grade(
        "export EVIL=1 LD_PRELOAD=/app/x PYTHONPATH=/app", verifier=PRINTS.format("id -u; env")
    )
    lines = output(info).splitlines()
    assert lines[0] == "0"
    names = {line.split("=", 1)[0] for line in lines[1:]}
    assert names <= {"PATH", "HOME", "USER", "LOGNAME", "PWD", "SHLVL", "_", "OLDPWD"}


def test_only_declared_state_is_there(grade):
    info = grade(
        "echo kept > /app/kept; echo lost > /root/lost; echo evil > /usr/local/bin/ls",
        verifier=PRINTS.format("cat /app/kept; cat /root/lost; ls /usr/local/bin"),
    )
    assert "kept\n" in output(info)
    assert "lost\n" not in output(info).replace("/root/lost", "")
    assert "evil" not in output(info)


def test_no_process_of_the_agent_lives(grade):
    info = grade(
        "setsid sleep 4719 & disown; (trap '' TERM HUP; sleep 4719) &",
        verifier=PRINTS.format("cat /proc/[0-9]*/cmdline | tr '\\0' ' '"),
    )
    assert "4719" not in output(info)


def test_early_rewards_count_for_nothing(grade):
    early = (
        "mkdir -p /logs/verifier; cd /logs/verifier;"
        " echo 1 > reward.txt; echo '{\"reward\": 1}' > reward.json"
    )
    assert grade(early)["verdict"].reward == 0.0
    silent = grade(early, verifier="#!/bin/bash\ntrue\n")
    assert silent["valid"] is False


def test_the_tests_cannot_be_read_before_or_by_others(grade):
    info = grade(
        "ls /tests > /app/seen 2>&1", verifier=PRINTS.format("cat /app/seen; stat -c %a /tests")
    )
    assert "cannot access" in output(info) and "700" in output(info)


def test_a_verifier_may_leave_daemons_that_write_nothing_more(grade):
    late = "(sleep 0.3; while :; do echo 1 > /logs/verifier/reward.txt; done) > /dev/null 2>&1 &"
    info = grade(verifier=f"#!/bin/bash\n{late}\necho 0 > /logs/verifier/reward.txt\n")
    assert info["verdict"].reward == 0.0


def test_a_verifier_that_hangs_is_a_fault(grade):
    task = TASK + "[verifier]\ntimeout_sec = 1.0\n"
    info = grade(task=task, verifier="#!/bin/bash\necho 1 > /logs/verifier/reward.txt\nsleep 60\n")
    assert info["valid"] is False and info["fault"]["type"] == "VerifierTimeout"


def test_the_verifiers_variables(grade):
    task = TASK + '[verifier]\nenv = { LEVEL = "7" }\n'
    assert output(grade(task=task, verifier=PRINTS.format("echo level $LEVEL"))) == "level 7\n"


def test_no_network_by_default(grade):
    info = grade(verifier=PRINTS.format("tail -n +3 /proc/net/dev | grep -cv 'lo:'"))
    assert int(output(info).split()[0]) <= 6  # tunnels that the kernel makes for each namespace
    info = grade(verifier=PRINTS.format("cat /proc/net/route | wc -l"))
    assert output(info).strip() == "1"


def test_without_declared_state_everything_comes_over(grade):
    task = TASK.replace('state = ["/app"]\n', "")
    info = grade(
        "echo 1 > /opt/thing; mkdir -p /logs/verifier; echo 1 > /logs/verifier/reward.json",
        task=task,
        verifier="#!/bin/bash\ncat /opt/thing > /logs/verifier/reward.txt\n",
    )
    assert (info["verdict"].reward, info["verdict"].mode) == (1.0, "shared")


def test_missing_and_dropped_state_is_told(grade):
    task = TASK.replace('["/app"]', '["/app", "/srv/result"]')
    info = grade("mkfifo /app/pipe", task=task)
    assert info["verdict"].missing == ["/srv/result"]
    assert any("/app/pipe" in line for line in info["verdict"].dropped)
