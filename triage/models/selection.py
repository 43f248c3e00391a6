"""Which rows did a person pick, and what was done to all of them at once?"""

from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from deliveries import public_id
from deliveries.actor import Actor
from deliveries.leases import DueQuerySet, DueRow
from deliveries.models import known
from triage.models.queue import Queue

MOST = 100_000  # rows of one selection
KEPT = timedelta(hours=24)
QUERY_MAX = 2_000  # characters of a query string
PARTS = F("applied") + F("refused") + F("failed")


def size(field: str) -> Func:
    """How many elements an array column has; zero for an empty one."""
    return Func(
        F(field), function="cardinality", output_field=models.PositiveIntegerField()
    )


class SelectedModel(models.TextChoices):
    """Rows of which kind can be selected."""

    TICKET = "ticket", _("Tickets")


class SelectionQuerySet(models.QuerySet["Selection"]):
    """Selections."""

    def visible_to(self, actor: Actor) -> "SelectionQuerySet":
        """Those of the actor; nobody sees another person's."""
        if actor.person_id is None:
            return self.none()
        return self.filter(owner=actor.person_id, expires_at__gt=Now())

    def counted(self) -> "SelectionQuerySet":
        """With their size, without fetching up to 100,000 ids."""
        return self.defer("ids").annotate(count=size("ids"))

    def sweep(self) -> int:
        """Delete those whose time is over and that no action still needs."""
        busy = BulkAction.objects.unfinished().filter(selection__isnull=False)
        over = self.filter(expires_at__lte=Now()).exclude(
            Q(pk__in=busy.values("selection"))
            | Q(exports__state__in=("pending", "writing"))
        )
        return over.delete()[0]


class Selection(models.Model):
    """The ids of what a person picked; the query is shown beside it, never asked again.

    ``ids`` are in order and without twins. Nothing but its owner changes them, so that
    what comes in meanwhile is never part of it.
    """

    token = models.CharField(
        _("token"),
        max_length=32,
        unique=True,
        default=partial(public_id.new, "sel_"),
        editable=False,
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        verbose_name=_("owner"),
    )
    model = models.CharField(
        _("kind of row"),
        max_length=10,
        choices=SelectedModel.choices,
        default=SelectedModel.TICKET,
    )
    ids = ArrayField(models.BigIntegerField(), verbose_name=_("ids"), default=list)
    queue = models.ForeignKey(
        Queue,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("queue"),
    )
    query = models.CharField(_("query"), max_length=QUERY_MAX, blank=True)
    upper_id = models.BigIntegerField(_("greatest id"), default=0)
    made_at = models.DateTimeField(_("made at"), db_default=Now())
    expires_at = models.DateTimeField(_("expires at"), db_default=Now() + KEPT)

    objects = SelectionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("selection")
        verbose_name_plural = _("selections")
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], name="selection_expires")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ids__len__lte=MOST), name="selection_size"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="selection_lives"
            ),
            known("model", SelectedModel, "selection_model_known"),
        ]

    def __str__(self) -> str:
        return self.token


class Verb(models.TextChoices):
    """What can be done to many tickets at once."""

    ASSIGN = "assign", _("Assign")
    TIER = "tier", _("Set the tier")
    QUEUE = "queue", _("Move to a queue")
    WAIT = "wait", _("Let wait")
    CATEGORY = "category", _("Name the cause")
    MACRO = "macro", _("Run a macro")
    MERGE = "merge", _("Merge")


class BulkState(models.TextChoices):
    """Where an action on many rows stands."""

    PENDING = "pending", _("Waiting for a worker")
    APPLYING = "applying", _("Being carried out")
    APPLIED = "applied", _("Carried out")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")
    FAILED = "failed", _("Failed")


WORKING = (BulkState.PENDING, BulkState.APPLYING, BulkState.UNDOING)


class Reason(models.TextChoices):
    """Why an action left a row as it is."""

    LEFT = "left", _("no longer in your queues")
    NOT_ALLOWED = "not_allowed", _("not yours to change")
    RAISE_ONLY = "raise_only", _("only a specialist or lead lowers a tier")
    CHANGED = "changed", _("changed meanwhile")
    SOLVED = "solved", _("already solved")
    SAME = "same", _("nothing to change")
    NOT_MEMBER = "not_member", _("the person does not work in its queue")
    TAKEN = "taken", _("the queue has a live ticket of this incident")
    ELSEWHERE = "elsewhere", _("in another queue than the macro")
    STEP = "step", _("one of its steps was refused")
    TAKES = "takes", _("takes the others in")
    UNFIT = "unfit", _("its incident cannot be merged there now")
    ERROR = "error", _("could not be written")


class BulkActionQuerySet(DueQuerySet):
    """Actions on many rows. A write of a job names the epoch of its claim."""

    def visible_to(self, actor: Actor) -> "BulkActionQuerySet":
        """Those that the actor asked for."""
        if actor.person_id is None:
            return self.none()
        return self.filter(requested_by=actor.person_id)

    def unfinished(self) -> "BulkActionQuerySet":
        """Those that wait or run."""
        return self.filter(state__in=WORKING)


class BulkAction(DueRow):
    """One action on exactly the rows of one selection, with what became of each.

    ``result`` and ``undo_result`` hold pairs (ticket number, reason) of the rows that
    were left alone; every other row has an event that names this action. ``cursor`` is
    the last ticket id that is settled, so that another worker goes on behind it.
    """

    selection = models.ForeignKey(
        Selection,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="actions",
        verbose_name=_("selection"),
    )
    action = models.CharField(_("action"), max_length=10, choices=Verb.choices)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    state = models.CharField(
        _("state"), max_length=8, choices=BulkState.choices, default=BulkState.PENDING
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("requested by"),
    )
    requested_at = models.DateTimeField(_("requested at"), db_default=Now())
    seen_at = models.DateTimeField(_("rows seen at"), db_default=Now())
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    undo_until = models.DateTimeField(_("may be undone until"), null=True, blank=True)
    expected = models.PositiveIntegerField(_("rows"))
    applied = models.PositiveIntegerField(_("applied"), default=0)
    refused = models.PositiveIntegerField(_("left alone"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    result = models.JSONField(_("rows left alone"), default=list, blank=True)
    undone = models.PositiveIntegerField(_("undone"), default=0)
    undo_result = models.JSONField(_("rows not undone"), default=list, blank=True)
    cursor = models.BigIntegerField(_("settled up to"), default=0, editable=False)

    objects: Any = BulkActionQuerySet.as_manager()

    class Meta(DueRow.Meta):
        abstract = False
        ordering: ClassVar = ["-id"]
        verbose_name = _("bulk action")
        verbose_name_plural = _("bulk actions")
        indexes: ClassVar = [
            *DueRow.Meta.indexes,
            models.Index(fields=["requested_by", "-id"], name="bulkaction_by_person"),
        ]
        constraints: ClassVar = [
            *DueRow.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(state="applied") | Q(expected=PARTS),
                name="bulkaction_result_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("pending", "applying"))
                | Q(selection__isnull=False),
                name="bulkaction_works_on_selection",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("pending", "applying"), ended_at__isnull=True)
                | (~Q(state__in=("pending", "applying")) & Q(ended_at__isnull=False)),
                name="bulkaction_ended",
            ),
            models.CheckConstraint(
                condition=Q(undo_until__isnull=True)
                | Q(undo_until__gt=F("requested_at")),
                name="bulkaction_undo_after_request",
            ),
            models.CheckConstraint(
                condition=Q(undone__lte=F("applied")), name="bulkaction_undone_applied"
            ),
            known("state", BulkState, "bulkaction_state_known"),
            known("action", Verb, "bulkaction_action_known"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.action} {self.state}"

    @property
    def is_working(self) -> bool:
        """Whether there is something to wait for."""
        return self.state in WORKING
