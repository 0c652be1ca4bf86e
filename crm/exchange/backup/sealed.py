"""A stream that only BACKUP_KEYS open: AES-256-GCM in pieces, so that neither side holds a back-up in memory.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance", 2015): every piece is numbered and the last one says so, so pieces cannot be swapped,
left out or cut off unseen. Each file has a key of its own, made with HKDF-SHA256 from the installation's key and the
salt in the file's first line.

    SCHAKEL-BACKUP 1 {"key": "<id of the key>", "salt": "<base64>", "piece": 1048576}\n
    <4 bytes length><piece and its tag> …
"""

import base64
import hashlib
import io
import json
import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.utils.translation import gettext as _

MAGIC = b"SCHAKEL-BACKUP 1 "
PIECE_BYTES = 1024 * 1024
TAG_BYTES = 16
LONGEST_HEADER = 1024


class UnreadableBackup(Exception):
    """This is no back-up, it is damaged or cut off, or none of our keys opens it; the message says which."""


def new_key() -> str:
    """A key for BACKUP_KEYS: 32 random bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def key_bytes(key: str) -> bytes:
    """Raises ValueError for anything but 32 bytes in URL-safe base64."""
    raw = base64.urlsafe_b64decode(key.encode())
    if len(raw) != 32:
        raise ValueError("a key of a back-up is 32 bytes in URL-safe base64")
    return raw


def key_id(key: str) -> str:
    """A short name of a key that tells nothing about it."""
    return hashlib.sha256(b"backup key id " + key.encode()).hexdigest()[:12]


class _Pieces:
    """Seals and opens numbered pieces. The header is bound to every one of them."""

    def __init__(self, key: str, salt: bytes, header: bytes):
        derived = HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"schakel backup").derive(key_bytes(key))
        self._cipher, self._header, self._number = AESGCM(derived), header, 0

    def _nonce(self, last: bool) -> bytes:
        nonce = struct.pack(">QI", self._number, 1 if last else 0)
        self._number += 1
        return nonce

    def seal(self, piece: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(last), piece, self._header)

    def open(self, piece: bytes, *, last: bool) -> bytes:
        return self._cipher.decrypt(self._nonce(last), piece, self._header)


class SealedWriter(io.RawIOBase):
    """Write into `target`. Only `close()` writes the piece that says that the stream is whole."""

    def __init__(self, target, key: str):
        salt = os.urandom(16)
        told = {"key": key_id(key), "salt": base64.b64encode(salt).decode(), "piece": PIECE_BYTES}
        header = MAGIC + json.dumps(told).encode() + b"\n"
        target.write(header)
        self._target, self._pieces, self._waiting = target, _Pieces(key, salt, header), bytearray()

    def writable(self):
        return True

    def write(self, data) -> int:
        self._waiting += data
        # one piece stays behind: whether it is the last is known when the stream is closed
        while len(self._waiting) > PIECE_BYTES:
            self._put(bytes(self._waiting[:PIECE_BYTES]), last=False)
            del self._waiting[:PIECE_BYTES]
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._put(bytes(self._waiting), last=True)
            self._waiting.clear()
        super().close()

    def _put(self, piece: bytes, *, last: bool) -> None:
        sealed = self._pieces.seal(piece, last=last)
        self._target.write(struct.pack(">I", len(sealed)) + sealed)


class SealedReader(io.RawIOBase):
    """Read what a SealedWriter wrote. Raises UnreadableBackup at the first byte that is not as it was written."""

    def __init__(self, source, keys: list[str]):
        header = source.readline(LONGEST_HEADER)
        if not header.startswith(MAGIC) or not header.endswith(b"\n"):
            raise UnreadableBackup(_("This file is no back-up of Schakel."))
        try:
            told = json.loads(header[len(MAGIC) :])
            salt, wanted = base64.b64decode(told["salt"]), str(told["key"])
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableBackup(_("The first line of this back-up is damaged.")) from error
        key = next((key for key in keys if key_id(key) == wanted), None)
        if key is None:
            text = _("None of the keys in BACKUP_KEYS opens this back-up; it was made with the key %(key)s.")
            raise UnreadableBackup(text % {"key": wanted})
        self._source, self._pieces = source, _Pieces(key, salt, header)
        self._ready, self._next = b"", self._frame()

    def readable(self):
        return True

    def readinto(self, buffer) -> int:
        while not self._ready and self._next is not None:
            piece, self._next = self._next, self._frame()
            try:
                self._ready = self._pieces.open(piece, last=self._next is None)
            except InvalidTag as error:
                raise UnreadableBackup(_("This back-up is damaged or was cut off.")) from error
        taken = self._ready[: len(buffer)]
        self._ready = self._ready[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def _frame(self) -> bytes | None:
        length = self._source.read(4)
        if not length:
            return None
        size = struct.unpack(">I", length)[0] if len(length) == 4 else 0
        piece = self._source.read(size) if TAG_BYTES <= size <= PIECE_BYTES + TAG_BYTES else b""
        if len(piece) != size or not size:
            raise UnreadableBackup(_("This back-up is damaged or was cut off."))
        return piece
