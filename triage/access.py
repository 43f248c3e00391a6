"""Who may do what?

The grants are the table in ``grants.py``. Every view, endpoint, admin class and
changing command names its action; ``may`` is the only question. Tests and the table in
``docs/permissions.md`` are generated from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.http import HttpRequest

from deliveries.actor import Actor, ActorKind, Role
from deliveries.models import ApiKey
from triage.grants import RESEND_LIMIT, SCOPE_OF_ACTION, TABLE, Cell
from triage.models import MemberRole, Membership, Ticket

INCLUDES: dict[str, set[Role]] = {
    MemberRole.AGENT: {Role.AGENT},
    MemberRole.SPECIALIST: {Role.AGENT, Role.SPECIALIST},
    MemberRole.LEAD: {Role.AGENT, Role.SPECIALIST, Role.LEAD},
    MemberRole.SENDER: {Role.SENDER},
}
GROUP_ROLES = {"editor": Role.EDITOR, "auditor": Role.AUDITOR}


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer “no”; ``code`` is for machines, never shown alone."""

    code: str


class Allowed:
    """The answer “yes”."""


ALLOWED = Allowed()


def may(actor: Actor, action: str, ticket: Ticket | None = None) -> Allowed | Refused:
    """Say whether the actor may do the action, on this ticket if one is given.

    Fails closed: an action that is not in the table is refused for everybody.
    """
    if action not in TABLE or not actor.may(action):
        return Refused("not_allowed")
    if ticket is None:
        return ALLOWED
    roles = _roles_on(actor, ticket)
    cells = {TABLE[action][role] for role in roles}
    if Cell.ANY in cells:
        return ALLOWED
    if Cell.SCOPE not in cells and Cell.OWN not in cells:
        return Refused("not_allowed")
    if ticket.assignee_id == actor.person_id:
        return ALLOWED
    if Cell.SCOPE not in cells:
        return Refused("not_own")
    beyond_l1 = any(TABLE[action][role] is Cell.SCOPE for role in roles - {Role.AGENT})
    if beyond_l1 or ticket.assignee_id is None or action in ON_COLLEAGUES:
        return ALLOWED
    return Refused("not_own")


def may_lower(actor: Actor, ticket: Ticket) -> bool:
    """Say whether the actor may lower a ticket's tier; agents (L1) only raise it."""
    return bool(_roles_on(actor, ticket) & {Role.SPECIALIST, Role.LEAD})


# What an agent may do on a colleague's ticket; anything else only on their own.
ON_COLLEAGUES = frozenset({"ticket.read", "ticket.list", "ticket.note"})


def _roles_on(actor: Actor, ticket: Ticket) -> frozenset[Role]:
    """Return the roles that count here: those of a queue hold in that queue alone."""
    of_queues = (
        (Role.AGENT, actor.queue_ids),
        (Role.SPECIALIST, actor.senior_queue_ids),
        (Role.LEAD, actor.lead_queue_ids),
    )
    here = {role for role, ids in of_queues if ticket.queue_id in ids}
    return (actor.roles - {role for role, _ids in of_queues}) | here


@cache
def actions_of(roles: frozenset[Role]) -> frozenset[str]:
    """Return the actions that at least one of the roles allows on something."""
    return frozenset(
        action
        for action, cells in TABLE.items()
        if any(cells[role] is not Cell.REFUSED for role in roles)
    )


def actor_for_user(user: AbstractBaseUser | AnonymousUser | User | None) -> Actor:
    """Fill in the actor of a person who is logged in; anybody else is the public."""
    if not isinstance(user, User) or not user.is_active:
        return Actor(
            kind=ActorKind.PUBLIC,
            roles=frozenset({Role.PUBLIC}),
            actions=actions_of(frozenset({Role.PUBLIC})),
        )
    memberships = list(user.memberships.all())
    roles = {role for each in memberships for role in INCLUDES[each.role]}
    held = {group.name for group in user.groups.all()}
    roles.update(role for name, role in GROUP_ROLES.items() if name in held)
    if user.is_superuser:
        roles.add(Role.ADMIN)
    frozen = frozenset(roles)
    return Actor(
        kind=ActorKind.PERSON,
        name=user.get_full_name() or user.get_username(),
        roles=frozen,
        person_id=user.pk,
        source_ids=frozenset(each.source_id for each in memberships if each.source_id),
        queue_ids=_queues(memberships, Role.AGENT),
        senior_queue_ids=_queues(memberships, Role.SPECIALIST),
        lead_queue_ids=_queues(memberships, Role.LEAD),
        resend_limit=max((RESEND_LIMIT.get(role, 0) for role in frozen), default=0),
        actions=actions_of(frozen) | {"site.open"},
    )


def _queues(memberships: list[Membership], role: Role) -> frozenset[int]:
    return frozenset(
        each.queue_id
        for each in memberships
        if each.queue_id is not None and role in INCLUDES[each.role]
    )


def actor_for_key(key: ApiKey) -> Actor:
    """Fill in the actor of a key: the actions of a client, narrowed by its scopes."""
    granted = actions_of(frozenset({Role.CLIENT}))
    narrowed = frozenset(
        action
        for action in granted
        if SCOPE_OF_ACTION.get(action) is None or SCOPE_OF_ACTION[action] in key.scopes
    )
    return Actor(
        kind=ActorKind.CLIENT,
        name=key.name,
        roles=frozenset({Role.CLIENT}),
        source_id=key.source_id,
        key_id=key.pk,
        actions=narrowed,
    )


MACHINE = Actor(kind=ActorKind.MACHINE, name="machine")


# Views of libraries, which cannot carry a mark: by their view or namespace name.
OF_LIBRARY: dict[str, str] = {
    "account_login": "site.open",
    "account_logout": "site.open",
    "account_reauthenticate": "account.own",
    "account_change_password": "account.own",
    "mfa_authenticate": "site.open",
    "mfa_index": "account.own",
    "mfa_activate_totp": "account.own",
    "mfa_deactivate_totp": "account.own",
    "mfa_reauthenticate": "account.own",
    "mfa_generate_recovery_codes": "account.own",
    "mfa_view_recovery_codes": "account.own",
    "mfa_download_recovery_codes": "account.own",
    "schema": "schema.read",
    "docs": "schema.read",
}
OF_NAMESPACE = {"django_rq": "system.read", "admin": "site.enter"}


def action_of(request: HttpRequest, view: Any) -> str | None:
    """Return the action that guards a view; None means that nobody may open it."""
    cls = getattr(view, "view_class", None) or getattr(view, "cls", None)
    by_method: dict[str, str] = getattr(cls, "action_by_method", {})
    if request.method in by_method:
        return by_method[request.method]
    named: str | None = getattr(view, "action", None) or getattr(cls, "action", None)
    if named:
        return named
    match = request.resolver_match
    if match is None:
        return None
    return action_of_name(match.url_name, match.namespaces)


def action_of_name(url_name: str | None, namespaces: list[str]) -> str | None:
    """Return the action of a library's view by the name of its URL."""
    for namespace in namespaces:
        if namespace in OF_NAMESPACE:
            return OF_NAMESPACE[namespace]
    return OF_LIBRARY.get(url_name or "")


def names(action: str) -> Callable[[Any], Any]:
    """Mark a view, admin class or command with its action; unknown ones fail."""
    if action not in TABLE:
        raise KeyError(action)

    def mark(view: Any) -> Any:
        view.action = action
        return view

    return mark
