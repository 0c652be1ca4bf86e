"""What holds for every installation. What differs per installation comes from the environment (README)."""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config.databases import database

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.Env()
DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / "data")))

# Our own applications come first: their templates go before those of the libraries.
INSTALLED_APPS = [
    "portal",
    "integrations.finance",
    "integrations.addresses",
    "integrations.hub",
    "crm.desk",
    "crm.relations",
    "crm.exchange",
    "crm.mail",
    "crm.audit",
    "crm.attention",
    "crm.access",
    "crm.administrations",
    "crm.core",
    "crm.core.admin_config.ProductAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "simple_history",
    "import_export",
    "django_q",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "django_filters",
    "django_htmx",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.headers.ResponseHeaders",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "crm.core.as_of.AsOf",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "crm.access.middleware.SessionLimits",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "crm.access.middleware.SignedIn",
    "crm.access.middleware.UserLanguage",
    "crm.core.middleware.ChangeSetMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "crm.access.middleware.SecondFactorFirst",
    "django_htmx.middleware.HtmxMiddleware",
    "crm.audit.middleware.Looks",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "crm.core.as_of.shell",
                "crm.desk.working.shell",
            ],
        },
    },
]

# Data

DATABASES = {
    "default": database(
        env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'schakel.sqlite3'}"),
        statement_timeout_seconds=env.int("POSTGRES_STATEMENT_TIMEOUT_SECONDS", default=60),
        idle_timeout_seconds=env.int("POSTGRES_IDLE_TIMEOUT_SECONDS", default=60),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# In the database: a cache in memory is per process, and the limits on log-in that are kept in it would be too.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
MEDIA_ROOT = DATA_DIR / "media"
# From the root: a relative one would be stored with the day of the first page that asks for it (crm.core.as_of).
MEDIA_URL = "/media/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(DATA_DIR / "static")))
STATIC_URL = "/static/"

SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
SIMPLE_HISTORY_DATE_INDEX = False

# How long the hub keeps settled deliveries and processing reports
HUB_KEEP_DELIVERIES_DAYS = env.int("HUB_KEEP_DELIVERIES_DAYS", default=90)
HUB_KEEP_REPORTS_DAYS = env.int("HUB_KEEP_REPORTS_DAYS", default=400)
# Opened cards are written in batches by each process: a process that is killed loses so much of them. None: only when
# asked for (the tests).
LOOKS_WRITTEN_AFTER_SECONDS = 5.0

# Language and time

LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", _("Dutch")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Amsterdam"
USE_TZ = True

# Who comes in

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["crm.access.backends.OneCheckBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/start/"  # to the page that somebody prefers to begin with
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_ABSOLUTE_SECONDS = 12 * 60 * 60
SESSION_IDLE_SECONDS = 30 * 60
# By the name of the route, beside the pages that say themselves that they need no log-in.
# The style guide holds no data and is not there (404) unless DEBUG is on.
PUBLIC_ROUTES = ["set_language", "health", "core:health", "desk:health", "styleguide", "styleguide-options"]
# Links to choose a password, by mail: seconds.
PASSWORD_RESET_TIMEOUT = 60 * 60

ACCOUNT_ADAPTER = "crm.access.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # who invites somebody vouches for the address, and the link proves it
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {
    # waits that grow: a minute after 5 wrong tries, 5 minutes after 7, a quarter of an hour after 10
    "login_failed": "5/1m/key,7/5m/key,10/15m/key,100/15m/ip",
    "login": "100/15m/ip",
    "reset_password": "20/15m/ip,3/15m/key",
}
# Once confirmed who one is (at signing in, or since), this long a form of something dangerous opens, and saves.
STEP_UP_OPENS_SECONDS = 5 * 60
STEP_UP_SAVES_SECONDS = 10 * 60
# Until somebody says otherwise on the page of the sign-in rules.
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=True)
MFA_ADAPTER = "crm.access.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Schakel"
MFA_TOTP_TOLERANCE = 1  # one step of 30 s either way: clocks of phones differ, and typing takes time
MFA_FORMS = {
    "authenticate": "crm.access.forms.SecondStepForm",
    "reauthenticate": "crm.access.forms.ConfirmCodeForm",
    "add_webauthn": "crm.access.forms.PasskeyForm",
}
MFA_ALLOW_UNVERIFIED_EMAIL = True  # the link of the invitation proved the address
ACCOUNT_EMAIL_NOTIFICATIONS = True
SOCIALACCOUNT_ADAPTER = "crm.access.adapter.ProviderAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_STORE_TOKENS = False
# A link, not a form: with `form-action 'self'` a browser does not follow a form's answer to the provider. It signs
# nobody in as somebody else: state, nonce and PKCE are bound to the session that began it.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
# How many proxies of ours stand in front: the client's address is what the last of them saw.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.bool("BEHIND_PROXY", default=False) else 0
SESSION_COOKIE_HTTPONLY = True
# Not in a cookie: messages name people.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# The API. Its requests are counted per token.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=300)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "crm.access.api_tokens.authentication.BearerToken",
        "crm.access.api_tokens.authentication.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["crm.core.api.permissions.WithinScope"],
    "DEFAULT_THROTTLE_CLASSES": ["crm.access.api_tokens.rates.TokenRate"],
    "DEFAULT_RENDERER_CLASSES": ["crm.core.api.rendering.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["crm.core.api.rendering.JsonParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": None,
    "EXCEPTION_HANDLER": "crm.core.api.problems.handle",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Schakel",
    "DESCRIPTION": "Relations, the people working there, and what an administration knows of them.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["crm.core.api.permissions.WithinScope"],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "POSTPROCESSING_HOOKS": ["crm.core.api.schema.finish"],
}

# What a browser may do with our pages

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
# With "no-referrer" a browser sends `Origin: null` and Django refuses every form.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True

# Work in the background

Q_WORKERS = env.int("Q_WORKERS", default=2)
Q_TASK_TIMEOUT_SECONDS = 120
Q_CLUSTER = {
    "name": "schakel",  # signs the payloads and names the queue: equal on every host
    "orm": "default",
    "workers": Q_WORKERS,
    "queue_limit": Q_WORKERS,  # what is prefetched grows old: more than the workers can start at once runs twice
    "timeout": Q_TASK_TIMEOUT_SECONDS,
    "retry": 3 * Q_TASK_TIMEOUT_SECONDS + 60,
    "max_attempts": 3,
    "ack_failures": True,  # our own rows retry, not the queue
    "save_limit": -1,
    "catch_up": False,
    "poll": 0.5,
    "label": "Schakel",
}

# Mail: Django writes rows; the worker of crm.mail sends them through the transport of SMTP_URL.

EMAIL_BACKEND = "crm.mail.backend.OutboxBackend"
_smtp = env.email_url("SMTP_URL", default="smtp://localhost:25")
MAIL_TRANSPORT_BACKEND = _smtp.pop("EMAIL_BACKEND")
EMAIL_HOST = _smtp["EMAIL_HOST"] or ""
EMAIL_PORT = _smtp["EMAIL_PORT"]
EMAIL_HOST_USER = _smtp["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = _smtp["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = _smtp.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _smtp.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Schakel <schakel@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Credentials of connections are encrypted with the first key; the others only decrypt (rotation).
FIELD_ENCRYPTION_KEYS = env.list("FIELD_ENCRYPTION_KEYS", default=[])

# Back-ups are sealed with the first key (`manage.py backup new-key`) and opened with any of them. Without one none are
# made by the clock. The folder is best on another disk, and its newest files copied to another place.
BACKUP_KEYS = env.list("BACKUP_KEYS", default=[])
BACKUP_FOLDER = Path(env("BACKUP_FOLDER", default=str(DATA_DIR / "backups")))
BACKUPS_KEPT = env.int("BACKUPS_KEPT", default=14)

# Files of large exports wait here for who asked for them, outside the web root, for a day.
EXPORT_FOLDER = Path(env("EXPORT_FOLDER", default=str(DATA_DIR / "exports")))

# Hosts inside the network that a connection may reach, as "host" or "host:port"; all others must be outside and https.
CONNECTION_INSIDE_HOSTS = env.list("CONNECTION_INSIDE_HOSTS", default=[])

# Which services fill street and city from a postcode until somebody chooses in the product, and where each is.
ADDRESS_SERVICES = env.list("ADDRESS_SERVICES", default=["own", "pdok"])
PDOK_URL = env("PDOK_URL", default="https://api.pdok.nl/bzk/locatieserver/search/v3_1")
BAG_URL = env("BAG_URL", default="https://api.bag.kadaster.nl/lvbag/individuelebevragingen/v2")
POSTCODE_EU_URL = env("POSTCODE_EU_URL", default="https://api.postcode.eu")
POSTCODEAPI_URL = env("POSTCODEAPI_URL", default="https://api.postcodeapi.nu/v3")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_query_string": {"()": "config.logs.WithoutQueryString"}},
    "formatters": {
        "line": {"()": "config.logs.WithoutValues", "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}
    },
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "formatter": "line",
            "filters": ["without_query_string"],
        }
    },
    "root": {"handlers": ["stdout"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "propagate": True, "level": "INFO"},
        "django.server": {"handlers": [], "propagate": True, "level": "INFO"},
        "django-q": {"handlers": ["stdout"], "propagate": False, "level": "INFO"},
        # Both log addresses with their query string at INFO.
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
    },
}
