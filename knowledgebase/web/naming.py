"""Which action guards a view of this app?

The permission table lives in the app above; a view only carries the name of its
action, and the gatekeeper asks the table.
"""

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def named(action: str) -> Callable[[View], View]:
    """Mark a view with its action."""

    def mark(view: View) -> View:
        marked: Any = view
        marked.action = action
        return view

    return mark
