"""Make `.venv` and install what is locked. Runs on a bare Python with pip and venv: standard library only.

    python3 -m config.tooling.environment [--dev]

With `--dev` also what the tests need. A second run with the same lock installs nothing.
"""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
VENV = REPOSITORY / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST_PYTHON = (3, 11)
LOCKS = {"run": REPOSITORY / "requirements.lock", "dev": REPOSITORY / "requirements-dev.lock"}


def stamp(kind):
    return VENV / f"installed-{kind}"


def fingerprint(kind):
    return hashlib.sha256(LOCKS[kind].read_bytes()).hexdigest()


def installed(kind):
    return stamp(kind).exists() and stamp(kind).read_text() == fingerprint(kind)


def make_venv():
    """Make `.venv`, or make it anew where its Python does not answer (the folder was moved, or Python upgraded)."""
    if PYTHON.exists():
        answer = subprocess.run([PYTHON, "-c", "import pip"], capture_output=True)
        if answer.returncode == 0:
            return
    print("Making .venv …", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"Python's venv could not make .venv (on Debian it is the package python3-venv):\n{made.stdout}")


def install(kind):
    """Install the lock `kind` ("run" or "dev") with its hashes. The dev lock holds the other one whole."""
    print(f"Installing {LOCKS[kind].name} …", flush=True)
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    done = subprocess.run([*pip, "--require-hashes", "-r", LOCKS[kind]])
    if done.returncode:
        sys.exit(f"Could not install {LOCKS[kind].name}: see pip's message above.")
    for name in ["run", "dev"] if kind == "dev" else ["run"]:
        stamp(name).write_text(fingerprint(name))


def main(kind):
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(
            f"Schakel needs Python {'.'.join(map(str, OLDEST_PYTHON))} or newer; this is {sys.version.split()[0]}."
        )
    with open(REPOSITORY / ".venv.lock", "w") as lock:  # two commands started together install once
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_venv()
        if not installed(kind):
            install(kind)
    compiled = subprocess.run([PYTHON, "-m", "config.tooling.translations", "compile"], cwd=REPOSITORY)
    sys.exit(compiled.returncode)


if __name__ == "__main__":
    main("dev" if "--dev" in sys.argv[1:] else "run")
