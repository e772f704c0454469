import pytest

from terminal_gym.bundle import load_bundle
from terminal_gym.errors import BundleError, UnsupportedFeature


def load_with(bundle, text):
    (bundle / "task.toml").write_text(text)
    return load_bundle(bundle)


def test_old_keys_are_understood(bundle):
    loaded = load_with(
        bundle,
        """
        version = "1.0"
        [metadata]
        category = "security"
        difficulty = "hard"
        [environment]
        memory = "2G"
        storage = "512M"
        allow_internet = false
        """,
    )
    limits = loaded.sandbox_spec.limits
    assert (limits.memory_mb, limits.storage_mb) == (2048, 512)
    assert loaded.config.schema_version == "1.0"
    assert loaded.sandbox_spec.network is False
    assert loaded.domain == "security"


def test_without_a_word_about_it_the_network_is_public_as_in_harbor(bundle):
    assert load_with(bundle, 'schema_version = "1.4"').sandbox_spec.network is True


def test_unknown_keys_are_named_in_a_warning(bundle):
    with pytest.warns(UserWarning, match=r"environment\.colour, verifer"):
        load_with(bundle, "[verifer]\ntimeout_sec = 3\n[environment]\ncolour = 1\n")


def test_a_warning_of_unknown_keys_has_an_end(bundle):
    text = "".join(f"{'k' * 500}{n} = 1\n" for n in range(500))
    with pytest.warns(UserWarning, match="k and 490 more$") as caught:
        load_with(bundle, text)
    assert len(str(caught[0].message)) < 2000


def test_unknown_keys_of_ours_are_named_too(bundle):
    with pytest.warns(UserWarning, match="dificulty"):
        load_with(bundle, "[metadata.terminal_gym]\ndificulty = 3\n")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[environment]\ncpus = 0", "environment.cpus"),
        ("[environment]\ncpus = inf", "environment.cpus"),
        ('[environment]\nmemory = "lots"', "environment"),
        (f'[environment]\nmemory = "{"9" * 5000}T"', "environment.memory_mb"),
        ("[environment]\nmemory_mb = 8", "environment.memory_mb"),
        (f"[environment]\nmemory_mb = {10**30}", "environment.memory_mb"),
        (f"[environment]\nstorage_mb = {10**30}", "environment.storage_mb"),
        ("[environment]\ncpus = 1e300", "environment.cpus"),
        ("[environment]\nbuild_timeout_sec = 1e300", "environment.build_timeout_sec"),
        ('[environment.env]\n"A=B" = "x"', "environment.env.A=B"),
        ('[environment.env]\n"" = "x"', "environment.env."),
        ('[environment.healthcheck]\ncommand = "a"\nretries = -1', "environment.healthcheck"),
        ("[agent]\ntimeout_sec = 1e300", "agent.timeout_sec"),
        ("task = [1]", "task"),
        ('steps = "one"', "steps"),
        ("artifacts = [5]", "artifacts.0"),
        ("metadata = 1979-05-27T07:32:00Z", "metadata"),
        ("[environment]\nmemory_mb = -1", "environment.memory_mb"),
        ('[agent]\ntimeout_sec = "soon"', "agent.timeout_sec"),
        ("[verifier]\ntimeout_sec = nan", "verifier.timeout_sec"),
        ("[verifier]\ntimeout_sec = inf", "verifier.timeout_sec"),
        ('[verifier]\nenvironment_mode = "shared"\n[verifier.environment]\ncpus = 1', "verifier"),
        ('artifacts = ["/a/../b"]', "artifacts.0.source"),
        ('[[steps]]\nname = "a/b"', "steps.0.name"),
        ('[[steps]]\nname = ".."', "steps.0.name"),
        (f'[[steps]]\nname = "{"a" * 5000}"', "steps.0.name"),
        ("".join(f'[[steps]]\nname = "s{n}"\n' for n in range(1001)), "steps"),
        ('[task]\nname = "../../etc/passwd"', "task.name"),
        ('[task]\nname = "no-organisation"', "task.name"),
        ("metadata = 3", "metadata"),
        ("[metadata.terminal_gym]\ndifficulty = 6", "metadata.terminal_gym.difficulty"),
        ('[metadata.terminal_gym]\nstate = ["app"]', "metadata.terminal_gym.state"),
        ('[metadata.terminal_gym]\nstate = ["/app/../.."]', "metadata.terminal_gym.state"),
        ("[metadata]\nterminal_gym = 7", "metadata.terminal_gym"),
    ],
)
def test_a_bad_value_is_named_by_file_and_key(bundle, text, key):
    with pytest.raises(BundleError) as caught:
        load_with(bundle, text)
    assert f"{bundle}/task.toml: {key}" in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "[environment",
        "a = 1\na = 2",
        "x = " + "[" * 100_000,
        "x = " + "9" * 10_000,
        "x = 1\0",
        # Without a bound, the first two of these take all memory of the machine.
        ".".join("a" * 100_000) + " = 1",
        "[" + " . ".join(["'a'"] * 100_000) + "]",
        "x = {" + ".".join("a" * 1000) + " = 1}",
        'x = "a\\u0000b"',
        '[environment.env]\n"A\\u0000" = "x"',
        'metadata = { x = [{ y = [["\\u0000"]] }] }',
    ],
    ids=[
        *("unclosed", "twice", "deep", "digits", "nul", "dots", "dotted-table", "dotted-inline"),
        *("nul-text", "nul-key", "nul-inside"),
    ],
)
def test_toml_that_cannot_be_read_is_an_error_of_ours(bundle, text):
    with pytest.raises(BundleError, match=r"task\.toml"):
        load_with(bundle, text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[environment]\ngpus = 1", "environment.gpus"),
        ("[environment]\ntpu = { type = 'v4' }", "environment.tpu"),
        ('[environment]\nos = "windows"', "environment.os"),
        ('[[environment.mcp_servers]]\nname = "x"', "environment.mcp_servers"),
        ('[environment]\nnetwork_mode = "allowlist"', "environment.network_mode"),
        ('[agent]\nnetwork_mode = "allowlist"', "agent.network_mode"),
        ('[verifier]\nallowed_hosts = ["pypi.org"]', "verifier.network_mode"),
        ("[verifier.environment]\ngpus = 2", "verifier.environment.gpus"),
        ('[[steps]]\nname = "a"\nagent.network_mode = "allowlist"', "steps.0.agent.network_mode"),
        (
            '[[verifier.collect]]\nservice = "db"\ncommand = "true"',
            "verifier.collect.service",
        ),
        ('artifacts = [{ source = "/dump", service = "db" }]', "artifacts.service"),
        ('artifacts = ["out.txt"]', "artifacts.source"),
    ],
)
def test_what_we_cannot_run_is_refused_by_name(bundle, text, key):
    with pytest.raises(UnsupportedFeature) as caught:
        load_with(bundle, text)
    assert f"{bundle}/task.toml: {key}" in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["docker-compose.yaml", "compose.yml"])
def test_further_services_are_known(bundle, name):
    (bundle / "environment" / name).write_text("services: { main: {}, db: { image: postgres } }\n")
    assert load_bundle(bundle).machine.services.names == ("db",)
