"""Which role may do which action, and how far?

``GRANTS`` is the permission table: one line an action, one column a role. Nothing else
in the product writes a grant; ``access`` reads this table and asks it about a person.
"""

from enum import StrEnum

from deliveries.actor import Role
from deliveries.models import Scope


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
    "report.answer":          "S   S   -   -   -   -   -   -   -",
    "message.write":          "-   S   -   -   -   -   -   -   -",
    "event.write":            "-   S   -   -   -   -   -   -   -",
    "report.status":          "S   S   -   S   S   S   S   Y   Y",
    "schema.read":            "-   Y   -   Y   Y   Y   Y   Y   Y",
    "site.enter":             "-   -   -   Y   Y   Y   Y   Y   Y",
    "diagnosis.read":         "-   S   -   S   S   S   S   Y   Y",
    "message.list":           "-   -   -   S   S   S   -   Y   Y",
    "message.read":           "-   S   -   S   S   S   -   Y   Y",
    "person.reveal":          "-   -   -   -   S   S   -   -   Y",
    "suppression.read":       "-   -   -   S   S   S   -   Y   Y",
    "suppression.lift":       "-   -   -   -   S   S   -   -   -",
    "queue.read":             "-   -   -   S   S   S   S   Y   Y",
    "ticket.list":            "-   -   -   S   S   S   S   Y   Y",
    "ticket.read":            "-   -   -   S   S   S   S   Y   Y",
    "ticket.search":          "-   -   -   S   S   S   S   Y   Y",
    "ticket.claim":           "-   -   -   S   S   S   -   -   -",
    "ticket.note":            "-   -   -   S   S   S   -   -   -",
    "ticket.reply":           "-   -   -   S   S   S   -   -   -",
    "ticket.solve":           "-   -   -   S   S   S   -   -   -",
    "ticket.reopen":          "-   -   -   S   S   S   -   -   -",
    "ticket.hand_over":       "-   -   -   O   O   S   -   -   -",
    "ticket.set_tier":        "-   -   -   S   S   S   -   -   -",
    "ticket.queue":           "-   -   -   S   S   S   -   -   -",
    "ticket.category":        "-   -   -   S   S   S   -   -   -",
    "ticket.waiting":         "-   -   -   S   S   S   -   -   -",
    "ticket.undo":            "-   -   -   S   S   S   -   -   -",
    "selection.make":         "-   -   -   O   O   O   O   -   -",
    "inbox.own":              "-   -   -   O   O   O   O   O   -",
    "macro.run":              "-   -   -   S   S   S   -   -   -",
    "macro.manage":           "-   -   -   -   -   S   -   -   -",
    "file.attach":            "-   -   -   S   S   S   -   -   -",
    "file.download":          "-   -   -   S   S   S   -   -   -",
    "export.csv":             "-   -   -   -   -   S   -   Y   -",
    "view.save":              "-   -   -   O   O   O   O   -   -",
    "view.share":             "-   -   -   -   -   S   -   -   -",
    "ticket.merge":           "-   -   -   S   S   S   -   -   -",
    "group.list":             "-   -   -   S   S   S   S   Y   Y",
    "group.read":             "-   -   -   S   S   S   S   Y   Y",
    "group.acknowledge":      "-   -   -   S   S   S   -   -   -",
    "group.merge":            "-   -   -   -   S   S   -   -   -",
    "group.split":            "-   -   -   -   S   S   -   -   -",
    "group.mute":             "-   -   -   -   S   S   -   -   -",
    "diagnosis.rerun":        "-   -   -   S   S   S   -   -   -",
    "resend.read":            "-   -   -   S   S   S   -   Y   Y",
    "send.settle":            "-   -   -   -   S   S   -   -   -",
    "resend.plan":            "-   -   -   S   S   S   -   -   -",
    "resend.run":             "-   -   -   S   S   S   -   -   -",
    "resend.approve":         "-   -   -   -   -   S   -   -   -",
    "approval.read":          "-   -   -   -   -   S   -   Y   Y",
    "resend.pause":           "-   -   -   S   S   S   -   -   Y",
    "resend.cancel":          "-   -   -   S   S   S   -   -   Y",
    "webhook.manage":         "-   S   S   -   -   -   -   -   Y",
    "webhook.browse":         "-   -   S   -   -   -   -   -   Y",
    "resend.ack":             "-   S   -   -   -   -   -   -   -",
    "route.read":             "-   -   -   S   S   S   -   Y   Y",
    "breaker.set":            "-   -   -   -   -   Y   -   -   Y",
    "simulator.read":         "-   -   -   Y   Y   Y   Y   Y   Y",
    "simulator.set":          "-   -   -   -   -   Y   -   -   Y",
    "team.read":              "-   -   -   -   -   S   -   -   Y",
    "team.manage":            "-   -   -   -   -   S   -   -   Y",
    "profile.own":            "-   -   O   O   O   O   O   O   O",
    "routing.manage":         "-   -   -   -   -   S   -   -   Y",
    "sla.manage":             "-   -   -   -   -   S   -   -   Y",
    "analytics.read":         "-   -   -   S   S   S   S   Y   Y",
    "rule.read":              "-   -   -   Y   Y   Y   Y   Y   Y",
    "rule.teach":             "-   -   -   -   Y   Y   -   -   Y",
    "diagnosis.rule":         "-   -   -   -   -   Y   -   -   Y",
    "article.read_internal":  "-   -   -   Y   Y   Y   Y   Y   Y",
    "article.draft":          "-   -   -   Y   Y   Y   Y   -   -",
    "article.feedback":       "-   -   -   Y   Y   Y   Y   -   -",
    "article.publish":        "-   -   -   -   -   Y   Y   -   -",
    "training.own":           "-   -   -   O   O   O   O   -   -",
    "training.manage":        "-   -   -   -   -   S   Y   -   -",
    "community.read":         "Y   Y   Y   Y   Y   Y   Y   Y   Y",
    "community.post":         "Y   -   -   Y   Y   Y   Y   -   -",
    "community.answer":       "Y   -   -   Y   Y   Y   Y   -   -",
    "community.vote":         "Y   -   -   Y   Y   Y   Y   -   -",
    "community.follow":       "Y   Y   Y   Y   Y   Y   Y   Y   Y",
    "community.moderate":     "-   -   -   -   Y   Y   Y   -   -",
    "category.read":          "-   -   -   Y   Y   Y   Y   Y   Y",
    "category.words":         "-   -   -   -   -   -   Y   -   -",
    "category.policy":        "-   -   -   -   -   -   -   -   Y",
    "audit.read":             "-   -   -   -   -   S   -   Y   Y",
    "key.manage":             "-   -   -   -   -   -   -   -   Y",
    "provider.manage":        "-   -   -   -   -   -   -   -   Y",
    "client.manage":          "-   -   -   -   -   -   -   -   Y",
    "queue.manage":           "-   -   -   -   -   S   -   -   Y",
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
    "report.answer": Scope.REPORT_WRITE,
    "report.status": Scope.REPORT_READ,
    "message.write": Scope.MESSAGE_WRITE,
    "message.read": Scope.MESSAGE_READ,
    "event.write": Scope.EVENT_WRITE,
    "webhook.manage": Scope.WEBHOOK_MANAGE,
    "resend.ack": Scope.RESEND_ACK,
}

# Messages that one person may send again in one go; above it a lead has to agree,
# who is never the one that planned it.
RESEND_LIMIT = {Role.AGENT: 1, Role.SPECIALIST: 100, Role.LEAD: 10_000}
