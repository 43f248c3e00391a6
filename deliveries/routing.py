"""Which route carries a message next?"""

from deliveries.models import Message, Route


def next_route(
    message: Message, *, exclude_provider_id: int | None = None
) -> Route | None:
    """Return the preferred route in use for the message's channel and region.

    With ``exclude_provider_id``, one over another provider: a second route to the
    provider that just failed would fail the same way. None if there is none.
    """
    routes = Route.objects.usable(message.channel, message.region)
    if exclude_provider_id is not None:
        routes = routes.exclude(provider=exclude_provider_id)
    return routes.first()
