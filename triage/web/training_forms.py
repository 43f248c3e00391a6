"""What does a lead say about a module, and to whom is it given?"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from knowledgebase.models import (
    DUE_IN_DAYS,
    MOST_DAYS,
    NAME_MAX,
    Article,
    ArticleTranslation,
    Audience,
    TrainingModule,
)
from knowledgebase.training_modules import Plan
from triage.models import Membership, Queue

FOUND = 20
QUERY_MAX = 100


class ModuleForm(forms.Form):
    """What a module is called and how often it is read; ``version`` is what was seen.

    The articles are beside it, see :class:`Places`.
    """

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_MAX)
    name_zh_hans = forms.CharField(
        label=gettext_lazy("Name in Chinese"), max_length=NAME_MAX, required=False
    )
    due_in_days = forms.IntegerField(
        label=gettext_lazy("Days to read it"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=DUE_IN_DAYS,
    )
    refreshed_quarterly = forms.BooleanField(
        label=gettext_lazy("Read again each quarter"), required=False
    )
    version = forms.IntegerField(
        widget=forms.HiddenInput, initial=0, min_value=0, max_value=2**31 - 1
    )

    def plan(self, article_ids: Sequence[int]) -> Plan:
        """The plan of a valid form."""
        said = self.cleaned_data
        return Plan(
            name=said["name"],
            name_zh_hans=said["name_zh_hans"],
            due_in_days=said["due_in_days"],
            refreshed_quarterly=said["refreshed_quarterly"],
            article_ids=article_ids,
        )


class Places:
    """The articles of a module in their order, as they are being put together.

    Each button of the page sends the whole form with the order so far, so that it works
    without a script: ``up:2`` moves the article 2 up, ``add:7`` puts article 7 last.
    """

    def __init__(self, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.moved: int | None = None

    @classmethod
    def posted(cls, values: Sequence[str]) -> "Places":
        """Read the order from a form; what is no number is left out."""
        return cls(list(dict.fromkeys(filter(None, map(_number, values)))))

    @classmethod
    def of(cls, module: TrainingModule | None) -> "Places":
        """The order that is kept."""
        rows = module.places.values_list("article", flat=True) if module else ()
        return cls(list(rows))

    def do(self, act: str) -> None:
        """Take one step; one that makes no sense changes nothing."""
        verb, _colon, text = act.partition(":")
        pk = _number(text)
        if pk is None:
            return
        if verb == "add" and pk not in self.ids:
            self.ids.append(pk)
        elif pk in self.ids:
            place = self.ids.index(pk)
            self.ids.remove(pk)
            if verb != "remove":
                step = {"up": -1, "down": 1}.get(verb, 0)
                self.ids.insert(max(0, place + step), pk)
                self.moved = pk

    def rows(self) -> list[dict[str, Any]]:
        """What the page shows of them, in two queries."""
        found = Article.objects.with_versions_for_list().in_bulk(self.ids)
        kept = [found[pk] for pk in self.ids if pk in found]
        return [
            {
                "pk": each.pk,
                "title": str(each),
                "is_readable": each.is_published,
                "moved": each.pk == self.moved,
            }
            for each in kept
        ]

    def found(self, query: str) -> list[dict[str, Any]]:
        """Published articles whose title holds some words, that are not in it yet."""
        readable = ArticleTranslation.objects.for_readers()
        if query:
            readable = readable.filter(published_version__title__icontains=query)
        rows = Article.objects.with_versions_for_list().exclude(audience=Audience.TIP)
        rows = rows.filter(pk__in=readable.values("article")).exclude(pk__in=self.ids)
        return [
            {"pk": each.pk, "title": str(each)} for each in rows.order_by("-pk")[:FOUND]
        ]


def _number(text: str) -> int | None:
    fits = text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if fits else None


class ReadersForm(forms.Form):
    """To whom a module is given: people, or everybody who works in a queue now."""

    people = forms.MultipleChoiceField(
        label=gettext_lazy("People"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    queue = forms.ChoiceField(
        label=gettext_lazy("Everybody of a queue"),
        required=False,
        help_text=gettext_lazy("The people who work in it now."),
    )

    def __init__(
        self, *args: Any, people: Sequence[User], queues: Sequence[Queue], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.trainees = {each.pk for each in people}
        named = [(str(p.pk), p.get_full_name() or p.get_username()) for p in people]
        piles = [("", "—"), *((str(each.pk), each.title) for each in queues)]
        for name, choices in (("people", named), ("queue", piles)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Somebody is named."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not (found.get("people") or found.get("queue")):
            self.add_error("people", _("Choose people or a queue."))
        return found

    @property
    def chosen(self) -> set[int]:
        """The ids of everybody that a valid form names."""
        people = {int(each) for each in self.cleaned_data["people"]}
        pile = self.cleaned_data["queue"]
        if pile:
            members = Membership.objects.filter(queue=int(pile))
            people |= set(members.values_list("person", flat=True)) & self.trainees
        return people
