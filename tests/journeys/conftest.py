"""What do the tests in a browser share? The browser."""

from tests.chromium import *  # noqa: F403
