"""Which settings does the product run with, and which may an operator change?

Every variable is documented by the comment above the line that reads it;
``.env.example`` is generated from those comments (``manage.py doctor --env``) and a
test fails when it drifts. Nobody imports this module: read ``django.conf.settings``.
"""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from triage import stack

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# --- the installation -----------------------------------------------------------

# Development mode: helpful error pages and a built-in secret. Never in production.
DEBUG = env.bool("DEBUG", default=True)

# Signs sessions and links. At least 50 random characters in production.
SECRET_KEY = env.str("SECRET_KEY", default="")

# Keys that seal personal data, newest first, separated by commas. Each is 32 random
# bytes in URL-safe base64. The first seals, every one of them opens.
SEAL_KEYS = env.list("SEAL_KEYS", default=[])

# Host names the site answers to, separated by commas.
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])

# Origins that may post forms, with scheme, separated by commas.
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# Where the stack keeps its data, sockets and logs.
UNDELIVERED_VAR = env.str("UNDELIVERED_VAR", default="") or str(BASE_DIR / "var")

# Which kind of process this is: web, worker or command. The supervisor sets it.
UNDELIVERED_ROLE = env.str("UNDELIVERED_ROLE", default="command")

# Number of reverse proxies in front whose X-Forwarded-For and X-Forwarded-Proto are
# believed. They must set both.
NUM_PROXIES = env.int("NUM_PROXIES", default=0)

# Whether the demo runs beside the site. The supervisor sets it; only with DEBUG.
UNDELIVERED_DEMO = DEBUG and env.bool("UNDELIVERED_DEMO", default=False)

# Permit http and private addresses for providers. For development and the demo.
OUTBOUND_ALLOW_PRIVATE = env.bool("OUTBOUND_ALLOW_PRIVATE", default=DEBUG)

# Most verbose level that reaches the log: DEBUG, INFO, WARNING or ERROR.
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")

# Shown as “Authorization: Bearer …”, it opens the details of /readyz. Empty: nobody
# sees them outside development.
PROBE_TOKEN = env.str("PROBE_TOKEN", default="")

# Where people reach the site, with its scheme; links in what leaves the house begin
# with it.
SITE_URL = env.str("SITE_URL", default="http://localhost:8000")

# The mail server for e-mails to staff and to who follows a question, such as
# smtp+tls://user:password@mail.example.org:587. Empty: none are sent.
EMAIL_URL = env.str("EMAIL_URL", default="")

# The sender of these e-mails.
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="undelivered@localhost")

DEVELOPMENT_SECRET = "development-only-" + "0" * 50
DEVELOPMENT_SEAL_KEY = "ZGV2ZWxvcG1lbnQtb25seS1zZWFsLWtleS0zMmJ5dGU="
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Set it to at least 50 random characters."
        )
    SECRET_KEY = DEVELOPMENT_SECRET
if not SEAL_KEYS:
    if not DEBUG:
        raise ImproperlyConfigured(
            "SEAL_KEYS is not set. Set it to 32 random bytes in URL-safe base64."
        )
    SEAL_KEYS = [DEVELOPMENT_SEAL_KEY]

# --- apps -----------------------------------------------------------------------

INSTALLED_APPS = [
    "triage.apps.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "django_rq",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "pgtrigger",
    "rest_framework",
    # Ours come last, so that their admin has the last word on every table.
    "deliveries.apps.DeliveriesConfig",
    "knowledgebase.apps.KnowledgeBaseConfig",
    "triage.apps.TriageConfig",
]

MIDDLEWARE = [
    "triage.middleware.request_id",
    "triage.middleware.known_host",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "triage.middleware.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "triage.middleware.as_preferred",
    "triage.middleware.Gatekeeper",
]

# Layers that only a browser needs; a program that calls with its key passes by.
FOR_PEOPLE = {
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "triage.middleware.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "triage.middleware.as_preferred",
}

ROOT_URLCONF = "triage.urls"
WSGI_APPLICATION = "triage.wsgi.application"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "triage.web.frame.frame",
            ],
        },
    },
]

# --- database -------------------------------------------------------------------

_PLACES = stack.places(Path(UNDELIVERED_VAR))

# PostgreSQL 15 or newer. Empty: the embedded server under UNDELIVERED_VAR.
DATABASE_URL = env.str("DATABASE_URL", default="")
EMBEDDED_DATABASE = not DATABASE_URL

# Threads of one web worker, which is also the size of its connection pool.
WEB_THREADS = env.int("WEB_THREADS", default=8)

# Whether workers keep planned statements in their sessions. False where a pooler that
# lends a session for one transaction alone stands before the database.
PREPARED_STATEMENTS = env.bool("PREPARED_STATEMENTS", default=True)


def _database() -> dict[str, object]:
    if EMBEDDED_DATABASE:
        config: dict[str, object] = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "undelivered",
            "USER": "triage",
            "HOST": str(_PLACES.run),
        }
    else:
        config = env.db_url_config(DATABASE_URL)
        config["ENGINE"] = "django.db.backends.postgresql"
    options: dict[str, object] = {}
    if UNDELIVERED_ROLE == "web":
        options["pool"] = {
            "min_size": 1,
            "max_size": WEB_THREADS,
            "timeout": 5,
            "max_waiting": 64,
        }
        # A page's joint statements look dear to the planner and are over before any
        # compilation of them would be.
        options["options"] = (
            "-c statement_timeout=5s -c lock_timeout=2s -c jit=off"
            " -c idle_in_transaction_session_timeout=30s"
        )
        config["CONN_MAX_AGE"] = 0
    else:
        config["CONN_MAX_AGE"] = None
    if UNDELIVERED_ROLE == "worker" and PREPARED_STATEMENTS:
        options["prepare_threshold"] = 2
    config["CONN_HEALTH_CHECKS"] = True
    config["OPTIONS"] = options
    return config


DATABASES = {"default": _database()}

# --- queues and cache -----------------------------------------------------------

# Valkey or Redis, as redis://… or unix://…. Empty: the embedded server.
REDIS_URL = env.str("REDIS_URL", default="")
EMBEDDED_VALKEY = not REDIS_URL
REDIS_URL = REDIS_URL or f"unix://{_PLACES.valkey_socket}"

# Celery's broker when it is not the one above, for example amqp://….
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="") or REDIS_URL.replace(
    "unix://", "redis+socket://", 1
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 1,
    "socket_timeout": 2,
    "max_retries": 1,
    "visibility_timeout": 600,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# Rows decide what is done, so a task goes on without its broker. Ended in the middle it
# would leave leases of a minute, and a question about each call that it was making.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 64
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "intake"
CELERY_TASK_ROUTES = {
    "triage.tasks.diagnose_due": {"queue": "intake"},
    # Not behind the bells of the intake, which come in storms.
    "triage.tasks.follow_up_due": {"queue": "sweep"},
    "deliveries.tasks.send_due": {"queue": "send"},
    "deliveries.tasks.advance_resends": {"queue": "send"},
    "deliveries.tasks.ring_for_plans": {"queue": "sweep"},
    "triage.tasks.deliver_webhooks": {"queue": "send"},
    "triage.tasks.notify_due": {"queue": "send"},
    "knowledgebase.tasks.mail_followers": {"queue": "sweep"},
    "deliveries.tasks.follow_delegated": {"queue": "sweep"},
    "deliveries.tasks.roll_up": {"queue": "sweep"},
    "triage.tasks.sweep": {"queue": "sweep"},
    "triage.tasks.rejudge_due": {"queue": "sweep"},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(_PLACES.var / "celerybeat")
CELERY_BEAT_SCHEDULE = {
    "diagnose_due": {"task": "triage.tasks.diagnose_due", "schedule": 10.0},
    "follow_up_due": {"task": "triage.tasks.follow_up_due", "schedule": 10.0},
    "send_due": {"task": "deliveries.tasks.send_due", "schedule": 2.0},
    "advance_resends": {"task": "deliveries.tasks.advance_resends", "schedule": 2.0},
    "publish_due": {"task": "knowledgebase.tasks.publish_due", "schedule": 10.0},
    "mark_overdue": {"task": "knowledgebase.tasks.mark_overdue", "schedule": 3600.0},
    "refresh_words": {"task": "knowledgebase.tasks.refresh_words", "schedule": 3600.0},
    "forget_budgets": {
        "task": "knowledgebase.tasks.forget_budgets",
        "schedule": 3600.0,
    },
    "mail_followers": {
        "task": "knowledgebase.tasks.mail_followers",
        "schedule": 5.0,
    },
    "ring_for_plans": {"task": "deliveries.tasks.ring_for_plans", "schedule": 10.0},
    "notify_due": {"task": "triage.tasks.notify_due", "schedule": 2.0},
    "deliver_webhooks": {"task": "triage.tasks.deliver_webhooks", "schedule": 5.0},
    "follow_delegated": {"task": "deliveries.tasks.follow_delegated", "schedule": 10.0},
    "roll_up": {"task": "deliveries.tasks.roll_up", "schedule": 10.0},
    "rejudge_due": {"task": "triage.tasks.rejudge_due", "schedule": 30.0},
    "wake_due": {"task": "triage.tasks.wake_due", "schedule": 10.0},
    "sweep_clocks": {"task": "triage.tasks.sweep_clocks", "schedule": 10.0},
    # What burns is counted in minutes.
    "escalate": {"task": "triage.tasks.escalate", "schedule": 60.0},
    "take_tally": {"task": "triage.tasks.take_tally", "schedule": 10.0},
    "measure_due": {"task": "triage.tasks.measure_due", "schedule": 10.0},
    "settle_tips": {"task": "triage.tasks.settle_tips", "schedule": 60.0},
    "look_for_gaps": {"task": "triage.tasks.look_for_gaps", "schedule": 600.0},
    "ask_to_read": {"task": "triage.tasks.ask_to_read", "schedule": 10.0},
    "mail_inbox": {"task": "triage.tasks.mail_inbox", "schedule": 10.0},
    "sweep": {"task": "triage.tasks.sweep", "schedule": 10.0},
    "ring_for_jobs": {"task": "triage.tasks.ring_for_jobs", "schedule": 10.0},
    "ring_for_exports": {"task": "triage.tasks.ring_for_exports", "schedule": 10.0},
    "ring_for_rehearsals": {
        "task": "triage.tasks.ring_for_rehearsals",
        "schedule": 10.0,
    },
}
CELERY_TIMEZONE = "UTC"
if CELERY_BROKER_URL.startswith("amqp"):
    CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum"

RQ_QUEUES = {
    "people": {
        "URL": REDIS_URL,
        "DEFAULT_TIMEOUT": 600,
        "SERIALIZER": "rq.serializers.JSONSerializer",
    },
}
RQ = {"COMMIT_MODE": "on_db_commit"}

# Log-in budgets are counted here. The table is in PostgreSQL, so they hold across
# processes and need no broker; a migration of triage makes it.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entry",
    },
    # Figures of a large desk that nobody counts ahead, for half a minute. Each process
    # keeps its own, which is cheaper than to ask the database for them on every page.
    "figures": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "figures",
    },
}

# --- people ---------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "triage.web.account.StaffBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_ADAPTER = "triage.web.account.StaffAccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
# Without it everybody behind a proxy would share one budget of log-ins.
ALLAUTH_TRUSTED_PROXY_COUNT = NUM_PROXIES
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_SECURE = not DEBUG
CSRF_FAILURE_VIEW = "triage.web.errors.csrf_failure"
# A proxy ends TLS: without its word, forms are refused and links say http.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if NUM_PROXIES else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    },
}

# --- e-mail ------------------------------------------------------------------------

_MAIL = env.email_url_config(EMAIL_URL) if EMAIL_URL else {}
EMAIL_BACKEND = "django.core.mail.backends." + ("smtp" if _MAIL else "dummy")
EMAIL_BACKEND += ".EmailBackend"
EMAIL_HOST = _MAIL.get("EMAIL_HOST", "")
EMAIL_PORT = _MAIL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _MAIL.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _MAIL.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = _MAIL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _MAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10  # seconds, far below the lease of the lines that are sent

# --- languages and time ---------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
# The one catalogue; named here so that it wins over the libraries' own.
LOCALE_PATHS = [BASE_DIR / "triage" / "locale"]

# --- files ----------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = _PLACES.var / "static"
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "triage.bundles.BundledStorage"
    },
}
FILE_UPLOAD_HANDLERS = [
    "triage.web.uploads.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- API ------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "deliveries.api.authentication.KeyAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "deliveries.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "NUM_PROXIES": NUM_PROXIES,
    "UNAUTHENTICATED_USER": None,
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "deliveries.api.problems.ProblemHandler",
    "EXCEPTION_FORMATTER_CLASS": "deliveries.api.problems.ProblemFormatter",
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
    "ALLOWED_ERROR_STATUS_CODES": [
        "400", "401", "403", "404", "405", "406", "409", "410", "413", "415", "422",
        "429", "500", "503",
    ],
}  # fmt: skip
SPECTACULAR_SETTINGS = {
    "TITLE": "Undelivered",
    "DESCRIPTION": "File delivery failures and see what became of them.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # Without a validator no browser is sent to a foreign host.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "POSTPROCESSING_HOOKS": [],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": "sessionid",
                "description": (
                    "Of a person who is logged in; what changes something also needs "
                    "the header X-CSRFToken."
                ),
            }
        }
    },
}

# --- logs -----------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(levelname)s %(name)s %(request_id)s%(message)s"},
    },
    "filters": {"request_id": {"()": "triage.request_log.RequestIdFilter"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "filters": ["request_id"],
        },
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
        "httpx": {"level": "WARNING"},
    },
}
