"""What do the tests in a browser share? The browser, and the desk in it."""

from tests.chromium import chromium, desk

__all__ = ["chromium", "desk"]
