"""Which URLs has the site, and which action guards each?"""

from collections.abc import Iterator
from types import SimpleNamespace

from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from triage import access


def patterns(
    resolver: URLResolver | None = None, spaces: tuple[str, ...] = ()
) -> Iterator[tuple[URLPattern, tuple[str, ...]]]:
    """Yield every URL of the site with the namespaces around it."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from patterns(pattern, inner)
        else:
            yield pattern, spaces


def written_in(pattern: URLPattern, *packages: str) -> bool:
    """Whether the view behind a URL is written in one of the packages."""
    return str(getattr(pattern.callback, "__module__", "")).startswith(packages)


def action_of(pattern: URLPattern, spaces: tuple[str, ...], method: str) -> str | None:
    """The action that the gatekeeper finds for a request."""
    request = RequestFactory().generic(method, "/")
    match = SimpleNamespace(url_name=pattern.name, namespaces=list(spaces))
    request.resolver_match = match  # type: ignore[assignment]  # two names suffice
    return access.action_of(request, pattern.callback)


OURS = {
    str(pattern.name): pattern
    for pattern, _ in patterns()
    if written_in(pattern, "triage.web", "knowledgebase.web")
}
ROUTES = {name: str(pattern.pattern) for name, pattern in OURS.items()}
