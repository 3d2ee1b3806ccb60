# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make` runs: each session in an environment of its own, on a copy of the checkout of its own."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tarfile
import tempfile
from gzip import GzipFile
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent
CACHE = ROOT / ".cache"
COLLECTION = Path("ansible_collections", "finops", "cloudflare")
CORES = {"2.19": "3.11", "2.20": "3.12", "2.21": "3.12", "2.22": "3.13"}  # with the Python to test each on
CORE = os.environ.get("FINOPS_TEST_ANSIBLE_CORE") or ("2.19" if sys.version_info < (3, 12) else "2.21")
PERSONAL = ("ANSIBLE_", "GIT_", "CLOUDFLARE_", "PYTEST_", "PYTHON", "MAKE")
SANITY = {"ansible-doc", "compile", "import", "pep8", "pylint", "runtime-metadata", "shebang", "validate-modules"}
PROGRAMS = {"bench": "performance", "forecast": "forecast", "mutants": "mutation", "unit": "schemas"}  # by their lock

nox.options.default_venv_backend = "uv"
nox.options.envdir = ".cache/nox"
nox.options.error_on_missing_interpreters = True
nox.options.reuse_venv = "yes"


def start(session: nox.Session, lock: str, core: str = CORE) -> Path:
    """Bring the environment to exactly what two locks hold, without a user's settings, and copy the checkout."""
    locks = [f"tests/requirements/{name}.txt" for name in (lock, f"core/{core}")]
    session.run_install("uv", "pip", "sync", "--quiet", "--require-hashes", *locks)
    session.env.update({name: None for name in os.environ if name.startswith(PERSONAL)})
    locale = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
    session.env.update(ANSIBLE_CONFIG=f"{ROOT}/tests/ansible.cfg", ANSIBLE_HOME=f"{CACHE}/ansible", LC_ALL=locale)
    return copy(session)


def folder(session: nox.Session, kind: str) -> Path:
    """Return an empty folder of the session's own."""
    path = CACHE / kind / re.sub(r"\W+", "-", session.name)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def copy(session: nox.Session, kind: str = "work") -> Path:
    """Copy the checkout to where Ansible expects a collection, as a git repository: the tools list files by git."""
    tree = folder(session, kind) / COLLECTION
    session.run("git", "init", "--quiet", tree, external=True, log=False)
    session.run("git", f"--git-dir={tree}/.git", f"--work-tree={ROOT}", "add", "--all", external=True, log=False)
    session.run("git", "-C", tree, "checkout-index", "--all", external=True, log=False)
    session.env["ANSIBLE_COLLECTIONS_PATH"] = str(tree.parents[2])
    return tree


def build(session: nox.Session, tree: Path, kind: str = "dist") -> Path:
    """Build the artifact; a commit gives the same bytes whenever it is built."""
    raw = folder(session, "raw")
    session.run("ansible-galaxy", "collection", "build", str(tree), "--output-path", str(raw), silent=True)
    [made] = raw.iterdir()
    path = folder(session, kind) / made.name
    moment = int(str(session.run("git", "log", "-1", "--format=%ct", silent=True, external=True)))
    with tarfile.open(made) as old, GzipFile(path, "wb", mtime=moment) as gz, tarfile.open(fileobj=gz, mode="w") as new:
        for member in old:
            member.mtime, member.pax_headers = moment, {}
            new.addfile(member, old.extractfile(member))
    return path


def test(session: nox.Session, tree: Path, suite: str, *arguments: str) -> None:
    """Run a suite with pytest; `make test` counts the cases in its report."""
    report = f"--junitxml={folder(session, f'results/{suite}')}/junit.xml"
    settings = ("-q", "-n", "2", "--dist=worksteal", "-o", f"cache_dir={CACHE}/pytest/{suite}", report)
    # ansible-core makes sockets in the temporary folder, and the path of a socket has at most 108 characters.
    with tempfile.TemporaryDirectory(prefix="fc", dir="/tmp") as short, session.chdir(tree):
        session.run("pytest", f"tests/{suite}", *settings, *arguments, *session.posargs, env={"TMPDIR": short})


@nox.session
def sanity(session: nox.Session) -> None:
    """Run ansible-test sanity, and see to it that it really tested something."""
    tree = start(session, "ansible")
    # ansible-test would download a script that installs pip from a site of its own; Python brings a pip along.
    [library] = Path(session.virtualenv.location).glob("lib/python3.*")
    source = library / "site-packages/ansible_test/_internal/python_requirements.py"
    version = re.findall(r"pip='([0-9.]+)'", source.read_text())[0].replace(".", "_")
    script = Path.home() / ".ansible/test/cache" / f"get_pip_{version}.py"
    if not script.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text("import ensurepip\n\nensurepip.bootstrap()\n")
    (tree / "tests/output").mkdir()
    (tree / "tests/output/junit").symlink_to(results := folder(session, "results/sanity"))
    with session.chdir(tree):
        session.run("ansible-test", "sanity", "--local", f"--python=3{library.suffix}", "--junit")
    for report in results.glob("*.xml"):
        if "No tests applicable." in report.read_text():
            report.unlink()
    if missing := [name for name in SANITY if not [*results.glob(f"*-sanity-{name}*.xml")]]:
        session.error(f"ansible-test did not run {', '.join(missing)}")


@nox.session
def integration(session: nox.Session) -> None:
    """Run playbooks of the installed artifact against the simulator."""
    test(session, start(session, "unit"), "integration")


@nox.session
def unit(session: nox.Session) -> None:
    """Run the unit tests, those of very many cases aside, and measure coverage; or those that arguments choose."""
    test(session, start(session, "unit"), "unit", *(() if session.posargs else ("-m", "not many_cases", "--cov")))


@nox.session
def browser(session: nox.Session) -> None:
    """Look at the report in the Chromium of this machine: layout at three widths and on paper, and accessibility."""
    test(session, start(session, "browser"), "browser")


@nox.session
def lint(session: nox.Session) -> None:
    """Run ruff, yamllint, zizmor, ansible-lint, antsibull-docs and mypy."""
    tree = start(session, "tools")
    with session.chdir(tree):
        session.run("ruff", "check", "--no-cache")
        session.run("ruff", "format", "--no-cache", "--diff")
        session.run("yamllint", "--strict", ".")
        session.run("zizmor", "--offline", "--no-progress", "--strict-collection", "--pedantic", ".github/workflows")
        session.run("ansible-lint", "--offline")
        checks = ("--plugin-docs", "--validate-collection-refs", "all", "--disallow-unknown-collection-refs")
        # In the name of a temporary folder, a "_" at the end would read as a reference: an error in 1 run of 37.
        docs = "import sys, tempfile; tempfile._RandomNameSequence.characters = 'abcdefghijklmnopqrstuvwxyz'"
        docs += "; from antsibull_docs.cli.antsibull_docs import main; sys.exit(main())"
        session.run("python", "-c", docs, "lint-collection-docs", *checks, "--check-extra-docs-refs", ".")
    # From above, so that a file has one module name: the one by which others import it.
    with session.chdir(tree.parents[2]):
        session.run("mypy", "--config-file", COLLECTION / "pyproject.toml")


@nox.session
def floor(session: nox.Session) -> None:
    """Run the unit tests with the oldest ansible-core and libraries that are admitted."""
    test(session, start(session, "floor", "floor"), "unit", "-W", "default")  # old libraries warn on a new Python


@nox.session
def changelog(session: nox.Session) -> None:
    """Tell whether the changelog is what the fragments make; with --write, make it so."""
    written = ("CHANGELOG.md", "changelogs/changelog.yaml")
    with session.chdir(start(session, "tools")):
        session.run("antsibull-changelog", "lint")
        session.run("antsibull-changelog", "release", "--update-existing", "--refresh", "--reload-plugins", silent=True)
        session.run("antsibull-changelog", "lint-changelog-yaml", written[1])
        if "--write" in session.posargs:
            for name in written:
                shutil.copy(name, ROOT / name)
        else:  # `make changelog` mends what differs
            session.run("git", "diff", "--exit-code", "-I", "release_date:", "--", *written, external=True)


@nox.session
def artifact(session: nox.Session) -> None:
    """Build the artifact, twice to the same bytes, let Galaxy's importer judge it but for lint, and write its SBOM."""
    built = build(session, start(session, "tools"))
    if built.read_bytes() != build(session, copy(session, "again"), "dist-again").read_bytes():
        session.error("two builds differ")
    session.env.update(GALAXY_IMPORTER_CHECK_REQUIRED_TAGS="true", GALAXY_IMPORTER_RUN_ANSIBLE_LINT="false")
    with session.chdir(folder(session, "importer")):
        said = session.run("python", "-m", "galaxy_importer.main", str(built), silent=True)
    if complaints := re.findall(r"^(?:WARNING|ERROR|CRITICAL).*", str(said), re.MULTILINE):
        session.error("\n".join(complaints))
    sbom = str(built).replace(".tar.gz", ".cdx.json")
    session.run("cyclonedx-py", "requirements", "--output-reproducible", "-o", sbom, "tests/requirements/demo.txt")


@nox.session(default=False)
def spark(session: nox.Session) -> None:
    """Read exported datasets with PySpark, which needs the Java of this machine, and with DuckDB."""
    if not shutil.which("java"):
        session.skip("PySpark did not run: there is no Java here (default-jre-headless of Debian is enough)")
    test(session, start(session, "spark"), "spark", "-n", "0", "-W", "default")  # PySpark itself warns


@nox.session(default=False)
@nox.parametrize(("python", "core"), [nox.param(python, core, id=core) for core, python in CORES.items()])
@nox.parametrize("suite", [nox.param(suite, id=suite) for suite in ("integration", "unit")])
def cores(session: nox.Session, core: str, suite: str) -> None:
    """Run the unit or integration tests on a release of ansible-core."""
    test(session, start(session, "unit", core), suite)


@nox.session(default=False)
def demo(session: nox.Session) -> None:
    """Run the demo playbook of the installed artifact with the caller's environment, a token included."""
    artifact = build(session, start(session, "demo"))
    session.env["ANSIBLE_COLLECTIONS_PATH"] = place = str(folder(session, "installed"))
    session.run("ansible-galaxy", "collection", "install", artifact, "--offline", "--no-deps", "-p", place, silent=True)
    command = ("ansible-playbook", "finops.cloudflare.demo", "-e", f"demo_dest={ROOT / 'demo-report'}")
    session.run(*command, *session.posargs, env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": place}, log=False)


@nox.session(default=False)
def audit(session: nox.Session) -> None:
    """Ask the advisory databases about everything that is pinned, but for the oldest versions that are admitted."""
    start(session, "tools")
    locks = sorted(path for path in Path("tests/requirements").rglob("*.txt") if path.stem != "floor")
    session.run("pip-audit", "--strict", "--disable-pip", "--require-hashes", *(f"-r{path}" for path in locks))


@nox.session(default=False)
@nox.parametrize(("lock", "package"), [nox.param(*program, id=program[0]) for program in PROGRAMS.items()])
def program(session: nox.Session, lock: str, package: str) -> None:
    """Run a program of the tests: what takes long, or writes files."""
    env = {"PYTHONPATH": str(start(session, lock).parents[2])}
    session.run("python", "-m", f"ansible_collections.finops.cloudflare.tests.{package}", *session.posargs, env=env)
