"""How does the admin site ask once more before a change that reaches far?

The page says what changes, from what to what; only its own button makes the change.
What was typed travels in the page, and secrets must not: they are set on their own.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from deliveries.admin.showing import Difference, differences

if TYPE_CHECKING:
    StockAdmin = admin.ModelAdmin[Any]
else:
    StockAdmin = admin.ModelAdmin

CONFIRMED = "confirmed"
LEFT_OUT = {CONFIRMED, "csrfmiddlewaretoken"}
SHOWN = 20  # rows of an action


class ConfirmingAdmin(StockAdmin):
    """Asks again when one of ``far_reaching`` changes; ``secret`` is never carried."""

    far_reaching: ClassVar[tuple[str, ...]] = ()
    secret: ClassVar[tuple[str, ...]] = ()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Save what was confirmed; ask about the rest that reaches far."""
        if request.method == "POST" and object_id and CONFIRMED not in request.POST:
            asked = self._question(request, object_id)
            if asked is not None:
                return asked
        answer: HttpResponse = super().changeform_view(
            request, object_id, form_url, extra_context
        )
        return answer

    def _question(self, request: HttpRequest, object_id: str) -> HttpResponse | None:
        """The page that asks, where there is something to ask about."""
        found = self.get_object(request, unquote(object_id))
        if found is None or not self.has_change_permission(request, found):
            return None
        title = str(found)
        form_class = self.get_form(request, found, change=True)
        form = form_class(request.POST, request.FILES, instance=found)
        if not form.is_valid():
            return None
        changes = differences(form, self.secret)
        names = {each.name for each in changes}
        if not names & {*self.far_reaching}:
            return None
        if names & {*self.secret}:
            text = _("Secrets are not carried over a question. Set them afterwards.")
            self.message_user(request, text, messages.WARNING)
        return self.ask(request, title, changes, {name: [""] for name in self.secret})

    def ask(
        self,
        request: HttpRequest,
        title: str,
        changes: Sequence[Difference],
        instead: dict[str, list[str]] | None = None,
        rows: Sequence[str] = (),
    ) -> HttpResponse:
        """Show what is about to happen, with what was posted kept for the answer."""
        posted = {**dict(request.POST.lists()), **(instead or {})}
        kept = [
            (name, value)
            for name, values in posted.items()
            if name not in LEFT_OUT
            for value in values
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.model._meta,
            "changes": changes,
            "rows": rows[:SHOWN],
            "more": max(len(rows) - SHOWN, 0),
            "kept": kept,
            "confirmed": CONFIRMED,
        }
        return TemplateResponse(request, "admin/confirmation.html", context)

    def ask_for_rows(
        self, request: HttpRequest, title: str, queryset: Any
    ) -> HttpResponse | None:
        """Ask about an action on rows; nothing once it was confirmed."""
        if CONFIRMED in request.POST:
            return None
        chosen = {
            ACTION_CHECKBOX_NAME: [str(row.pk) for row in queryset],
            "select_across": ["0"],  # these rows, whatever matches by then
        }
        return self.ask(request, title, (), chosen, [str(row) for row in queryset])
