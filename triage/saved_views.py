"""Which lists does a person keep by name, and with whom do they share them?"""

import secrets

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _

from deliveries.actor import Actor
from triage import access
from triage.models import Queue, SavedView
from triage.selection import Place
from triage.tickets import Forbidden, Invalid, NotFound

MOST = 50  # views of one person
NAME_MAX = 60


def find(slug: str, actor: Actor) -> SavedView:
    """Fetch one's own view or one that is shared with a queue of one's own."""
    rows = SavedView.objects.visible_to(actor).select_related("queue", "shared_with")
    view = rows.filter(slug=slug).first()
    if view is None:
        raise NotFound(slug)
    return view


def of_list(actor: Actor, queue: Queue | None) -> list[SavedView]:
    """The views that belong beside a list: its own, and those over all queues."""
    rows = SavedView.objects.visible_to(actor)
    here = Q(queue=None) | Q(queue=queue) if queue else Q(queue=None)
    return list(rows.filter(here).distinct())


def save(
    actor: Actor, place: Place, *, name: str, share_with: Queue | None = None
) -> SavedView:
    """Keep a list under a name.

    Raises :class:`Forbidden`, or :class:`Invalid` for a name that is empty, too long
    or taken, and for too many views.
    """
    owner = _may(actor, "view.save")
    words = _name(name)
    _may_share(actor, share_with)
    if SavedView.objects.filter(owner=actor.person_id).count() >= MOST:
        raise Invalid(
            "name", _("You have %(most)d views. Delete one first.") % {"most": MOST}
        )
    view = SavedView(
        slug=_slug(words),
        name=words,
        owner_id=owner,
        queue=place.queue,
        query=place.query,
        shared_with=share_with,
    )
    return _stored(view)


def change(
    slug: str, actor: Actor, *, name: str, share_with: Queue | None
) -> SavedView:
    """Rename one's own view, or share it with another queue or nobody."""
    view = _own(slug, actor)
    if share_with != view.shared_with:
        _may_share(actor, share_with)
    view.name, view.shared_with = _name(name), share_with
    return _stored(view)


def delete(slug: str, actor: Actor) -> None:
    """Delete one's own view."""
    _own(slug, actor).delete()


def shareable(actor: Actor) -> list[Queue]:
    """The queues with which the actor may share."""
    if not actor.may("view.share"):
        return []
    return list(Queue.objects.filter(pk__in=actor.lead_queue_ids).order_by("slug"))


def _own(slug: str, actor: Actor) -> SavedView:
    view = find(slug, actor)
    if view.owner_id != actor.person_id:
        raise Forbidden("not_own")
    _may(actor, "view.save")
    return view


def _may(actor: Actor, action: str) -> int:
    person = actor.person_id
    if isinstance(access.may(actor, action), access.Refused) or person is None:
        raise Forbidden("not_allowed")
    return person


def _may_share(actor: Actor, queue: Queue | None) -> None:
    if queue is not None and queue not in shareable(actor):
        raise Forbidden("not_allowed")


def _name(name: str) -> str:
    words = " ".join(name.split())
    if not words:
        raise Invalid("name", _("Give the view a name."))
    if len(words) > NAME_MAX:
        raise Invalid(
            "name", _("A name may have %(max)d characters.") % {"max": NAME_MAX}
        )
    return words


def _slug(name: str) -> str:
    """A readable address that nobody else has; a Chinese name gives only the tail."""
    tail = secrets.token_hex(4)
    return f"{slugify(name)}-{tail}" if slugify(name) else tail


def _stored(view: SavedView) -> SavedView:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:  # savedview_name_of_owner
        raise Invalid("name", _("You have a view of this name.")) from error
    return view
