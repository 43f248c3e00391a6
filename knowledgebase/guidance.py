"""Which published words help an end user, and how often did a tip spare a report?

Pure of any ticket: whoever asks says which cause, channel and language it is about.
"""

from dataclasses import dataclass

from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual

from deliveries import taxonomy
from deliveries.models import FailureCategory
from knowledgebase import markup
from knowledgebase.models import (
    Article,
    ArticleEffect,
    ArticleTranslation,
    ArticleVersion,
    Audience,
    Locale,
)

FOR_EVERYBODY = (Audience.PUBLIC, Audience.TIP)
# A tip speaks of a whole family once it is about so many of its causes.
OF_A_FAMILY = 2
RELATED = 5


class Fit(TextChoices):
    """How closely a tip fits what it was asked for."""

    CATEGORY = "category"
    FAMILY = "family"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Tip:
    """What to tell an end user: a published text, as plain words on one line."""

    version_id: int
    slug: str
    number: int
    locale: str
    title: str
    text: str
    fit: Fit


def tip(category: str, channel: str, locale: str) -> Tip | None:
    """Return the closest published tip, in one query; None if none fits.

    In the language ``locale`` (``en`` or ``zh-hans``) the tip about the cause comes
    first, then one about its family, then what holds on the channel whatever the cause;
    after these the same in the other language. Either of the first two may be empty.
    One that names the channel comes before one for every channel.
    """
    rows = ArticleTranslation.objects.for_readers().filter(article__audience="tip")
    named = Q(article__channels__contains=[channel] if channel else [])
    if channel:
        rows = rows.filter(named | Q(article__channels=[]))
    found = (
        rows.annotate(
            nearness=_nearness(category),
            foreign=Case(When(locale=locale, then=0), default=1),
            unnamed=Case(When(named, then=0), default=1),
        )
        .filter(nearness__isnull=False)
        .select_related("article", "published_version")
        .order_by("foreign", "nearness", "unnamed", "-article_id")
        .first()
    )
    if found is None:
        return None
    version = found.published_version
    return Tip(
        version_id=version.pk,
        slug=found.article.slug,
        number=version.number,
        locale=found.locale,
        title=version.title,
        text=markup.to_text(version.body),
        fit=tuple(Fit)[found.nearness],
    )


def _nearness(category: str) -> Case:
    """The place in :class:`Fit`; null for what does not fit at all."""
    about = Article.categories.through.objects.filter(
        article=OuterRef("article")
    ).order_by()
    family = category.partition(".")[0]
    siblings = (
        Article.objects.filter(pk=OuterRef("article"), categories__family=family)
        .order_by()
        .annotate(n=Count("categories"))
        .values("n")
    )
    of_family = Coalesce(Subquery(siblings, output_field=IntegerField()), Value(0))
    exact = Exists(about.filter(failurecategory__slug=category))
    whatever = Exists(about.filter(failurecategory__slug=taxonomy.UNKNOWN))
    return Case(
        When(exact, then=0),
        When(GreaterThanOrEqual(of_family, OF_A_FAMILY), then=1),
        When(whatever, then=2),
        output_field=IntegerField(null=True),
    )


def for_everybody(locale: str) -> QuerySet[ArticleVersion]:
    """The published texts that anybody may read: in a language, else in the other."""
    rows = ArticleTranslation.objects.for_readers().filter(
        article__audience__in=FOR_EVERYBODY
    )
    own = rows.filter(article=OuterRef("article"), locale=locale)
    chosen = rows.filter(Q(locale=locale) | ~Exists(own))
    return ArticleVersion.objects.filter(
        pk__in=chosen.values("published_version")
    ).select_related("translation__article")


def read(slug: str, locale: str) -> ArticleVersion | None:
    """One published text for everybody, in a language, else in the other."""
    return for_everybody(locale).filter(translation__article__slug=slug).first()


def languages(article_id: int) -> list[str]:
    """The languages in which readers get an article."""
    rows = ArticleTranslation.objects.for_readers().filter(article=article_id)
    return list(rows.order_by("locale").values_list("locale", flat=True))


def plain_name(locale: str) -> Subquery:
    """What end users read about a cause: the title of the newest tip about it alone.

    To annotate categories with; null where no such tip is published in the language.
    """
    through = Article.categories.through.objects
    others = through.filter(article=OuterRef("article")).exclude(
        failurecategory=OuterRef(OuterRef("pk"))
    )
    tips = ArticleTranslation.objects.for_readers().filter(
        ~Exists(others),
        article__audience=Audience.TIP,
        article__categories=OuterRef("pk"),
        locale=locale,
    )
    titles = tips.order_by("-article_id").values("published_version__title")
    return Subquery(titles[:1])


def told_of() -> QuerySet[FailureCategory]:
    """The causes about which anybody may read something."""
    readable = ArticleTranslation.objects.for_readers().filter(
        article__audience__in=FOR_EVERYBODY
    )
    through = Article.categories.through.objects
    about = through.filter(article__in=readable.values("article"))
    return FailureCategory.objects.filter(pk__in=about.values("failurecategory"))


def plain_names(locale: str) -> dict[int, str]:
    """What :func:`plain_name` says of every cause, by its id.

    In one pass: asked for each of many causes, it took half a minute and more where
    the database did not know yet how large its tables had become.
    """
    tips = ArticleTranslation.objects.for_readers().filter(
        article__audience=Audience.TIP, locale=locale
    )
    about_one = tips.annotate(
        causes=Count("article__categories"), cause=Min("article__categories")
    ).filter(causes=1)
    newest_last = about_one.order_by("article_id")
    return dict(newest_last.values_list("cause", "published_version__title"))


def other(locale: str) -> str:
    """The language that is not this one."""
    return Locale.EN if locale == Locale.ZH_HANS else Locale.ZH_HANS


def related(version: ArticleVersion, locale: str) -> list[ArticleVersion]:
    """Other texts for everybody about a cause of this one, guides first."""
    article = version.translation.article
    same = Article.objects.filter(categories__in=article.categories.all())
    rows = for_everybody(locale).filter(translation__article__in=same)
    others = rows.exclude(translation__article=article)
    return list(others.order_by("translation__article__audience", "-pk")[:RELATED])


def record(cell: ArticleEffect, shown: int, solved: int) -> None:
    """Keep how often a tip was shown, and how often no report followed.

    These are all there are, so that recording twice changes nothing; the cell is held
    (``effects.locked``) since before they were counted.
    """
    cell.shown, cell.solved = shown, solved
    cell.save(update_fields=["shown", "solved"])


def shown(article_id: int) -> tuple[int, int]:
    """How often an article was shown as a tip, and needed no report after it."""
    cells = ArticleEffect.objects.of_articles([article_id])
    sums = cells.aggregate(shown=Sum("shown"), solved=Sum("solved"))
    return sums["shown"] or 0, sums["solved"] or 0
