"""Who enters the admin site?

Apart from the tables in it: Django asks for this class before it reads those.
"""

from django.contrib.admin.sites import AdminSite
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from deliveries.request import as_known


class DeskAdminSite(AdminSite):
    """The stock site, entered by the same table as every other page."""

    site_header = _("Undelivered settings")
    site_title = _("Undelivered")
    index_title = _("Tables and settings")
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        """Admit whoever may enter staff pages; Django's own flags decide nothing."""
        return bool(as_known(request).actor.may("site.enter"))
