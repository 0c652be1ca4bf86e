"""Tests: fixed keys, a fast hasher, and on SQLite a database in a file of its own, so that a browser, threads and
other processes see what they would see in production (write-ahead log included).
"""

import os
import tempfile
from pathlib import Path

from config.databases import SQLITE
from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES, INSTALLED_APPS, Q_CLUSTER, env

INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]  # for the check of `make test`: brings a command only
DEBUG = False
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
SECRET_KEY = "only-for-tests-and-therefore-not-a-secret-at-all"
FIELD_ENCRYPTION_KEYS = ["bm90LWEtc2VjcmV0LWJ1dC1vbmx5LWZvci10ZXN0cyE="]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LANGUAGE_CODE = "nl"
SECOND_FACTOR_REQUIRED = False

_folder = Path(tempfile.gettempdir())
if DATABASES["default"]["ENGINE"] == SQLITE:
    # Whatever is not a test (`makemigrations --check`) has no business with a developer's own data.
    if not env("DATABASE_URL", default=""):
        DATABASES["default"]["NAME"] = ":memory:"
    # One file per process: several runs at a time do not touch each other's. A crash of the machine may cost a test
    # run its database, so it does not wait for the disk.
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / f"schakel-test-{os.getpid()}.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF"
else:
    DATABASES["default"]["TEST"] = {"NAME": f"test_schakel_{os.getpid()}"}
    DATABASES["default"]["CONN_MAX_AGE"] = 0

MEDIA_ROOT = _folder / f"schakel-test-{os.getpid()}-media"
EXPORT_FOLDER = _folder / f"schakel-test-{os.getpid()}-exports"
MAIL_TRANSPORT_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
# No thread of ours writes beside a test.
LOOKS_WRITTEN_AFTER_SECONDS = None
Q_CLUSTER = Q_CLUSTER | {"workers": 1, "queue_limit": 1}
