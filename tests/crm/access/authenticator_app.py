"""An authenticator app: the code that it shows (RFC 6238, SHA-1, six digits, steps of 30 seconds)."""

import base64
import hashlib
import hmac
import struct
import time

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP_SECONDS = 30
# so long a test may take between reading a code and posting it
TYPING_SECONDS = 5


def code(secret: str = SECRET, *, steps: int = 0) -> str:
    """The code now, or so many steps later (before: negative)."""
    left = STEP_SECONDS - time.time() % STEP_SECONDS
    if left < TYPING_SECONDS:
        time.sleep(left + 0.1)
    counter = int(time.time()) // STEP_SECONDS + steps
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", counter), hashlib.sha1).digest()
    at = digest[-1] & 0x0F
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
