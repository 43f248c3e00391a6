"""How does a provider tell us what became of a message?

No key: the token of the address names the account, and a signature over the raw body
proves who posts. Nothing is parsed before that, and nothing is answered with success
before it is committed.
"""

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import MethodNotAllowed, NotFound
from rest_framework.request import Request

from deliveries import receipts
from deliveries.api.body import read_bytes
from deliveries.api.problems import Problem
from deliveries.api.throttles import HookThrottle
from deliveries.api.views import Endpoint
from deliveries.models import Dialect, Fate, HookEndpoint

BODY_BYTES = 1024 * 1024
FORM, MAIL = "application/x-www-form-urlencoded", "message/rfc822"
FORM_TYPES = frozenset({"", FORM})
# Amazon calls its JSON plain text.
JSON_TYPES = frozenset({"", "application/json", "text/json", "text/plain"})
MAIL_TYPES = frozenset({MAIL, "application/octet-stream"})
PATH = [
    OpenApiParameter(
        "provider",
        {"type": "string", "pattern": "^[a-z0-9_-]{1,60}$"},
        OpenApiParameter.PATH,
        description="The provider, or “mail” for returned mail.",
    ),
    OpenApiParameter(
        "token",
        {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"},
        OpenApiParameter.PATH,
        description="128 random bits that name the account.",
    ),
]


class HookView(Endpoint):
    """Take in receipts of one account of a provider."""

    # The door is open to everybody; the address and the signature let nobody in
    # but the provider, who has neither key nor session.
    action = "site.open"
    authentication_classes = ()
    throttle_classes = (HookThrottle,)

    @extend_schema(
        operation_id="take_receipt",
        parameters=PATH,
        auth=[],
        request={
            "application/json": OpenApiTypes.ANY,
            FORM: OpenApiTypes.OBJECT,
            MAIL: OpenApiTypes.BINARY,
        },
        responses={200: OpenApiTypes.ANY},
    )
    def post(self, request: Request, provider: str, token: str) -> HttpResponse:
        """Take in what became of messages; known events change nothing."""
        now = timezone.now()
        endpoint = receipts.find(provider, token)
        if endpoint is None:
            receipts.count(None, Fate.REFUSED, now)
            raise NotFound
        knock = _knock(request, endpoint)
        try:
            answer = receipts.take(endpoint, knock, now)
        except receipts.NotAuthentic as error:
            said = _("The signature does not fit, or its time is more than 5 min off.")
            raise Problem("unauthenticated", said) from error
        except receipts.CannotTell as error:
            # Who refused for good would not be told again.
            raise Problem("unavailable") from error
        return HttpResponse(answer or "{}", content_type="application/json")

    @extend_schema(
        operation_id="confirm_receipt_address",
        parameters=PATH,
        auth=[],
        responses={(200, "text/plain"): OpenApiTypes.STR},
    )
    def get(self, request: Request, provider: str, token: str) -> HttpResponse:
        """Give the provider the echo that it asks for before it uses the address."""
        endpoint = receipts.find(provider, token)
        if endpoint is None:
            raise NotFound
        if not receipts.asks_for_echo(endpoint):
            raise MethodNotAllowed("GET")
        said = receipts.echo(endpoint, token, request._request.GET.dict())
        if said is None:
            raise Problem("not_allowed", _("This is not the echo that was agreed."))
        return HttpResponse(said, content_type="text/plain; charset=utf-8")

    @extend_schema(exclude=True)
    def head(self, request: Request, provider: str, token: str) -> HttpResponse:
        """Say that the address is there, to those who look before they use it."""
        endpoint = receipts.find(provider, token)
        if endpoint is None:
            raise NotFound
        if not receipts.is_looked_at(endpoint):
            raise MethodNotAllowed("HEAD")
        return HttpResponse()


def _knock(request: Request, endpoint: HookEndpoint) -> receipts.Knock:
    """Take down what came in, unread; raises ``Problem`` for what cannot be a receipt.

    The name of the content is only asked in order to tell a mistaken set-up early;
    providers are not exact about it.
    """
    django = request._request
    if django.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise Problem("media_type_unsupported", _("Send the body uncompressed."))
    is_mail = endpoint.dialect == Dialect.MAIL
    known = MAIL_TYPES if is_mail else JSON_TYPES
    if receipts.is_form(endpoint):
        known = FORM_TYPES
    if (django.content_type or "") not in known:
        said = _("Send %(types)s.") % {"types": ", ".join(sorted(known - {""}))}
        raise Problem("media_type_unsupported", said)
    body = read_bytes(django, receipts.LONGEST_MAIL if is_mail else BODY_BYTES)
    headers = {name.lower(): value for name, value in django.headers.items()}
    return receipts.Knock(headers, django.build_absolute_uri(), body)
