"""An installation that other people depend on. Refuses to start while something it needs is not set."""

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *  # noqa: F403
from config.settings.base import FIELD_ENCRYPTION_KEYS, env

DEBUG = False
SECRET_KEY = env("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])

_needed = {
    "SECRET_KEY": (SECRET_KEY, "at least 50 random characters"),
    "ALLOWED_HOSTS": (ALLOWED_HOSTS, "the host names of this installation, separated by commas"),
    "FIELD_ENCRYPTION_KEYS": (FIELD_ENCRYPTION_KEYS, "Fernet keys, separated by commas, the newest first"),
}
_missing = [f"{name} ({meaning})" for name, (value, meaning) in _needed.items() if not value]
if _missing:
    raise ImproperlyConfigured(
        f"Schakel does not start in production before these variables are set: {'; '.join(_missing)}."
    )
try:
    for _key in FIELD_ENCRYPTION_KEYS:
        Fernet(_key)
except ValueError as _error:
    raise ImproperlyConfigured(
        "FIELD_ENCRYPTION_KEYS holds something that is not a Fernet key (32 bytes, URL-safe base64)."
    ) from _error

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # asked by monitoring inside the network, without TLS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31536000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
# Only true behind a proxy that sets this header itself on every request, as in compose.yaml.
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# The prefix makes a browser refuse such a cookie from a subdomain or over plain HTTP.
SESSION_COOKIE_NAME = "__Host-sessionid"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"
CSRF_COOKIE_SECURE = True
LANGUAGE_COOKIE_NAME = "__Host-language"
LANGUAGE_COOKIE_SECURE = True
