"""Who may do what? The only place where a grant is written.

``GRANTS`` is the permission table: one line an action, one column a role. Every
view, endpoint, admin class and changing command names its action; ``may`` is the
only question. Tests and the table in ``docs/permissions.md`` are generated from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.http import HttpRequest

from deliveries.actor import Actor, ActorKind, Role
from deliveries.models import ApiKey, Scope
from triage.models import MemberRole, Membership, Ticket


class Cell(StrEnum):
    """How far a grant reaches."""

    ANY = "Y"
    SCOPE = "S"  # objects in the actor's scope
    OWN = "O"  # objects that belong to the actor
    REFUSED = "-"


COLUMNS = (
    Role.PUBLIC,
    Role.CLIENT,
    Role.SENDER,
    Role.AGENT,
    Role.SPECIALIST,
    Role.LEAD,
    Role.EDITOR,
    Role.AUDITOR,
    Role.ADMIN,
)

# fmt: off
GRANTS: dict[str, str] = {
    # action                   pub cli sen agt spc led edt aud adm
    "site.open":              "Y   Y   Y   Y   Y   Y   Y   Y   Y",
    "report.file":            "-   S   -   -   -   -   -   -   -",
    "report.status":          "-   S   -   S   S   S   S   Y   Y",
    "schema.read":            "-   Y   -   Y   Y   Y   Y   Y   Y",
    "site.enter":             "-   -   -   Y   Y   Y   Y   Y   Y",
    "diagnosis.read":         "-   S   -   S   S   S   S   Y   Y",
    "message.read":           "-   S   -   S   S   S   -   Y   Y",
    "queue.read":             "-   -   -   S   S   S   S   Y   Y",
    "ticket.list":            "-   -   -   S   S   S   S   Y   Y",
    "ticket.read":            "-   -   -   S   S   S   S   Y   Y",
    "ticket.claim":           "-   -   -   S   S   S   -   -   -",
    "ticket.note":            "-   -   -   S   S   S   -   -   -",
    "ticket.solve":           "-   -   -   S   S   S   -   -   -",
    "ticket.reopen":          "-   -   -   S   S   S   -   -   -",
    "ticket.hand_over":       "-   -   -   O   O   S   -   -   -",
    "diagnosis.rerun":        "-   -   -   S   S   S   -   -   -",
    "resend.read":            "-   -   -   S   S   S   -   Y   Y",
    "resend.plan":            "-   -   -   S   S   S   -   -   -",
    "resend.run":             "-   -   -   S   S   S   -   -   -",
    "resend.approve":         "-   -   -   -   -   S   -   -   -",
    "resend.pause":           "-   -   -   S   S   S   -   -   Y",
    "resend.cancel":          "-   -   -   S   S   S   -   -   Y",
    "webhook.manage":         "-   S   S   -   -   -   -   -   Y",
    "webhook.browse":         "-   -   S   -   -   -   -   -   Y",
    "resend.ack":             "-   S   -   -   -   -   -   -   -",
    "route.read":             "-   -   -   S   S   S   -   Y   Y",
    "breaker.set":            "-   -   -   -   -   Y   -   -   Y",
    "team.read":              "-   -   -   -   -   S   -   -   Y",
    "analytics.read":         "-   -   -   S   S   S   S   Y   Y",
    "rule.read":              "-   -   -   Y   Y   Y   Y   Y   Y",
    "rule.teach":             "-   -   -   -   Y   Y   -   -   Y",
    "diagnosis.rule":         "-   -   -   -   -   Y   -   -   Y",
    "article.read_internal":  "-   -   -   Y   Y   Y   Y   Y   Y",
    "article.draft":          "-   -   -   Y   Y   Y   Y   -   -",
    "article.publish":        "-   -   -   -   -   Y   Y   -   -",
    "category.read":          "-   -   -   Y   Y   Y   Y   Y   Y",
    "category.words":         "-   -   -   -   -   -   Y   -   -",
    "category.policy":        "-   -   -   -   -   -   -   -   Y",
    "audit.read":             "-   -   -   -   -   S   -   Y   Y",
    "key.manage":             "-   -   -   -   -   -   -   -   Y",
    "provider.manage":        "-   -   -   -   -   -   -   -   Y",
    "client.manage":          "-   -   -   -   -   -   -   -   Y",
    "queue.manage":           "-   -   -   -   -   -   -   -   Y",
    "account.manage":         "-   -   -   -   -   -   -   -   Y",
    "account.own":            "-   -   Y   Y   Y   Y   Y   Y   Y",
    "system.read":            "-   -   -   -   -   -   -   -   Y",
    "audit.change":           "-   -   -   -   -   -   -   -   -",
    "ticket.verify":          "-   -   -   -   -   -   -   -   -",
}
# fmt: on

TABLE: dict[str, dict[Role, Cell]] = {
    action: dict(zip(COLUMNS, map(Cell, line.split()), strict=True))
    for action, line in GRANTS.items()
}

# What a key's scope admits; a scope narrows what its role may do, never widens it.
SCOPE_OF_ACTION: dict[str, str] = {
    "report.file": Scope.REPORT_WRITE,
    "report.status": Scope.REPORT_READ,
    "webhook.manage": Scope.WEBHOOK_MANAGE,
    "resend.ack": Scope.RESEND_ACK,
}

# Messages that one person may send again in one go; above it a lead has to agree,
# who is never the one that planned it.
RESEND_LIMIT = {Role.AGENT: 1, Role.SPECIALIST: 100, Role.LEAD: 10_000}

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
    memberships = list(Membership.objects.filter(person=user))
    roles = {role for each in memberships for role in INCLUDES[each.role]}
    for group in user.groups.filter(name__in=GROUP_ROLES):
        roles.add(GROUP_ROLES[group.name])
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
    "set_language": "site.open",
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
