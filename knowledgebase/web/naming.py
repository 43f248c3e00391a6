"""Which action guards a view of this app?

The permission table lives in the app above; a view only carries the name of its
action, and the gatekeeper asks the table.
"""

from typing import Any


def named(action: str) -> Any:
    """Mark a view with its action."""

    def mark(view: Any) -> Any:
        view.action = action
        return view

    return mark
