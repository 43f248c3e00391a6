"""Which route carries a message next?"""

from deliveries.models import Message, Route


def next_route(message: Message, *, exclude: Route | None = None) -> Route | None:
    """Return the preferred route in use for the message's channel and region.

    With ``exclude``, one over another provider than that route's: a second route to
    the provider that just failed would fail the same way. None if there is none.
    """
    routes = Route.objects.usable(message.channel, message.region)
    if exclude is not None:
        routes = routes.exclude(provider=exclude.provider_id)
    return routes.first()
