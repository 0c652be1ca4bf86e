"""The arrows between packages, and what no import contract can see."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.once
PACKAGES = ("crm", "integrations", "portal", "config")
BLOCKED_IMPORT = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ImportError("blocked: " + name)

sys.meta_path.insert(0, Blocked())
__import__({module!r})
"""


def lint_imports(folder):
    executable = Path(sys.executable).parent / "lint-imports"
    return subprocess.run([executable, "--no-cache"], cwd=folder, capture_output=True, text=True)


def without_frame(text):
    return re.sub(r"\s+", " ", text)


def test_imports_keep_every_contract():
    result = lint_imports(REPOSITORY)

    assert "0 broken" in result.stdout, result.stdout + result.stderr
    assert result.returncode == 0


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The tree's Python files and contracts, to plant faults in."""
    folder = tmp_path_factory.mktemp("tree")
    shutil.copy(REPOSITORY / "pyproject.toml", folder)
    for package in PACKAGES:
        shutil.copytree(
            REPOSITORY / package, folder / package, ignore=lambda _, names: [n for n in names if n == "__pycache__"]
        )
    return folder


@pytest.mark.parametrize(
    ("path", "line", "contract"),
    [
        ("crm/relations/planted.py", "import integrations.hub.errors", "The CRM stands on its own"),
        ("crm/core/planted.py", "import crm.relations", "Slices build on each other in one direction"),
        ("crm/audit/planted.py", "import crm.attention", "Slices build on each other in one direction"),
        ("crm/unplaced/__init__.py", "", "Slices build on each other in one direction"),
        ("integrations/hub/planted.py", "import integrations.finance", "Channels build on the hub"),
        ("integrations/addresses/planted.py", "import integrations.finance", "Channels build on the hub"),
        ("integrations/unplaced/__init__.py", "", "Channels build on the hub"),
        ("portal/validators.py", "import portal.forms", "Inside a package"),
        ("integrations/finance/simulators/planted.py", "import django.http", "A simulator is the vendor"),
        ("integrations/finance/simulators/planted.py", "import integrations.hub.errors", "A simulator is the vendor"),
        ("integrations/finance/connectors/planted.py", "import crm.core", "A connector gets a payload"),
        ("integrations/finance/planted.py", "import integrations.finance.connectors", "The hub loads connectors"),
        ("portal/planted.py", "import portal.views", "Screens, API and tasks"),
    ],
)
def test_imports_planted_fault_breaks_its_contract(copy, path, line, contract):
    planted = copy / path
    beside = [copy / "portal" / name for name in ("forms.py", "views.py") if not (copy / "portal" / name).exists()]
    new_folder = None if planted.parent.exists() else planted.parent
    planted.parent.mkdir(exist_ok=True)
    for file in [*beside, planted]:
        file.write_text("")
    planted.write_text(line + "\n")
    try:
        result = lint_imports(copy)
    finally:
        for file in [*beside, planted]:
            file.unlink(missing_ok=True)
        if new_folder:
            shutil.rmtree(new_folder)

    assert result.returncode == 1
    assert re.search(re.escape(contract) + r"[^\n]*BROKEN", result.stdout) or (
        contract in without_frame(result.stdout) and "nplaced" in result.stdout
    ), result.stdout


def outside_modules():
    """Modules that must do without Django and without the CRM: what talks to vendors, and the vendors."""
    for folder in ("connectors", "simulators"):
        for path in sorted((REPOSITORY / "integrations").glob(f"*/{folder}/**/*.py")):
            if path.name != "__main__.py":
                parts = path.relative_to(REPOSITORY).with_suffix("").parts
                yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def import_without(module, *, blocked, folder):
    code = BLOCKED_IMPORT.format(blocked=set(blocked), module=module)
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize("module", outside_modules())
def test_imports_vendor_code_loads_without_django_and_crm(module):
    result = import_without(module, blocked=("django", "crm"), folder=REPOSITORY)

    assert (result.returncode, result.stderr) == (0, "")


def test_imports_planted_django_is_blocked(tmp_path):
    (tmp_path / "planted.py").write_text("import importlib\nimportlib.import_module('django.conf')\n")

    result = import_without("planted", blocked=("django", "crm"), folder=tmp_path)

    assert "blocked: django" in result.stderr
