"""What is shown before incidents are merged, or reports split off?"""

from typing import Any

from django.urls import reverse

from deliveries.actor import Actor
from triage.incidents import Preview
from triage.models import UNSOLVED, FailureGroup, FailureReport, Ticket
from triage.web import incident_words
from triage.web.incident_forms import IntoForm
from triage.web.incident_pages import linked, report_lines


def of_merge(
    group: FailureGroup, form: IntoForm, preview: Preview | None, actor: Actor
) -> dict[str, Any]:
    """Build the context of ``incident_merge.html``."""
    rows = FailureGroup.objects.visible_to(actor).standing().select_related("category")
    alike = rows.filter(category=group.category_id).exclude(pk=group.pk)
    return {
        "incident": {
            **linked(group),
            "cause": group.category.name,
            "about": incident_words.fingerprint_of(group),
        },
        "form": form,
        "preview": preview
        and {
            "into": preview.target.number,
            "cause": preview.target.category.name,
            "about": incident_words.fingerprint_of(preview.target),
            "groups": preview.groups,
            "reports": preview.reports,
            "people": preview.people,
            "caught": preview.caught,
            "tickets": [_ticket(each) for each in preview.tickets],
            "brings_mute": preview.brings_mute,
            "refusal": preview.refusal,
        },
        "alike": [
            {
                **linked(each),
                "about": incident_words.fingerprint_of(each),
                "reports": each.reports,
                "cause": each.category.name,
            }
            for each in alike.order_by("-last_seen")[:5]
        ],
    }


def _ticket(ticket: Ticket) -> dict[str, Any]:
    url = reverse("ticket", args=[ticket.number])
    return {"number": ticket.number, "url": url, "queue": ticket.queue.title}


def of_split(group: FailureGroup, chosen: list[str]) -> dict[str, Any]:
    """Build the context of ``incident_split.html``."""
    rows = FailureReport.objects.filter(group=group, public_id__in=chosen)
    found = list(rows.select_related("source", "ticket").order_by("-pk"))
    tickets = {each.ticket_id for each in found if each.ticket_id}
    open_ones = Ticket.objects.filter(pk__in=tickets, group=group, state__in=UNSOLVED)
    return {
        "incident": {**linked(group), "cause": group.category.name},
        "reports": report_lines(found),
        "people": len({each.person for each in found}),
        "stay": group.reports - len(found),
        "tickets": [_ticket(each) for each in open_ones.select_related("queue")],
    }
