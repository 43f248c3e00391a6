"""By what can lists be narrowed? One FilterSet serves page, API and export."""

from datetime import UTC, datetime
from typing import Any, ClassVar

import django_filters
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from deliveries import taxonomy
from deliveries.models import ChannelKind, FailureCategory
from triage.models import (
    LIVE,
    ClockState,
    DiagnosisRule,
    FailureReport,
    ReportState,
    RuleKind,
    RuleMode,
    SlaClock,
    Ticket,
    TicketState,
    Tier,
)

NOBODY = "nobody"
ME = "me"


SOON, OVERDUE = "soon", "overdue"
RISKS = [(OVERDUE, _("Overdue")), (SOON, _("Due in 15 min"))]


def late(now: datetime) -> Q:
    """Promises whose time has come, noticed or not."""
    return Q(state=ClockState.BREACHED) | Q(target_at__lt=now)


def risk(value: str, now: datetime) -> Q:
    """Tickets with a promise that is overdue, or will be in a quarter of an hour."""
    at_risk = SlaClock.objects.at_risk(now).filter(ticket=OuterRef("pk"))
    found = at_risk.filter(late(now) if value == OVERDUE else ~late(now))
    return Q(Exists(found))


def _families() -> list[tuple[str, str]]:
    return [(family.slug, family.name_en) for family in taxonomy.load().families]


class AnyOf(django_filters.MultipleChoiceFilter):
    """One of several values of the row itself.

    No join repeats a row, so none has to be told apart from the others: the database
    would sort hundreds of thousands for that.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, distinct=False, **kwargs)


class TicketFilter(django_filters.FilterSet):
    """Tickets; without a chosen state, those that are live."""

    tier = AnyOf(label=_("Tier"), choices=Tier.choices)
    state = AnyOf(label=_("State"), choices=TicketState.choices)
    clock = AnyOf(label=_("Promise"), choices=RISKS, method="by_risk")
    channel = AnyOf(label=_("Channel"), choices=ChannelKind.choices)
    family = AnyOf(label=_("Cause family"), choices=_families)
    assignee = django_filters.CharFilter(label=_("Assignee"), method="by_assignee")

    class Meta:
        model = Ticket
        fields: ClassVar = [
            "tier",
            "state",
            "clock",
            "channel",
            "family",
            "assignee",
        ]

    def by_risk(
        self, rows: QuerySet[Ticket], name: str, value: list[str]
    ) -> QuerySet[Ticket]:
        """Whose promises are overdue, or will be in a quarter of an hour."""
        chosen, now = Q(), timezone.now()
        for each in value:
            chosen |= risk(each, now)
        return rows.filter(chosen)

    def by_assignee(
        self, rows: QuerySet[Ticket], name: str, value: str
    ) -> QuerySet[Ticket]:
        """``me``, ``nobody``, or a username."""
        if value == NOBODY:
            return rows.filter(assignee=None)
        if value == ME:
            return rows.filter(assignee=self.request.actor.person_id)
        return rows.filter(
            assignee__in=User.objects.filter(username=value).values("pk")
        )

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow by every filter; a list without a state shows what is live."""
        rows: QuerySet[Any] = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("state"):
            rows = rows.filter(Q(state__in=LIVE))
        return rows


class MomentField(django_filters.fields.IsoDateTimeField):
    """A time with its offset. PostgreSQL knows fewer offsets than RFC 3339: in UTC."""

    def to_python(self, value: Any) -> datetime | None:
        """Return the moment, or None when none was asked for."""
        moment: datetime | None = super().to_python(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError(self.error_messages["invalid"]) from error


class MomentFilter(django_filters.IsoDateTimeFilter):
    """Rows before or after a moment."""

    field_class = MomentField


class ReportFilter(django_filters.FilterSet):
    """Failure reports, by when they were received and what they are about."""

    created_after = MomentFilter(
        label=_("Received at or after"), field_name="received_at", lookup_expr="gte"
    )
    created_before = MomentFilter(
        label=_("Received before"), field_name="received_at", lookup_expr="lt"
    )
    client_report_id = django_filters.CharFilter(
        label=_("The client’s id"), max_length=128, strip=False
    )
    state = django_filters.ChoiceFilter(label=_("State"), choices=ReportState.choices)
    channel = django_filters.ChoiceFilter(
        label=_("Channel"), choices=ChannelKind.choices
    )

    class Meta:
        model = FailureReport
        fields: ClassVar = [
            "created_after",
            "created_before",
            "client_report_id",
            "state",
            "channel",
        ]


RETIRED = "retired"


class RuleFilter(django_filters.FilterSet):
    """Taught rules; without a chosen mode, those that are heard."""

    provider = django_filters.CharFilter(
        label=_("Provider"), lookup_expr="iexact", max_length=64
    )
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=RuleKind.choices)
    mode = django_filters.ChoiceFilter(
        label=_("Mode"),
        choices=[*RuleMode.choices, (RETIRED, _("Retired"))],
        method="by_mode",
    )
    category = django_filters.ModelChoiceFilter(
        label=_("Cause"),
        queryset=FailureCategory.objects.all(),
        to_field_name="slug",
    )

    class Meta:
        model = DiagnosisRule
        fields: ClassVar = ["provider", "kind", "mode", "category"]

    def by_mode(
        self, rows: QuerySet[DiagnosisRule], name: str, value: str
    ) -> QuerySet[DiagnosisRule]:
        """Versions that stand in a mode, or those that are retired."""
        if value == RETIRED:
            return rows.filter(retired_at__isnull=False)
        return rows.filter(retired_at=None, mode=value)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow by every filter; a list without a mode shows what is heard."""
        rows: QuerySet[Any] = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("mode"):
            rows = rows.filter(retired_at=None)
        return rows
