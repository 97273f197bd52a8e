"""Settings of every process; what differs between processes comes from the environment.

`campus.processes.NEEDS` says which variables a process has. With `DEBUG` off a missing one stops
start-up here, before anything can run half-configured.
"""

from __future__ import annotations

import base64
import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from campus.processes import MAY_HAVE, NEEDS

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("CAMPUS_VAR") or BASE_DIR / "var")
DEBUG = os.environ.get("DEBUG", "") == "1"
PROCESS = os.environ.get("CAMPUS_PROCESS", "manage")
if PROCESS not in NEEDS:
    raise ImproperlyConfigured(f"CAMPUS_PROCESS={PROCESS!r} is none of {', '.join(sorted(NEEDS))}")


def _needed(name: str) -> str:
    """Return a variable this process needs; an empty string where the process must not have it."""
    if name not in NEEDS[PROCESS]:
        return ""
    value = os.environ.get(name, "")
    if not value and not DEBUG:
        raise ImproperlyConfigured(f"{name} is not set, and the {PROCESS} process needs it")
    return value


def _key(name: str) -> bytes:
    """Return a 32-byte key given as URL-safe base64; with DEBUG an absent one is derived from its name."""
    text = _needed(name)
    if not text:
        return hashlib.sha256(f"campus-gate development {name}".encode()).digest() if name in NEEDS[PROCESS] else b""
    return _decoded(name, text)


def _root_key() -> bytes:
    """Return the vault's root key, out of the file VAULT_ROOT_KEY_FILE where that is set."""
    path = os.environ.get("VAULT_ROOT_KEY_FILE", "") if "VAULT_ROOT_KEY_FILE" in MAY_HAVE[PROCESS] else ""
    if not path:
        return _key("VAULT_ROOT_KEY")
    try:
        return _decoded("VAULT_ROOT_KEY_FILE", Path(path).read_text().strip())
    except OSError as error:
        raise ImproperlyConfigured(f"VAULT_ROOT_KEY_FILE can't be read: {error.strerror}") from error


def _next_root_key() -> bytes:
    """Return the root key that follows, while it is being changed; otherwise nothing."""
    text = os.environ.get("VAULT_ROOT_KEY_NEXT", "") if "VAULT_ROOT_KEY_NEXT" in MAY_HAVE[PROCESS] else ""
    return _decoded("VAULT_ROOT_KEY_NEXT", text) if text else b""


def _decoded(name: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, altchars=b"-_", validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured(f"{name} must be 32 bytes as URL-safe base64")
    return key


SECRET_KEY = _needed("SECRET_KEY") or (
    "development only, never in production" if DEBUG else "this process signs nothing and holds no secret key"
)
CARD_KEY = _key("CARD_KEY")
CLAIM_KEY = _key("CLAIM_KEY")
FRAMES_KEY = _key("FRAMES_KEY")
ENROLLMENT_KEY = _key("ENROLLMENT_KEY")
PROBE_KEY = _key("PROBE_KEY")
CARD_PARCEL_KEY = _key("CARD_PARCEL_KEY")
VAULT_ROOT_KEY = _root_key()
VAULT_ROOT_KEY_NEXT = _next_root_key()
VAULT_EPOCH_FILE = Path(_needed("VAULT_EPOCH_FILE") or VAR_DIR / "vault" / "epoch.json")
TOMBSTONES_FILE = Path(_needed("TOMBSTONES_FILE") or VAR_DIR / "vault" / "tombstones.jsonl")

ALLOWED_HOSTS = [host for host in os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if host]
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("CSRF_TRUSTED_ORIGINS", "").split(",") if origin]

INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "pgtrigger",
    "campus",
    "enrollment",
    "enrollment.vault",
    "gates",
    "django_htmx",  # For its files only: htmx, served by ourselves.
]

SIGHTINGS = "gates.sightings.of_students"
CARDS_SHOWN = "gates.sightings.cards_shown"
"""Who was seen at a gate: the Protocol is `campus.sightings.Gates`."""

SUBJECT_PARTS = ["enrollment.subject", "campus.subject", "gates.subject"]
"""Modules that each answer what they hold about a person: the Protocol is `campus.subjects.SubjectPart`."""

REPLAYS = ["campus.replays", "enrollment.replays", "gates.replays"]
"""Modules that say how to do again what a restored database doesn't know: see `campus.replaying`."""
TOMBSTONE_WITNESS = "enrollment.vault.log_head"
"""Where else the tombstone log's last line is remembered: the Protocol is `campus.tombstones.Witness`."""

MIDDLEWARE = [
    "campus.middleware.ContentSecurityPolicy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "campus.middleware.NoNullCharacters",
]

ROOT_URLCONF = "campus.urls"
WSGI_APPLICATION = "campus.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["campus.templatetags.names", "campus.templatetags.own"],
        },
    },
]

# ---------------------------------------------------------------- databases

_MAIN, _KEYS = _needed("DATABASE_URL"), _needed("KEYS_DATABASE_URL")
DATABASES = {}
if _MAIN:
    DATABASES["default"] = dj_database_url.parse(_MAIN, conn_max_age=60, conn_health_checks=True)
if _KEYS:
    DATABASES["keys"] = dj_database_url.parse(_KEYS, conn_max_age=60, conn_health_checks=True)
if PROCESS in ("web", "decide"):
    # A student waits: a database that doesn't answer must not take longer than the kiosk would.
    for _database in DATABASES.values():
        _database["OPTIONS"] = {
            **_database.get("OPTIONS", {}),
            "connect_timeout": 2,
            "options": "-c lock_timeout=1500 -c statement_timeout=5000",
        }
DATABASE_ROUTERS = ["enrollment.vault.router.KeysRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "campus_cache"}}

# ---------------------------------------------------------------- people

AUTH_USER_MODEL = "campus.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
# The constraint on `User.email` is conditional, since a guardian may have no address yet.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
LOGIN_URL = "account_request_login_code"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "campus.sign_in.CodeOnlyAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 180
ACCOUNT_RATE_LIMITS = {"request_login_code": "20/m/ip,5/h/key", "letter_code": "30/10m/ip"}
"""The key is an e-mail address: five codes an hour go to it, for whatever they are asked."""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_GET = False
SESSION_COOKIE_AGE = 30 * 60
"""A visitor's; `campus.sign_in.begin_session` lengthens it for whoever signs in."""
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not DEBUG
CSRF_FAILURE_VIEW = "campus.second_clicks.form_token_missing"
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if os.environ.get("BEHIND_PROXY") == "1" else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("BEHIND_PROXY") == "1" else None
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

# ---------------------------------------------------------------- mail

EMAIL_BACKEND = os.environ.get(
    "EMAIL_BACKEND",
    "django.core.mail.backends.filebased.EmailBackend" if DEBUG else "django.core.mail.backends.smtp.EmailBackend",
)
EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "") == "1"
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "Campus Gate <office@campus-gate.invalid>")

# ---------------------------------------------------------------- language and time

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hant", "繁體中文"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["campus.formats"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = not DEBUG
USE_TZ = True
TIME_ZONE = "UTC"
CLOCK_SHIFT = timedelta(0)
if os.environ.get("CAMPUS_CLOCK"):
    if not DEBUG:
        raise ImproperlyConfigured("CAMPUS_CLOCK shifts the clock for demonstrations; it needs DEBUG=1")
    CLOCK_SHIFT = datetime.fromisoformat(os.environ["CAMPUS_CLOCK"]) - datetime.fromtimestamp(
        float(os.environ.get("CAMPUS_CLOCK_AT") or datetime.now(UTC).timestamp()), UTC
    )

# ---------------------------------------------------------------- uploads and pages

FILE_UPLOAD_HANDLERS = ["campus.uploads.MemoryOnlyUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 50
DATA_UPLOAD_MAX_NUMBER_FILES = 8
STATIC_URL = "static/"
STATIC_ROOT = None if DEBUG else VAR_DIR / "static"  # With DEBUG files are served from where they are.
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# ---------------------------------------------------------------- broker

REDIS_URL = _needed("REDIS_URL")
CELERY_BROKER_URL = (
    f"redis+socket://{REDIS_URL.removeprefix('unix://')}" if REDIS_URL.startswith("unix://") else REDIS_URL
)

# ---------------------------------------------------------------- faces

FACE_ENGINES = os.environ.get("FACE_ENGINES", "dlib")
"""The engine set: a name in `enrollment.faces.engines.ENGINES`."""
FACE_ENGINES_BEFORE = os.environ.get("FACE_ENGINES_BEFORE", "")
"""The set that it follows, while references of both are compared: a renewal. See `enrollment.engine_sets`."""
FACE_RENEWAL_UNTIL = os.environ.get("FACE_RENEWAL_UNTIL", "")
"""The date, such as 2027-03-01, on which the renewal ends at 00:00 UTC.

What the set before made is destroyed then, if the renewal was seen running: see `enrollment.renewal`.
"""
MODELS_DIR = Path(os.environ.get("MODELS_DIR") or VAR_DIR / "models")
"""Where `make models` puts the optional weights, and where converted ones are kept."""
FACE_PAD = os.environ.get("FACE_PAD", "off")
"""Presentation attack detection: "required" vetoes every frame, and nothing that looks at faces starts without it."""
LIVENESS_FILE = MODELS_DIR / "fr_liveness.onnx"
FACE_CALIBRATIONS = [BASE_DIR / "enrollment" / "calibration.toml"]
"""Files with the measured numbers of the engine sets; see `enrollment.calibration`."""
if DEBUG:
    FACE_CALIBRATIONS.append(BASE_DIR / "enrollment" / "faces" / "drawn.toml")

# ---------------------------------------------------------------- gate limits

CAPTURE_WAIT_SECONDS = 2.0
CAPTURES_PER_KIOSK_IN_10_SECONDS = 300
IMAGE_MAX_BYTES = 1_000_000
IMAGE_MAX_PIXELS = 12_000_000
EXTRACT_MEMORY_MB = int(os.environ.get("EXTRACT_MEMORY_MB", "1500"))
TURNSTILE_DRIVER = os.environ.get("TURNSTILE_DRIVER", "gates.turnstiles.simulated.Simulated")

LOGGING_CONFIG = None
"""`campus.logs` sets logging up, once the applications are ready."""
