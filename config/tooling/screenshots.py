"""`make screenshots`: a picture of every screen, 1440 and 390 px wide, Dutch and English, made by the walk over them.

    python -m config.tooling.screenshots [folder]

The walk is the browser test that checks every screen, so no screen is forgotten and what it finds wrong is said too.
"""

import os
import subprocess
import sys
from pathlib import Path

from config.tooling import machine, postgresql
from config.tooling.checks import BIN, REPOSITORY, TESTING

FOLDER = REPOSITORY / "data" / "screenshots"
WALK = "tests/browser/test_screens.py"


def main(folder):
    """Returns the exit code of the walk: 0 when nothing was wrong."""
    if lacking := machine.complete():
        sys.exit("\n".join(["Cannot take pictures here:", *lacking]))
    folder.mkdir(parents=True, exist_ok=True)
    with postgresql.cluster() as server:
        environment = os.environ | TESTING | {"DATABASE_URL": server, "CHROMIUM_BIN": machine.chromium()}
        walked = subprocess.run(
            [BIN / "pytest", "-q", "-n", "2", WALK, f"--pictures={folder.resolve()}"], cwd=REPOSITORY, env=environment
        )
    made = sum(1 for _picture in folder.glob("*.png"))
    print(f"{made} pictures in {folder}")
    return walked.returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
