"""How does a question of the community become a report?

The knowledge base names no report: it hands the question over, and keeps only that.
"""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from deliveries import bell
from deliveries.models import ChannelKind, Purpose, Source
from deliveries.request import KnownRequest, posted_name
from knowledgebase import community
from knowledgebase.community import NotNow
from knowledgebase.models import Question
from knowledgebase.web.community_frame import url_of
from knowledgebase.web.public_frame import spoken
from triage import access
from triage.models import FailureReport, Origin, Symptom

DIAGNOSE = "triage.tasks.diagnose_due"


@require_POST
@access.names("community.moderate")
@spoken
def community_report(request: KnownRequest, question: str) -> HttpResponse:
    """File a report of what is asked; the question says that the team has it."""
    asked = Question.objects.filter(public_id=question).first()
    if asked is None:
        raise Http404
    source = Source.objects.filter(slug=posted_name(request, "source")).first()
    channel = request.POST.get("channel", "")
    if source is None or channel not in ChannelKind.values:
        messages.error(request, _("Choose the sending system and the channel."))
        return HttpResponseRedirect(url_of(question))
    try:
        with transaction.atomic():
            file(community.convert(asked), source, channel)
    except NotNow as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(url_of(question))
    bell.ring(DIAGNOSE)
    messages.success(request, _("It is a report now, and is diagnosed like any other."))
    return HttpResponseRedirect(url_of(question))


def file(asked: Question, source: Source, channel: str) -> FailureReport:
    """Make the report of a question, which holds no personal data."""
    now = timezone.now()
    return FailureReport.objects.create(
        source=source,
        origin=Origin.COMMUNITY,
        client_report_id=asked.public_id,
        channel=channel,
        purpose=Purpose.TRANSACTIONAL,
        symptom=Symptom.NOT_RECEIVED,
        detail=f"{asked.title}\n\n{asked.body}",
        locale=asked.locale,
        occurred_at=min(asked.created_at, now),
        due_at=now,
    )
