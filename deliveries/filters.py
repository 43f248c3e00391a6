"""By what can messages and orders not to send be narrowed?"""

from typing import ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from deliveries.models import (
    ChannelKind,
    Message,
    MessageState,
    Provider,
    Purpose,
    Suppression,
    SuppressionOrigin,
)

IN_FORCE, LIFTED, LAPSED, ALL = "in_force", "lifted", "lapsed", "all"
STANDINGS = [
    (IN_FORCE, _("In force")),
    (LIFTED, _("Lifted")),
    (LAPSED, _("Run out")),
    (ALL, _("All")),
]


class MessageFilter(django_filters.FilterSet):
    """Messages by where they stand and by the way they take."""

    state = django_filters.ChoiceFilter(
        label=_("State"), choices=MessageState.choices, empty_label=_("Every state")
    )
    channel = django_filters.ChoiceFilter(
        label=_("Channel"), choices=ChannelKind.choices, empty_label=_("Every channel")
    )
    purpose = django_filters.ChoiceFilter(
        label=_("Purpose"), choices=Purpose.choices, empty_label=_("Every purpose")
    )
    provider = django_filters.ModelChoiceFilter(
        label=_("Provider"),
        empty_label=_("Every provider"),
        queryset=Provider.objects.order_by("name"),
        to_field_name="slug",
    )

    class Meta:
        model = Message
        fields: ClassVar = ["state", "channel", "purpose", "provider"]


class SuppressionFilter(django_filters.FilterSet):
    """Orders not to send; without a chosen standing, those in force."""

    standing = django_filters.ChoiceFilter(
        label=_("State"), choices=STANDINGS, method="by_standing", empty_label=None
    )
    channel = django_filters.ChoiceFilter(
        label=_("Channel"), choices=ChannelKind.choices, empty_label=_("Every channel")
    )
    origin = django_filters.ChoiceFilter(
        label=_("Asked for by"),
        choices=SuppressionOrigin.choices,
        empty_label=_("Anybody"),
    )

    class Meta:
        model = Suppression
        fields: ClassVar = ["standing", "channel", "origin"]

    def by_standing(
        self, rows: QuerySet[Suppression], name: str, value: str
    ) -> QuerySet[Suppression]:
        """Orders that hold, were lifted, or have run out by themselves."""
        now = timezone.now()
        wanted = {
            IN_FORCE: Q(Q(until=None) | Q(until__gt=now), lifted_at=None),
            LIFTED: Q(lifted_at__isnull=False),
            LAPSED: Q(lifted_at=None, until__lte=now),
            ALL: Q(),
        }
        return rows.filter(wanted[value])

    def filter_queryset(self, queryset: QuerySet[Suppression]) -> QuerySet[Suppression]:
        """Show what is in force unless something else was asked for."""
        rows: QuerySet[Suppression] = super().filter_queryset(queryset)
        if self.form.cleaned_data.get("standing"):
            return rows
        return self.by_standing(rows, "standing", IN_FORCE)
