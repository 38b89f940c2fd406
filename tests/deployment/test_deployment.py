"""The deployment files, without an engine: they are of their form, name what is there, and say the same as the rest."""

import fnmatch
import getpass
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import yaml
from dagster._core.instance.config import dagster_instance_config
from deployments import (
    DEPLOY,
    PAGE,
    PYPROJECT,
    ROOT,
    UNITS,
    compose,
    installer,
    instructions,
    interpolated,
    read,
    unit,
)
from packaging.specifiers import SpecifierSet
from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from assets.settings import Settings
from pipelines.jobs import partial_refreshes, weekly_refresh
from pipelines.refresh import ExitCode
from pipelines.schedules import every_monday

LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
LOCKED = {package["name"]: package for package in LOCK["package"]}
SETTINGS = {str(field.alias) for field in Settings.model_fields.values()}
ENVIRONMENT = [
    name for instruction, text in instructions() if instruction == "ENV" for name in re.findall(r"(\w+)=", text)
]


def test_compose_files_are_of_the_published_form():
    schema = json.loads((files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json").read_text())
    for laid in (["compose.yaml"], ["compose.lake.yaml"], ["compose.yaml", "compose.lake.yaml"]):
        jsonschema.validate(compose(*laid), schema)


@pytest.mark.parametrize("lake", [[], ["compose.lake.yaml"]])
def test_services_are_small_and_only_the_machine_itself_reaches_them(lake):
    services = compose("compose.yaml", *lake)["services"]
    assert services.keys() == {"postgres", "code", "daemon", "webserver"}
    for name, service in services.items():
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert service["restart"] == "unless-stopped", name
        assert not any("docker.sock" in str(volume) for volume in service.get("volumes", [])), name
        if name != "postgres":
            assert service["read_only"], name
            assert service["cap_drop"] == ["ALL"], name
            assert service["mem_limit"], name
    assert [s["ports"] for s in services.values() if "ports" in s] == [["127.0.0.1:3000:3000"]]
    assert "--read-only" in services["webserver"]["command"]
    assert services["postgres"]["networks"] == services["daemon"]["networks"] == ["inside"]
    assert compose()["networks"]["inside"]["internal"]


def test_keys_of_services_are_given_to_the_code_alone():
    services = compose()["services"]
    assert [name for name, service in services.items() if "env_file" in service] == ["code"]
    assert SETTINGS.isdisjoint(services["daemon"]["environment"])
    assert SETTINGS.isdisjoint(services["webserver"]["environment"])


def test_volumes_are_declared_and_the_image_has_their_folders_for_its_account():
    declared = compose()
    used = {
        tuple(volume.split(":")[:2])
        for service in declared["services"].values()
        for volume in service.get("volumes", [])
    }
    assert {name for name, _ in used} == declared["volumes"].keys()
    (made,) = [text for name, text in instructions() if name == "RUN" and "install -d" in text]
    assert "-o tidegauge" in made
    for name, place in used:
        assert name == "postgres" or place in made.split(), place
    assert ("USER", "10001") in instructions()
    assert "--uid 10001" in made


# Images and versions.


def images() -> list[str]:
    values = read("kubernetes/values.yaml")
    named = [values["dagster-user-deployments"]["deployments"][0], values["dagsterWebserver"], values["dagsterDaemon"]]
    return [
        *(text.split()[0] for name, text in instructions() if name == "FROM"),
        *(service["image"] for service in compose()["services"].values()),
        *(f"{one['image']['repository'].strip('<>')}:{one['image']['tag']}" for one in named),
        *(line.split("=", 1)[1] for line in example() if line.startswith("TIDEGAUGE_IMAGE=")),
    ]


def example() -> list[str]:
    """The lines of the example of an environment that set something, also those that are commented out."""
    text = (DEPLOY / ".env.example").read_text(encoding="utf-8")
    return re.findall(r"^(?:# )?([A-Z_]+=.*)$", text, flags=re.MULTILINE)


@pytest.mark.parametrize("image", images())
def test_images_are_named_in_full_and_pinned(image):
    registry, *_, name = image.split("/")
    assert registry == "localhost" or "." in registry
    assert re.fullmatch(r"[\w-]+(:\d+\.\d+[\w.-]*|@sha256:(\.\.\.|[0-9a-f]{64}))", name)


def test_versions_are_those_that_are_locked():
    text = " ".join(text for _, text in instructions())
    assert re.findall(r"uv==([\d.]+)", text) == [LOCKED["uv"]["version"]]
    (base,) = {image for image in images() if "/python:" in image}
    python = base.split(":")[1].partition("-")[0]
    assert python in SpecifierSet(PYPROJECT["project"]["requires-python"])
    assert {i.rpartition(":")[2] for i in images() if "tidegauge:" in i} == {PYPROJECT["project"]["version"]}
    dagster = LOCKED["dagster"]["version"]
    told = [(DEPLOY / "kubernetes" / "values.yaml"), PAGE]
    charts = {found for path in told for found in re.findall(r"--version ([\d.]+)", path.read_text(encoding="utf-8"))}
    assert charts == {dagster}
    assert version("dagster") == dagster
    postgres = compose()["services"]["postgres"]["image"].split(":")[1].partition("-")[0]
    assert read("kubernetes/values.yaml")["postgresql"]["image"]["tag"] == postgres


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_package_of_the_image_has_a_wheel_for_it(machine):
    """The image has no compiler, on purpose."""
    (base,) = {image for image in images() if "/python:" in image}
    python = tuple(map(int, base.split(":")[1].split(".")[:2]))
    # Debian 12 has glibc 2.36.
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in range(36, 4, -1)] + [f"manylinux2014_{machine}"]
    fitting = {
        *cpython_tags(python, platforms=platforms),
        *compatible_tags(python, f"cp{python[0]}{python[1]}", platforms),
    }
    for package in runtime_packages():
        names = [wheel["url"].rpartition("/")[2] for wheel in package.get("wheels", [])]
        assert any(parse_wheel_filename(name)[3] & fitting for name in names), package["name"]


def runtime_packages() -> list[dict]:
    """The packages that `uv sync --no-dev --all-extras` installs."""
    project = LOCKED["tidegauge"]
    waiting = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    found: dict[str, dict] = {}
    while waiting:
        named = waiting.pop()
        if "win32" in named.get("marker", "") or named["name"] in found:
            continue
        package = found[named["name"]] = LOCKED[named["name"]]
        waiting += package.get("dependencies", [])
        waiting += (one for extra in named.get("extra", []) for one in package["optional-dependencies"][extra])
    return list(found.values())


# What goes into the image.


def is_let_in(path: str) -> bool:
    """Whether .dockerignore lets a path into the build: the last line that fits it, or a folder above it, decides."""
    let_in = True
    above = [path, *map(str, Path(path).parents)][:-1]
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pattern = line.removeprefix("!")
            anywhere = pattern.removeprefix("**/")
            if any(
                (fnmatch.fnmatch(one, pattern) and one.count("/") == pattern.count("/"))
                or (anywhere != pattern and fnmatch.fnmatch(Path(one).name, anywhere))
                for one in above
            ):
                let_in = line.startswith("!")
    return let_in


def test_what_is_copied_is_there_and_let_in():
    copied = [text.split()[:-1] for name, text in instructions() if name == "COPY" and "--from" not in text]
    for source in (one for sources in copied for one in sources):
        assert (ROOT / source).exists(), source
        assert is_let_in(source), source
    for needed in ("warehouse/sql/charts/hub_downloads.sql", "docs/methods/growth.md", "assets/hub/load_records.sql"):
        assert (ROOT / needed).exists()
        assert is_let_in(needed), needed


def test_secrets_data_and_history_are_not_let_in():
    kept_out = (
        ".env", "deploy/.env", ".dagster/storage/runs.db", ".git/config", "warehouse/working/tidegauge.duckdb",
        "warehouse/published/tidegauge.duckdb", "warehouse/demo/working", "pipelines/__pycache__/cli.pyc", "tests/conftest.py",
        "warehouse/pages/__pycache__/page.pyc", ".venv/bin/python",
    )  # fmt: skip
    assert [path for path in kept_out if is_let_in(path)] == []


# Names of the environment.


def test_every_variable_is_known_to_somebody():
    config = (DEPLOY / "dagster.yaml").read_text(encoding="utf-8")
    lake = (ROOT / "warehouse" / "database" / "lake.py").read_text(encoding="utf-8")
    known = SETTINGS | set(re.findall(r"env: (\w+)", config)) | set(re.findall(r'environ\.get\("(\w+)"', lake))
    known |= {"PATH", "HOME", "PYTHONUNBUFFERED", "DAGSTER_HOME", "DAGSTER_DISABLE_TELEMETRY"}
    known |= {"POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD"}  # the image of PostgreSQL
    known |= {name for name in ENVIRONMENT if re.search(rf"\[env:\s+\W?{name}=", installer())}
    known |= set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
    used = {
        name
        for laid in ("compose.yaml", "compose.lake.yaml")
        for s in compose(laid)["services"].values()
        for name in s.get("environment", {})
    }
    used |= {line.split("=")[0] for line in example()} | set(ENVIRONMENT)
    used |= {
        one["name"]
        for d in read("kubernetes/values.yaml")["dagster-user-deployments"]["deployments"]
        for one in d["env"]
    }
    used |= {value.split("=")[0] for path in UNITS for _, name, value in unit(path) if name == "Environment"}
    assert used - known == set()
    assert set(re.findall(r"env: (\w+)", config)) <= compose()["services"]["daemon"]["environment"].keys()


def test_no_address_and_no_file_holds_a_password():
    for path in (
        DEPLOY / name for name in ("compose.yaml", "compose.lake.yaml", "dagster.yaml", "kubernetes/values.yaml")
    ):
        text = interpolated(path.read_text(encoding="utf-8"))
        assert not re.search(r"password=|://[^/\s]*:[^/\s]*@", text), path.name
    assert [line for line in example() if re.search(r"(PASSWORD|KEY|TOKEN|SECRET)\w*=.", line)] == []
    assert "TIDEGAUGE_WAREHOUSE" in SETTINGS
    address = compose("compose.yaml", "compose.lake.yaml")["services"]["code"]["environment"]["TIDEGAUGE_WAREHOUSE"]
    assert Settings(TIDEGAUGE_WAREHOUSE=address).warehouse == address


# Dagster's configuration.


def test_the_shared_configuration_is_valid_and_says_what_that_of_one_machine_says():
    shared, _ = dagster_instance_config(str(DEPLOY))
    alone, _ = dagster_instance_config(str(ROOT))
    for section in ("telemetry", "run_monitoring", "run_retries", "retention", "nux"):
        assert shared[section] == alone[section], section


def test_jobs_that_publish_or_walk_carry_the_tag_that_the_queue_limits():
    (limit,) = read("dagster.yaml")["concurrency"]["runs"]["tag_concurrency_limits"]
    coordinator = read("kubernetes/values.yaml")["dagsterDaemon"]["runCoordinator"]["config"]["queuedRunCoordinator"]
    assert coordinator["tagConcurrencyLimits"] == [limit] == [{"key": "tidegauge/refresh", "limit": 1}]
    tagged = {job.name for job in (weekly_refresh, *partial_refreshes) if limit["key"] in (job.tags or {})}
    assert tagged == {"weekly_refresh", "hub_refresh", "publication_refresh"}


def test_the_daemon_and_the_pages_look_for_the_code_where_it_is():
    (server,) = (one["grpc_server"] for one in read("workspace.yaml")["load_from"])
    assert server["host"] in compose()["services"]
    assert server["location_name"] == PYPROJECT["tool"]["dg"]["project"]["code_location_name"]
    (cmd,) = [yaml.safe_load(text) for name, text in instructions() if name == "CMD"]
    assert cmd[cmd.index("--port") + 1] == str(server["port"])
    assert importlib.util.find_spec(cmd[cmd.index("--module-name") + 1])


# systemd.


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_have_what_they_need_once(path):
    settings = unit(path)
    names = [(section, name) for section, name, _ in settings]
    assert len(set(names)) == len(names)
    assert {section for section, _, _ in settings} <= {"Unit", "Service", "Timer", "Install"}
    if path.suffix == ".timer":
        assert path.with_suffix(".service").exists()
    else:
        assert ("Service", "ExecStart") in names
        assert ("Install", "WantedBy") in names or path.with_suffix(".timer").exists()


def test_the_timer_is_the_schedule_and_a_missing_source_is_no_failure():
    timer = {name: value for _, name, value in unit(DEPLOY / "systemd" / "tidegauge-refresh.timer")}
    assert (timer["OnCalendar"], every_monday.cron_schedule) == ("Mon *-*-* 06:00:00 UTC", "0 6 * * 1")
    refresh = {name: value for _, name, value in unit(DEPLOY / "systemd" / "tidegauge-refresh.service")}
    assert refresh["SuccessExitStatus"] == str(int(ExitCode.SOURCE_MISSING))
    assert refresh["TimeoutStartSec"] == f"{read('dagster.yaml')['run_monitoring']['max_runtime_seconds'] // 3600}h"


def test_both_services_are_locked_in_alike():
    own = {"Type", "ExecStart", "SuccessExitStatus", "TimeoutStartSec", "KillSignal", "Restart", "RestartSec"}
    ui, refresh = (
        {
            (name, value)
            for section, name, value in unit(DEPLOY / "systemd" / f"{one}.service")
            if section == "Service" and name not in own
        }
        for one in ("tidegauge", "tidegauge-refresh")
    )
    assert ui == refresh
    assert ("ProtectSystem", "strict") in ui


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not here: its own check of the units is left out"
)
def test_systemd_knows_every_word(tmp_path):
    for path in UNITS:
        text = path.read_text(encoding="utf-8").replace("/opt/tidegauge/.venv/bin/tidegauge", sys.executable)
        text = text.replace("User=tidegauge", f"User={getpass.getuser()}").replace("/opt/tidegauge", str(ROOT))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *sorted(tmp_path.iterdir())],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = [line for line in done.stderr.splitlines() if "tidegauge" in line]
    assert (done.returncode, told) == (0, [])


def test_the_page_names_every_file():
    page = PAGE.read_text(encoding="utf-8")
    for path in DEPLOY.rglob("*"):
        if path.is_file() and path.name != ".env":
            assert path.name in page or f"deploy/{path.parent.name}/" in page, path.name
