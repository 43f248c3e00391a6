"""With which settings does the bare view run? Those of the product, without layers."""

from triage.settings import *  # noqa: F403

INSTALLED_APPS = ["benchmarks"]
MIDDLEWARE = []
ROOT_URLCONF = "benchmarks.bare"
