"""What the tests need from the machine, beside Python: a browser, PostgreSQL, gettext, fonts."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.tooling import postgresql


@dataclass(frozen=True)
class Need:
    name: str
    packages: tuple[str, ...]  # of Debian
    otherwise: str  # what someone without root can do
    found: object  # function without arguments: something true where it is there


def chromium():
    return os.environ.get("CHROMIUM_BIN") or shutil.which("chromium") or shutil.which("chromium-browser")


def fonts():
    """A browser without a font shows nothing, and measures nothing of what a person would see."""
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
    return any(next(folder.rglob("*.[to]tf"), None) for folder in folders if folder.exists())


NEEDS = (
    Need("Chromium", ("chromium",), "set CHROMIUM_BIN to a Chromium", chromium),
    Need("fonts", ("fonts-liberation", "fonts-noto-color-emoji"), "put TrueType fonts in ~/.fonts", fonts),
    Need("gettext", ("gettext",), "put GNU gettext's xgettext on the PATH", lambda: shutil.which("xgettext")),
    Need(
        "PostgreSQL",
        ("postgresql",),
        "set PG_BIN to the folder with initdb and postgres",
        lambda: postgresql.binaries_folder(),
    ),
)


def complete():
    """Install what is missing where that is allowed. Returns lines about what could not be got; [] is all there."""
    missing = [need for need in NEEDS if not need.found()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        install([package for need in missing for package in need.packages])
        missing = [need for need in missing if not need.found()]
    return [
        f"{need.name} is missing. As root: apt-get install {' '.join(need.packages)}; else {need.otherwise}."
        for need in missing
    ]


def install(packages):
    print("Installing", *packages, "…", flush=True)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", *command], env=quiet, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode:
            print(f"apt-get {command[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}", flush=True)
            return
