"""Grafting: a dead sandbox's state put into a fresh one."""

import pytest


@pytest.fixture
def graft(start, sh):
    """Runs a line in one sandbox and grafts paths of it into another."""

    def go(line, *paths):
        source, dest = start(), start()
        sh(source, line)
        source.kill_all()
        return dest, dest.graft_state(source, paths or ("/app",))

    return go


def test_changes_additions_and_removals_come_over(graft, sh):
    dest, report = graft(
        "echo changed > colour; mkdir -p new/deep; echo n > new/deep/n;"
        " rm -r gone; rm kept/first.txt"
    )
    assert sh(dest, "cat colour new/deep/n; ls; ls kept") == (
        "changed\nn\ncolour\ncolour-too\ndata\nkept\nlink\nnew\nrenamed\nwhere\nsecond.txt\n"
    )
    assert (report.missing, report.dropped) == ([], [])


def test_nothing_else_comes_over(graft, sh):
    dest, _ = graft(
        "echo evil > /etc/profile.d/x.sh; echo evil > /usr/bin/cat2; echo evil > /tmp/t"
    )
    assert sh(dest, "ls /etc/profile.d/x.sh /usr/bin/cat2 /tmp/t 2>/dev/null; true") == ""


def test_what_changed_deep_below_untouched_folders_comes_over(graft, sh):
    deep = "/usr/share/doc/bash"
    dest, _ = graft(
        f"d={deep}; mtime=$(stat -c %y $d); sed -i '1s/^./X/' $d/copyright; touch -d \"$mtime\" $d;"
        " chmod 700 /usr/share/base-files; rm -r /usr/share/doc/tar; echo n > /var/lib/dpkg/new",
        "/usr",
        "/var",
    )
    assert sh(dest, f"head -c 1 {deep}/copyright; stat -c %a /usr/share/base-files") == "X700\n"
    assert sh(dest, "ls /usr/share/doc/tar 2> /dev/null; cat /var/lib/dpkg/new") == "n\n"


def test_a_folder_that_was_made_anew_holds_nothing_old(graft, sh):
    dest, _ = graft("rm -r kept data; mkdir kept; echo n > kept/other; mkdir -p data/inner")
    assert sh(dest, "find kept data | sort") == "data\ndata/inner\nkept\nkept/other\n"


def test_names_at_the_top_are_told_of_the_dead(start, sh):
    sandbox = start()
    sh(sandbox, "mkdir '/made here' /also; touch /also/not; rm -rf /also; mkdir /opt/deep")
    sandbox.kill_all()
    names = sandbox.top_names()
    assert "made here" in names and not {"also", "not", "deep"} & set(names)


def test_unchanged_state_stays_as_it_is(graft, sh):
    dest, _ = graft("true")
    assert sh(
        dest, "cat colour link; stat -c %h colour; cmp data/inner/bytes data/inner/bytes"
    ) == ("blue\nblue\n2\n")


def test_modes_owners_times_and_links_are_kept(graft, sh):
    make = (
        "echo x > f; chown 1234:77 f; chmod 4751 f; touch -d '2001-02-03 04:05:06 UTC' f;"
        "ln f hard; ln -s f soft; mkdir d; chmod 1700 d; chown tester d"
    )
    dest, _ = graft(make)
    line = (
        "stat -c '%a %u:%g %Y %h' f; readlink soft; stat -c '%a %U' d; test f -ef hard && echo same"
    )
    assert sh(dest, line) == "4751 1234:77 981173106 2\nf\n1700 tester\nsame\n"


def test_odd_names(graft, sh):
    dest, _ = graft("touch -- '-rf' 'a\nb' ' ' '*' \"it's\" 'é'")
    assert sh(dest, "find . -maxdepth 1 -type f | wc -l") == "11\n"  # one of them is two lines
    assert (
        sh(dest, "test -e '-rf' -a -e 'a\nb' -a -e ' ' -a -e '*' -a -e \"it's\" && echo all")
        == "all\n"
    )


def test_a_missing_path_is_missing_afterwards(graft, sh):
    dest, report = graft("rm -r /app/kept", "/app/kept", "/app/never")
    assert report.missing == ["/app/kept", "/app/never"]
    assert sh(dest, "ls -d /app/kept 2>/dev/null; true") == ""


def test_a_file_in_place_of_a_folder(graft, sh):
    dest, _ = graft("rm -r kept && echo file > kept; rm where && mkdir where && echo in > where/in")
    assert sh(dest, "cat kept where/in") == "file\nin\n"


def test_what_is_no_state_is_dropped(graft, sh):
    dest, report = graft("mkfifo pipe; ln -s /dev/zero zero; ln -s ../proc/1 one; echo ok > ok")
    assert sh(dest, "cat ok; ls -d pipe zero one 2>/dev/null; true") == "ok\n"
    assert {line.split(":")[0] for line in report.dropped} == {
        "/app/pipe",
        "/app/zero",
        "/app/one",
    }


def test_a_parent_that_became_a_link_leads_nowhere(graft, sh):
    fake = "mkdir -p /tmp/fake/kept && echo fake > /tmp/fake/kept/first.txt"
    line = f"{fake}; rm -r /app; ln -s /tmp/fake /app"
    dest, report = graft(f"cd /; {line}", "/app/kept")
    assert sh(dest, "cat /app/kept/first.txt 2>/dev/null; true", cwd="/") != "fake\n"
    assert report.dropped or report.missing


def test_the_path_itself_as_a_link_stays_a_link(graft, sh):
    dest, _ = graft("cd /; rm -r /app/kept; ln -s /tmp /app/kept", "/app/kept")
    assert sh(dest, "readlink /app/kept") == "/tmp\n"


def test_a_huge_hole_costs_nothing(graft, sh):
    dest, report = graft("truncate -s 40M hole && echo x >> hole && echo ok > ok")
    assert sh(dest, "cat ok; tail -c 2 hole") == "ok\nx\n"
    assert report.dropped == []


def test_many_files(graft, sh):
    dest, _ = graft("mkdir many; cd many; seq 3000 | xargs touch; cd ..; seq 1000 > numbers")
    assert sh(dest, "ls many | wc -l; tail -n 1 numbers") == "3000\n1000\n"


def test_links_to_where_the_verifiers_files_will_be_are_dropped(graft, sh):
    dest, report = graft(
        "ln -s /tests a; ln -s ../tests/expected.json b; ln -s / up; ln -s up/tests c; "
        "ln -s /app/d2/../../logs/verifier/x d; ln -s /solution e; ln -s /testsuite fine"
    )
    assert sh(dest, "ls -d a b c d e fine up 2>/dev/null; true") == "fine\nup\n"
    assert {line.split(":")[0] for line in report.dropped} == {f"/app/{name}" for name in "abcde"}


def test_a_link_whose_way_is_too_long_to_follow_is_dropped(graft, sh):
    dest, report = graft("ln -s /$(printf './%.0s' {1..1100})tests/expected.json long; touch fine")
    assert sh(dest, "ls -d long fine 2>/dev/null; true") == "fine\n"
    assert [line.split(":")[0] for line in report.dropped] == ["/app/long"]


def test_what_is_dropped_is_told_in_short_plain_text(graft):
    names = "for i in 1 2 3; do mkfifo $(printf '\\377%0240d' $i) \"$(printf 'a\\nb%d' $i)\"; done"
    _, report = graft(names)
    assert len(report.dropped) == 6
    assert all(line.isprintable() and len(line) < 300 for line in report.dropped)


def test_links_whose_names_are_no_text(graft, sh):
    dest, report = graft("ln -s /dev/zero $(printf 'a\\351'); ln -s colour $(printf 'b\\351')")
    assert sh(dest, "ls -d a* b* 2>/dev/null | wc -l; cat b*") == "1\nblue\n"
    assert len(report.dropped) == 1
