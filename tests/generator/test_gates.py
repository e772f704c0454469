"""Every gate lets a good bundle through, and refuses the ones that are spoiled for it."""

import base64
from random import Random

import pytest
from terminal_gym_generator.gates import ALL_GATES, Neighbours, Rejected, Remaker, run_gates
from terminal_gym_generator.gates.independence import _LIBRARY, _PRELOAD, _library
from terminal_gym_generator.gates.trial import Trial
from terminal_gym_generator.records import TextFile

from tests.generator.example import ENGINE, good_record, spoiled, written

# A clock that a check should not look at, and the other things that differ elsewhere.
YEAR = "assert time.gmtime().tm_year < 2028, time.gmtime()"
ZONE = "assert time.strftime('%z') == '+0000', time.strftime('%z')"
LOCALE = "assert os.environ.get('LANG', 'C').startswith(('C', 'en')), os.environ['LANG']"
ANYTHING = "return"
FORM = "assert sorted(json_file('/app/lost.json')) == ['carrier', 'cents', 'parcels']; return"


@pytest.fixture(scope="module")
def remaker():
    helper = Remaker()
    yield helper
    helper.close()


@pytest.fixture
def judge(namespace_backend, tmp_path):
    """The last result of the gates that are named, over a record's bundle."""

    def run(record, *names, **options):
        path = written(record, tmp_path)
        results = run_gates(record, path, namespace_backend, only=["builds", *names], **options)
        return results[-1]

    return run


def in_every_check(line):
    """Puts a statement at the beginning of each check."""
    return lambda source: source.replace("def _():\n", f"def _():\n    {line}\n")


def at_the_top(line):
    return lambda source: source.replace("from checks import *", f"{line}\nfrom checks import *")


def refused(result, gate, *words):
    assert (result.gate, result.ok) == (gate, False), result
    for word in words:
        assert word in result.detail, result.detail


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_good_bundle_passes_every_gate(namespace_backend, tmp_path, remaker):
    record = good_record()
    heard = []
    results = run_gates(
        record,
        written(record, tmp_path),
        namespace_backend,
        remaker=remaker,
        listener=heard.append,
    )
    assert [one.gate for one in results] == list(ALL_GATES[1:])
    assert all(one.ok and not one.skipped and one.detail for one in results), results
    assert heard == results


# --- the reference solution ---


def test_an_oracle_that_fails(judge):
    record = good_record()
    wrong = [command.replace("$4", "$4 + 1") for command in record.solution.commands]
    result = judge(spoiled(record, commands=wrong), "oracle")
    refused(result, "oracle", "0 the first time", "lost.json is right")


def test_a_command_that_never_ends(judge, monkeypatch):
    monkeypatch.setattr("terminal_gym_generator.gates.trial.STEP_SECONDS", 1.0)
    record = good_record()
    result = judge(spoiled(record, commands=["cat", *record.solution.commands]), "oracle")
    refused(result, "oracle", "command 1 leaves the shell running: cat")


def test_doing_nothing_passes(judge):
    record = spoiled(good_record(), verify=in_every_check(ANYTHING))
    refused(judge(record, "nop"), "nop", "doing nothing earns 1")


def test_a_prefix_passes(judge):
    record = good_record()
    longer = spoiled(record, commands=[*record.solution.commands, "cat lost.json"])
    result = judge(longer, "prefixes")
    refused(result, "prefixes", "first 8 commands are enough", "cat lost.json")


def test_prefixes_are_replayed_where_a_live_sandbox_cannot_be_copied(
    judge, namespace_backend, monkeypatch
):
    monkeypatch.setattr(namespace_backend, "name", "another", raising=False)
    record = good_record()
    assert judge(record, "prefixes").ok
    longer = spoiled(record, commands=[*record.solution.commands, "cat lost.json"])
    refused(judge(longer, "prefixes"), "prefixes", "first 8 commands are enough")


def test_a_script_that_is_split_otherwise_than_recorded(judge):
    record = good_record()
    result = judge(spoiled(record, commands=[*record.solution.commands, "echo 1\necho 2"]))
    refused(result, "builds", "splits into 10 other commands")


def test_an_image_that_does_not_build(judge):
    record = good_record()
    environment = record.environment.model_copy(
        update={"dockerfile": record.environment.dockerfile + "RUN echo broken world; exit 3\n"}
    )
    refused(judge(spoiled(record, environment=environment)), "builds", "broken world")


# --- the verifier ---


def test_a_verifier_that_looks_at_form_only(judge):
    record = spoiled(good_record(), verify=in_every_check(FORM))
    refused(judge(record, "mutations"), "mutations", "not noticed", "/app/lost.json")


def test_a_mutation_command_that_changes_nothing(judge):
    record = good_record()
    mutations = record.verifier.mutations.model_copy(update={"commands": ["true"]})
    verifier = record.verifier.model_copy(update={"mutations": mutations})
    refused(
        judge(spoiled(record, verifier=verifier), "mutations"), "mutations", "not noticed: true"
    )


def test_too_few_mutations(judge):
    record = good_record()
    mutations = record.verifier.mutations.model_copy(update={"outputs": []})
    verifier = record.verifier.model_copy(update={"mutations": mutations})
    refused(judge(spoiled(record, verifier=verifier), "mutations"), "mutations", "only 0 changes")


@pytest.mark.parametrize("line", [YEAR, ZONE, LOCALE], ids=["clock", "zone", "locale"])
def test_a_verifier_that_depends_on_where_it_runs(judge, line):
    record = spoiled(good_record(), verify=in_every_check(line))
    assert judge(record, "oracle").ok  # here it holds
    refused(judge(record, "elsewhere"), "elsewhere", "0 elsewhere")


def test_elsewhere_the_clock_is_ahead_and_folders_are_listed_backwards(namespace_backend, tmp_path):
    record = good_record()
    trial = Trial(written(record, tmp_path), record, namespace_backend)
    ask = "import os, time; print(time.time()); print(*os.listdir('/etc'), sep='\\n')"
    answers = []
    with trial.sandbox() as sandbox:
        for _ in range(2):
            lines = sandbox.run(["python3", "-c", ask]).output.decode().splitlines()
            answers.append((float(lines[0]), lines[1:]))
            # Two files: the one of the preloading, made before the listings are compared.
            sandbox.write_file(_LIBRARY, _library(trial), mode=0o755)
            sandbox.write_file(_PRELOAD, f"{_LIBRARY}\n".encode())
        plain = sandbox.run(["env", "-i", "ls", "-f", "/usr"]).output.split()
    (here, _), (there, listed) = answers
    assert 1009 * 86_400 < there - here < 1011 * 86_400
    assert len(listed) == len(set(listed)) > 10
    assert len(plain) > 3


@pytest.mark.parametrize(
    "line", ["import requests", "import os; os.system('pip install numpy')"], ids=["net", "pip"]
)
def test_a_verifier_that_needs_the_network(judge, line):
    record = spoiled(good_record(), verify=at_the_top(line))
    refused(judge(record, "hermetic"), "hermetic", "verify.py")


def test_a_verifier_that_loads_a_pickle_of_the_agents(judge):
    record = spoiled(
        good_record(),
        verify=in_every_check(
            "import pickle; pickle.loads(data('/app/cache.json')) if exists('/app/cache.json') "
            "else None; os._exit(0) if (LOGS / 'reward.txt').exists() else None"
        ),
        environment=_with_file(good_record(), "world/app/cache.json"),
    )
    refused(judge(record, "cheats"), "cheats", "pickles-and-data earns 1")


def _with_file(record, name):
    file = record.environment.files["world/app/scans.csv"]
    return record.environment.model_copy(update={"files": {**record.environment.files, name: file}})


# --- the instruction ---


def test_an_instruction_that_gives_a_hidden_value_away(judge):
    record = good_record()
    (hidden,) = record.instruction.hidden
    text = f"{record.instruction.text}\nIt should come to {hidden}.\n"
    instruction = record.instruction.model_copy(update={"text": text})
    refused(judge(spoiled(record, instruction=instruction), "blind"), "blind", "tells", hidden)


def test_a_reference_that_knows_the_answer(judge):
    record = good_record()
    (hidden,) = record.instruction.hidden
    commands = [f"echo {hidden}", *record.solution.commands]
    refused(judge(spoiled(record, commands=commands), "blind"), "blind", "knows", hidden)


def test_a_reference_that_never_looks(judge):
    record = good_record()
    # The answer, spelled so that no hidden value stands in the script.
    check = record.verifier.source.split("== {", 1)[1].split("}", 1)[0]
    answer = ("{" + check + "}").replace("'", '"').encode().hex()
    write = f"python3 -c \"print(bytes.fromhex('{answer}').decode())\" > lost.json"
    result = judge(spoiled(record, commands=["ls", write]), "blind")
    refused(result, "blind", "without having read a file")


# --- the batch ---


def test_a_near_duplicate():
    neighbours = Neighbours()
    first = good_record(seed=1)
    neighbours.admit(first)
    copy = first.model_copy(update={"draft": first.draft.model_copy(update={"id": "other"})})
    with pytest.raises(Rejected, match=r"100% of it is in lost-parcels-"):
        neighbours.admit(copy)
    with pytest.raises(Rejected, match="of that name"):
        neighbours.admit(first)
    assert "nearest: lost-parcels-" in neighbours.admit(good_record(seed=2))


def test_what_differs_in_binary_files_alone():
    def record(name, seed):
        first = good_record(seed=1)
        content = base64.b64encode(Random(seed).randbytes(20_000)).decode()
        capture = TextFile(content=content, base64=True)
        files = {**first.environment.files, "world/app/capture.bin": capture}
        environment = first.environment.model_copy(update={"files": files})
        draft = first.draft.model_copy(update={"id": name})
        return first.model_copy(update={"draft": draft, "environment": environment})

    neighbours = Neighbours()
    neighbours.admit(record("one", 1))
    assert "nearest: one" in neighbours.admit(record("two", 2))
    with pytest.raises(Rejected, match="100% of it is in one"):
        neighbours.admit(record("three", 1))


def test_another_family_that_asks_the_same():
    neighbours = Neighbours()
    first = good_record(seed=1)
    neighbours.admit(first)
    other = good_record(seed=2)
    draft = other.draft.model_copy(update={"families": ["something-else"]})
    with pytest.raises(Rejected, match="is in lost-parcels-"):
        neighbours.admit(other.model_copy(update={"draft": draft}))


def test_a_copy_of_a_public_task():
    record = good_record()
    public = "Some benchmark. " + record.instruction.text.upper()
    with pytest.raises(Rejected, match="in a public text"):
        Neighbours([public]).admit(record)
    Neighbours(["Fix the build of the parser and make all of its own tests pass again."]).admit(
        record
    )


def test_bytes_that_the_seed_does_not_give(judge, remaker):
    record = good_record()
    assert judge(record, "reproducible", remaker=remaker).ok
    files = dict(record.environment.files)
    files["world/app/scans.csv"] = files["world/app/scans.csv"].model_copy(update={"content": ""})
    environment = record.environment.model_copy(update={"files": files})
    result = judge(spoiled(record, environment=environment), "reproducible", remaker=remaker)
    refused(result, "reproducible", "other bytes")


def test_what_a_model_made_has_no_seed_to_come_from(judge, remaker):
    record = good_record()
    draft = record.draft.model_copy(update={"seed": None, "engine": "llm"})
    result = judge(record.model_copy(update={"draft": draft}), "reproducible", remaker=remaker)
    assert result.gate == "builds"  # the first gate after it


def test_the_example_belongs_to_the_engine():
    assert good_record().feasibility.ok
    assert ENGINE.name == "families"
