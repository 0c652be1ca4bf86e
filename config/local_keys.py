"""Keys for a developer's own installation: made once, kept beside its database, readable by its owner only."""

import os

from cryptography.fernet import Fernet
from django.core.management.utils import get_random_secret_key

MAKERS = {"secret-key": get_random_secret_key, "field-encryption-key": lambda: Fernet.generate_key().decode()}


def kept_key(folder, name):
    """Return the key `name` of `folder` (a Path), making both where they are missing.

    Two processes that start together agree: whoever links its file first wins, the other reads that one.
    """
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = folder / f".{name}.{os.getpid()}"
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(MAKERS[name]())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
