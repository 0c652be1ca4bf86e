"""A connector and its simulator run where there is no Django and no CRM; the simulator without anything of ours."""

import subprocess
import sys

import pytest

BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {packages!r} or name in {modules!r}:
            raise ImportError(name)

sys.meta_path.insert(0, Blocked())
import {subject}
"""


@pytest.mark.parametrize(
    ("subject", "packages", "modules"),
    [
        ("integrations.finance.connectors.exact_online", ("django", "crm", "portal", "config"), ()),
        ("integrations.finance.payloads", ("django", "crm", "portal", "config"), ()),
        (
            "integrations.finance.simulators.exact_online.__main__",
            ("django", "crm", "portal", "config", "httpx", "httpcore", "stdnum"),
            ("integrations.hub", "integrations.finance.payloads", "integrations.finance.connectors"),
        ),
    ],
)
def test_module_imports_without(subject, packages, modules):
    code = BLOCKED.format(subject=subject, packages=packages, modules=modules)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


def test_block_fires():
    code = BLOCKED.format(subject="django.conf", packages=("django",), modules=())
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ImportError: django" in result.stderr
