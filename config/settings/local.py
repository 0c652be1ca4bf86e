"""A developer's machine and `make demo`: works without any variable set."""

from config.local_keys import kept_key
from config.settings.base import *  # noqa: F403
from config.settings.base import DATA_DIR, FIELD_ENCRYPTION_KEYS, STATIC_ROOT, env

DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
SECRET_KEY = env("SECRET_KEY", default="") or kept_key(DATA_DIR, "secret-key")
FIELD_ENCRYPTION_KEYS = FIELD_ENCRYPTION_KEYS or [kept_key(DATA_DIR, "field-encryption-key")]

# Without an SMTP server of its own a demonstration keeps its mail as files in data/mail.
if not env("SMTP_URL", default=""):
    MAIL_TRANSPORT_BACKEND = "django.core.mail.backends.filebased.EmailBackend"

# Cookies do not know about ports: beside another Django on localhost each would end the other's session.
SESSION_COOKIE_NAME = "schakel-sessionid"
CSRF_COOKIE_NAME = "schakel-csrftoken"
LANGUAGE_COOKIE_NAME = "schakel-language"

# A demonstration's log-ins stay two words; the page of the sign-in rules turns the second step on.
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=False)

# Static files straight from the packages: a demonstration has nothing to collect.
WHITENOISE_USE_FINDERS = True

DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
