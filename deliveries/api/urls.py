"""At which addresses do providers report what became of messages?"""

from django.urls import URLPattern, re_path

from deliveries.api.hooks import HookView

urlpatterns: list[URLPattern] = [
    re_path(
        r"^(?P<provider>[a-z0-9_-]{1,60})/(?P<token>[A-Za-z0-9_-]{22})/$",
        HookView.as_view(),
        name="api_hook",
    ),
]
