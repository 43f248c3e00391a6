"""What does the web server serve?

Django, through the layers of ``MIDDLEWARE``. A program that calls the API with a key
has no session, no form and no page: its requests pass only the layers that are not
``FOR_PEOPLE``, which leaves more of the processor to what they ask for.
"""

import gc
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "triage.settings")

# Objects that live as long as the process are not worth looking at again and again.
YOUNG_OBJECTS = 20_000


class ProgramHandler(WSGIHandler):
    """Django's handler with fewer layers."""

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: FBT001, FBT002  # inherited
        """Stack the layers as Django does, without those for people."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        inner = self._get_response  # type: ignore[attr-defined]  # not in the stubs
        handler = convert_exception_to_response(inner)
        for name in reversed(settings.MIDDLEWARE):
            if name in settings.FOR_PEOPLE:
                continue
            layer = import_string(name)(handler)
            if hasattr(layer, "process_view"):
                self._view_middleware.insert(0, layer.process_view)
            if hasattr(layer, "process_exception"):
                self._exception_middleware.append(layer.process_exception)
            handler = convert_exception_to_response(layer)
        self._middleware_chain = handler


def application(
    environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """Serve one request (PEP 3333)."""
    by_key = bool(environ.get("HTTP_AUTHORIZATION"))
    program = by_key and environ["PATH_INFO"].startswith("/api/v1/")
    return (_programs if program else _people)(environ, start_response)


_people = get_wsgi_application()
_programs = ProgramHandler()
gc.freeze()
gc.set_threshold(YOUNG_OBJECTS)
