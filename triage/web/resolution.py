"""How does a person solve a ticket?"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from deliveries import language, taxonomy
from deliveries.models import FailureCategory
from deliveries.request import KnownRequest
from knowledgebase.articles import Draft
from knowledgebase.models import Article, ArticleVersion, Locale
from triage import resolution as use_case
from triage import suggesting
from triage import tickets as ticket_use_cases
from triage.access import Refused, may, names
from triage.models import UNSOLVED, Ticket
from triage.web.effect_words import line_of
from triage.web.forms import ResolutionForm, mark
from triage.web.ticket import answered, found, version_of

DRAFT = "draft"


@require_http_methods(["GET", "HEAD", "POST"])
@names("ticket.solve")
@answered
def resolution(request: KnownRequest, number: int) -> HttpResponse:
    """Ask for the cause and what helped, then solve the ticket."""
    ticket = found(request, number)
    if isinstance(may(request.actor, "ticket.solve", ticket), Refused):
        raise PermissionDenied
    if request.method != "POST":
        if ticket.state not in UNSOLVED:
            messages.info(request, _("The ticket is solved already."))
            return HttpResponseRedirect(reverse("ticket", args=[number]))
        initial = {"category": _initial(ticket)}
        return _page(request, ticket, ResolutionForm(initial=initial))
    form = ResolutionForm(request.POST)
    if not form.is_valid():
        return _page(request, ticket, form, status=400)
    try:
        use_case.resolve(
            number,
            request.actor,
            _answer(form),
            now=timezone.now(),
            version=version_of(request),
        )
    except ticket_use_cases.Invalid as invalid:
        mark(form, invalid)
        return _page(request, ticket, form, status=400)
    messages.success(request, _("Solved. It is verified when delivery is proven."))
    return HttpResponseRedirect(reverse("ticket", args=[number]))


def _initial(ticket: Ticket) -> str:
    slug = ticket.cause.slug
    return "" if slug == taxonomy.UNKNOWN else slug


def _answer(form: ResolutionForm) -> use_case.Answer:
    cleaned = form.cleaned_data
    category = FailureCategory.objects.get(slug=cleaned["category"])
    chosen = cleaned["article"]
    draft = None
    if chosen == DRAFT:
        locale = Locale(language.current())
        draft = Draft(cleaned["draft_title"], cleaned["draft_body"], locale)
    return use_case.Answer(
        category=category,
        note=cleaned["note"],
        article_version=None if draft else _version(chosen),
        draft=draft,
    )


def _version(chosen: str) -> ArticleVersion | None:
    if not chosen:
        return None
    article = None
    if chosen.isascii() and chosen.isdigit() and len(chosen) < 19:
        rows = Article.objects.with_versions_for_list()
        article = rows.filter(pk=int(chosen)).first()
    version = article.shown_version() if article else None
    if version is None:
        raise ticket_use_cases.Invalid("article", _("This article does not exist."))
    return version


def _page(
    request: KnownRequest, ticket: Ticket, form: ResolutionForm, status: int = 200
) -> HttpResponse:
    chosen = form.cleaned_data if form.is_bound else form.initial
    slug = chosen.get("category", "")
    context = {
        "ticket": {
            "number": ticket.number,
            "cause": ticket.cause.name,
            "tier": ticket.tier,
            "url": reverse("ticket", args=[ticket.number]),
            "version": request.POST.get("version") or ticket.version,
        },
        "form": form,
        **_choices(ticket, slug, form["article"].value()),
        "urls": {
            "resolution": reverse("ticket_resolution", args=[ticket.number]),
            "articles_for": reverse("ticket_articles", args=[ticket.number]),
        },
        "consequences": _consequences(ticket),
    }
    return render(request, "triage/resolve.html", context, status=status)


def _choices(ticket: Ticket, slug: str, chosen: str | None) -> dict[str, Any]:
    category = FailureCategory.objects.filter(slug=slug).first()
    fixes = []
    if category is not None and category.pk == ticket.cause.pk:
        fixes = suggesting.for_ticket(ticket)
    elif category is not None:
        fixes = suggesting.about(category.pk)
    found_articles = [line_of(each) for each in fixes]
    if chosen is None:
        chosen = found_articles[0]["id"] if found_articles else DRAFT
    return {"articles": found_articles, "chosen": chosen or "none"}


def _consequences(ticket: Ticket) -> list[str]:
    count = ticket.reports.count()
    return [
        ngettext(
            "%(count)d report is marked as resolved.",
            "%(count)d reports are marked as resolved.",
            count,
        )
        % {"count": count},
        _("The ticket is verified when delivery is proven; it cannot be done by hand."),
        _("If the same failure comes again, the ticket opens by itself."),
    ]


@require_safe
@names("ticket.solve")
def articles_for(request: KnownRequest, number: int) -> HttpResponse:
    """The articles of the category that is being chosen, as a fragment."""
    ticket = found(request, number)
    slug = request.GET.get("category", _initial(ticket))
    if slug and not FailureCategory.objects.filter(slug=slug).exists():
        raise Http404
    chosen = request.GET.get("article")
    # A draft, or none, stays chosen; an article of another cause does not.
    context = _choices(ticket, slug, chosen if chosen in (DRAFT, "") else None)
    return render(request, "triage/_resolve_articles.html", context)
