"""How does somebody ask, answer, vote, accept or close?"""

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from deliveries import language
from deliveries.models import FailureCategory
from deliveries.request import KnownRequest, posted_name
from knowledgebase import community
from knowledgebase.community import Asked, Author, finding
from knowledgebase.models import POST_MAX, QUESTION_MAX, Locale
from knowledgebase.refusals import Invalid
from knowledgebase.web import community_lines
from knowledgebase.web.community_frame import (
    answer,
    found_answer,
    found_question,
    sent_of,
    stamp,
    thank,
    url_of,
    written,
)
from knowledgebase.web.community_pages import AnswerForm, question_page
from knowledgebase.web.naming import named
from knowledgebase.web.public_frame import spoken

# Generic for the type checker alone: Django's class takes no parameter when run.
if TYPE_CHECKING:
    StockField = forms.ModelChoiceField[FailureCategory]
else:
    StockField = forms.ModelChoiceField

SURE = "sure"  # the button of who has looked at what is alike


class CauseField(StockField):
    """One cause by its name in the reader's language."""

    def label_from_instance(self, obj: FailureCategory) -> str:
        """The plain words for the cause."""
        return obj.name


class QuestionForm(forms.Form):
    """What somebody asks."""

    title = forms.CharField(
        label=gettext_lazy("Your question, in one line"), max_length=QUESTION_MAX
    )
    body = forms.CharField(
        label=gettext_lazy("What happens, and what have you tried?"),
        max_length=POST_MAX * 2,  # what is too long is said by the use case
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=AnswerForm.base_fields["body"].help_text,
    )
    category = CauseField(
        label=gettext_lazy("What it is about (optional)"),
        queryset=FailureCategory.objects.filter(deprecated_at=None).order_by("slug"),
        required=False,
        to_field_name="slug",
        empty_label=gettext_lazy("I do not know"),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@named("community.post")
@spoken
@written
def community_ask(
    request: KnownRequest, author: Author, _question: str
) -> HttpResponse:
    """Show the form, show what is alike, or take a question in."""
    form = QuestionForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _form(request, form)
    cleaned = form.cleaned_data
    locale = language.current()
    if SURE not in request.POST:
        asked, texts = finding.alike(cleaned["title"], locale)
        if asked or texts:
            alike = [community_lines.alike(each) for each in asked]
            return _form(request, form, [*map(community_lines.text, texts), *alike])
    words = Asked(cleaned["title"], cleaned["body"], locale, cleaned["category"])
    try:
        found = community.ask(words, author, sent_of(request), timezone.now())
    except Invalid as invalid:
        form.add_error(invalid.field, invalid.message)
        return _form(request, form)
    thank(request, found, _("Your question is there. Come back for the answers."))
    return HttpResponseRedirect(url_of(found.public_id))


def _form(
    request: KnownRequest, form: QuestionForm, alike: list[dict[str, str]] | None = None
) -> HttpResponse:
    given = request.POST.get("stamp", "")
    context = {
        "available": Locale.values,
        "form": form,
        "alike": alike or [],
        # The time of the first form counts, also for what was corrected.
        "stamp": given or stamp(),
    }
    status = 400 if form.is_bound and form.errors else 200
    return answer(request, "knowledgebase/community_ask.html", context, status)


@never_cache
@require_POST
@named("community.answer")
@spoken
@written
def community_answers(
    request: KnownRequest, author: Author, question: str
) -> HttpResponse:
    """Take an answer in."""
    asked = found_question(question, author)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return question_page(request, asked, author, form, 400)
    body, now = form.cleaned_data["body"], timezone.now()
    try:
        found = community.answer(asked, body, author, sent_of(request), now)
    except Invalid as invalid:
        form.add_error(invalid.field, invalid.message)
        return question_page(request, asked, author, form, 400)
    thank(request, found, _("Your answer is there. Thank you."))
    return HttpResponseRedirect(f"{url_of(question)}#{found.public_id}")


@never_cache
@require_POST
@named("community.vote")
@spoken
@written
def community_votes(
    request: KnownRequest, author: Author, question: str
) -> HttpResponse:
    """Count that an answer helped."""
    asked = found_question(question, author)
    found = found_answer(posted_name(request, "answer"), asked, author)
    community.vote(found, author, timezone.now())
    messages.success(request, _("Good to know that it helped."))
    return HttpResponseRedirect(f"{url_of(question)}#{found.public_id}")


@never_cache
@require_POST
@named("community.post")
@spoken
@written
def community_acceptance(
    request: KnownRequest, author: Author, question: str
) -> HttpResponse:
    """Accept an answer: the asker, or a moderator."""
    asked = found_question(question, author)
    found = found_answer(posted_name(request, "answer"), asked, author)
    community.accept(found, author, timezone.now())
    messages.success(request, _("The answer is marked as the one that solved it."))
    return HttpResponseRedirect(f"{url_of(question)}#{found.public_id}")


@never_cache
@require_POST
@named("community.post")
@spoken
@written
def community_closing(
    request: KnownRequest, author: Author, question: str
) -> HttpResponse:
    """Close a question: the asker, or a moderator."""
    community.close(found_question(question, author), author)
    messages.success(request, _("The question is closed."))
    return HttpResponseRedirect(url_of(question))
