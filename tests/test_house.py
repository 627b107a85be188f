"""Checks on the house itself: what its files promise each other."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

import reanimator

ROOT = Path(__file__).resolve().parent.parent
CODE = ("reanimator", "registry", "ingest", "timeline", "tickets", "analytics", "demo", "benchmarks")
PROMISED_TARGETS = {
    "help", "setup", "demo", "serve", "worker", "beat", "test", "test-sqlite", "test-mariadb",
    "lint", "format", "bench", "lock", "clean",
}  # fmt: skip
SERVERS = {"web", "worker", "beat", "mariadb", "redis"}


def test_make_alone_lists_every_promised_target() -> None:
    printed = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert set(re.findall(r"^make ([a-z-]+) ", printed, re.MULTILINE)) == PROMISED_TARGETS


def test_ci_runs_the_test_command_of_the_readme() -> None:
    commands = (ROOT / ".ci" / "run").read_text().splitlines()

    assert "make test" in commands
    assert "set -euo pipefail" in commands


def test_one_version_is_told_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    images = {service["image"] for service in _compose()["services"].values() if "build" in service}

    assert project["version"] == reanimator.__version__
    assert images == {f"reanimator:{reanimator.__version__}"}


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_a_lock_answers_every_requirement(name: str) -> None:
    pins = _pins(f"{name}.txt")

    unanswered = [
        str(wanted)
        for wanted in _requirements(f"{name}.in")
        if _canonical(wanted.name) not in pins or pins[_canonical(wanted.name)] not in wanted.specifier
    ]

    assert unanswered == []


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_locked_package_has_hashes(name: str) -> None:
    entries = re.split(r"^(?=[a-z0-9])", (ROOT / f"{name}.txt").read_text(), flags=re.MULTILINE)[1:]

    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_development_runs_what_production_runs() -> None:
    production = _pins("requirements.txt").items()

    assert production <= _pins("requirements-dev.txt").items()


@pytest.mark.parametrize("name", sorted(SERVERS))
def test_every_server_in_compose_says_whether_it_is_well(name: str) -> None:
    service = _compose()["services"][name]

    checked_by_image = name == "web" and "\nHEALTHCHECK " in (ROOT / "Dockerfile").read_text()

    assert "test" in service.get("healthcheck", {}) or checked_by_image


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_no_process_starts_before_the_tables_are_there(name: str) -> None:
    waits_for = _compose()["services"][name]["depends_on"]

    assert {service: rule["condition"] for service, rule in waits_for.items()} == {
        "migrate": "service_completed_successfully",
        "mariadb": "service_healthy",
        "redis": "service_healthy",
    }


@pytest.mark.parametrize("secret", ["SECRET_KEY", "DATABASE_PASSWORD"])
def test_compose_refuses_to_start_without_a_secret(secret: str) -> None:
    text = (ROOT / "docker-compose.yml").read_text()

    uses = re.findall(rf"\$\{{{secret}(.{{2}})", text)

    assert uses
    assert set(uses) == {":?"}


def test_compose_keeps_data_in_named_volumes_that_are_mounted() -> None:
    compose = _compose()

    mounted = {mount.split(":")[0] for service in compose["services"].values() for mount in service.get("volumes", ())}

    assert mounted == set(compose["volumes"])


def test_the_image_gets_every_app() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert let_in >= {"manage.py", "reanimator", "registry", "ingest", "timeline", "tickets", "analytics"}


def test_every_variable_that_settings_read_is_documented() -> None:
    calls = re.compile(r"""(?:flag|whole_number|one_of|env\.\w+|read\(env\.\w+,)\(?\s*"([A-Z][A-Z_0-9]+)\"""")
    sources = ("reanimator/settings.py", "reanimator/environment.py")

    read = {name for source in sources for name in calls.findall((ROOT / source).read_text())}

    documented = set(re.findall(r"^\| `([A-Z_0-9]+)`", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE))
    assert read
    assert read - documented == set()


def test_no_module_hides_behind_a_name_that_says_nothing() -> None:
    nameless = {"utils", "helpers", "common", "base", "manager", "misc"}

    assert [str(path) for path in _modules() if path.stem in nameless] == []


def test_no_module_is_longer_than_one_idea() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in _modules()}

    assert {path: length for path, length in lengths.items() if length > 400} == {}


def _modules() -> list[Path]:
    folders = (*CODE, "tests")
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts]


def _compose() -> dict[str, Any]:
    compose: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return compose


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _requirements(name: str) -> list[Requirement]:
    lines = (line.split(" #")[0].strip() for line in (ROOT / name).read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith(("-r", "#"))]


def _pins(name: str) -> dict[str, Version]:
    pins = re.findall(r"^([a-z0-9][\w.-]*)(?:\[[^\]]*\])?==(\S+)", (ROOT / name).read_text(), re.MULTILINE)
    return {_canonical(package): Version(version) for package, version in pins}
