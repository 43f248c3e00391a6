"""How is a message handed over as one HTTP request that ``providers.json`` describes?

Everything that can be missing is looked for before anybody is called. What differs
between the kinds of channel comes in as two functions; see ``sms.py`` for the simplest.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias
from urllib.parse import quote, unquote, urlencode, urlsplit

from deliveries import contents, outbound, signatures, vault
from deliveries.channels import access_tokens, answers, catalogue, inquiries, signing
from deliveries.channels.base import Inquiry, Known, Reply, ReplyKind
from deliveries.channels.catalogue import Call, Exchange, Spec
from deliveries.channels.entries import Malformed
from deliveries.channels.filling import ABSENT, PLACEHOLDER, Missing, fill, names, texts
from deliveries.channels.mask import Mask
from deliveries.contents import Content
from deliveries.models import EvidenceLevel, Message, Provider, Route
from deliveries.signatures import Unusable

# Any fixed name would do: it only has to make the same UUID of the same key.
KEYS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:undelivered:idempotency-key")

Fields: TypeAlias = Callable[[str, Content | None], Mapping[str, object]]
Wrap: TypeAlias = Callable[[bytes, Mapping[str, object]], bytes]


class Unfit(ValueError):
    """An address or a content is none of this channel; ``code`` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def plain(body: bytes, values: Mapping[str, object]) -> bytes:
    """Leave a body as it is."""
    return body


@dataclass(frozen=True, slots=True)
class HttpChannel:
    """A channel to one adapter; see :class:`deliveries.channels.base.Channel`.

    ``fields`` makes the values that only this kind of channel has, from the address and
    the content; it may raise :class:`Unfit`. ``wrap`` encrypts a body.
    """

    adapter: str
    fields: Fields
    wrap: Wrap = plain

    @property
    def dedup_window(self) -> timedelta:
        """How long the provider knows a key."""
        return catalogue.specs()[self.adapter].dedup_window

    def send(self, message: Message, route: Route, *, key: str, now: datetime) -> Reply:
        """Make the request and say what it settles."""
        provider = route.provider
        try:
            errand = self._errand(message, provider, key, now)
            return errand.run(self.wrap)
        except vault.Unreadable:
            return answers.broken(ReplyKind.REFUSED, answers.SEALED)
        except (Missing, Unfit) as error:
            return answers.broken(ReplyKind.REFUSED, error.code)
        except Unusable:
            return answers.broken(ReplyKind.REFUSED, answers.SECRETS_MALFORMED)
        except Malformed:
            return answers.broken(ReplyKind.REFUSED, answers.SETTINGS_MALFORMED)

    @property
    def settle(self) -> timedelta | None:
        """How long the provider may take to know a message when asked."""
        found = catalogue.specs()[self.adapter].look_up
        return found.settle if found else None

    def look_up(
        self,
        message: Message,
        route: Route,
        *,
        key: str,
        since: datetime,
        now: datetime,
    ) -> Inquiry:
        """Ask the provider; see :class:`deliveries.channels.base.Askable`."""
        try:
            return self._errand(message, route.provider, key, now).ask(key, since)
        except (vault.Unreadable, Missing, Unfit, Unusable, Malformed):
            return Inquiry(Known.NOT_SAID)

    def _errand(
        self, message: Message, provider: Provider, key: str, now: datetime
    ) -> "_Errand":
        spec = catalogue.spec_of(provider.adapter, provider.settings)
        credentials = provider.credentials
        address = message.address.value() if message.address else ""
        content = contents.read(message)
        values = {
            **given(message, key, now),
            **{f"settings.{name}": each for name, each in spec.settings.items()},
            **{f"settings.{name}": each for name, each in provider.settings.items()},
            **{f"secrets.{name}": each for name, each in credentials.items()},
            **said(content),
            "address": address,
            **self.fields(address, content),
        }
        stamped = signing.STAMPS[spec.stamp](values, now) if spec.stamp else {}
        mask = Mask(
            message.source_id,
            addresses=spellings(address),
            secrets=(*credentials.values(), *stamped.values()),
            words=content.words if content else (),
        )
        return _Errand(spec, provider, {**values, **stamped}, mask, now)


def given(message: Message, key: str, now: datetime) -> dict[str, object]:
    """Return the values that every message has."""
    ends = message.expires_at
    return {
        "message": message.public_id,
        "key": key,
        "uuid": str(uuid.uuid5(KEYS, key)),
        "ttl_s": max(1, int((ends - now).total_seconds())) if ends else None,
        "expires_s": int(message.expires_at.timestamp())
        if message.expires_at
        else None,
    }


def said(content: Content | None) -> dict[str, object]:
    """Return the values of a content; those that were not given are empty."""
    content = content or Content()
    variables = dict(content.variables)
    as_json = json.dumps(variables, ensure_ascii=False) if variables else ""
    return {
        "content.subject": content.subject,
        "content.text": content.text,
        "content.html": content.html,
        "content.link": content.link,
        "content.template": content.template,
        "content.variables": variables,
        "content.variables_json": as_json,
        "content.values": [*variables.values()],
    }


def spellings(address: str) -> tuple[str, ...]:
    """Return an address as a provider may repeat it: also without its signs."""
    digits = "".join(filter(str.isdigit, address))
    return (address, digits) if len(digits) > len(address) // 2 else (address,)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A request as it is made; it may hold secrets."""

    method: str
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Errand:
    """One message on its way to one provider."""

    spec: Spec
    provider: Provider
    values: dict[str, object] = field(repr=False)
    mask: Mask = field(repr=False)
    now: datetime

    def run(self, wrap: Wrap) -> Reply:
        spec, values, mask = self.spec, self.values, self.mask
        if spec.exchange:
            # What is missing is missed before a token is asked for.
            self._ready(_call(spec), {**values, "access_token": "-"}, wrap)
            token = access_tokens.get(self._order(spec.exchange), mask, self.now)
            if isinstance(token, Reply):
                return token
            values = {**values, "access_token": token}
            mask = Mask(
                mask.source_id, mask.addresses, (*mask.secrets, token), mask.words
            )
        ready = self._sealed(self._ready(_call(spec), values, wrap))
        result = outbound.request(
            ready.method,
            ready.url,
            headers=ready.headers,
            body=ready.body,
            http2=spec.http2,
        )
        match result:
            case outbound.Answer() if answers.look(result, spec.form).stale:
                access_tokens.forget(self.provider.pk)
        level = EvidenceLevel(min(spec.level, self.provider.attainable_level))
        return answers.reply(result, spec.form, mask, level=level, now=self.now)

    def ask(self, key: str, since: datetime) -> Inquiry:
        question = self.spec.look_up
        if question is None:
            return Inquiry(Known.NOT_SAID)
        values = {**self.values, **inquiries.days(since)}
        action = {"settings.action": question.action}
        ready = self._sealed(self._ready(question.call, values), action)
        result = outbound.request(
            ready.method, ready.url, headers=ready.headers, body=ready.body
        )
        settled = self.now - since >= question.settle
        return inquiries.read(result, question, key, self.mask, settled=settled)

    def _ready(
        self, call: Call, values: Mapping[str, object], wrap: Wrap = plain
    ) -> _Ready:
        """Put a request together; raises :class:`Missing`."""
        query = texts(call.query, values)
        headers = {
            name.lower(): each for name, each in texts(call.headers, values).items()
        }
        template = next(
            (body for when, body in call.bodies if not when or values.get(when)), {}
        )
        body = fill(template, values)
        body = {} if body is ABSENT else body
        raw = b""
        if call.encoding == "query" and isinstance(body, dict):
            query |= {name: str(each) for name, each in body.items()}
        elif call.encoding == "form" and isinstance(body, dict):
            raw = urlencode(body).encode()
            headers["content-type"] = "application/x-www-form-urlencoded"
        elif call.encoding in ("json", "encrypted"):
            raw = wrap(json.dumps(body, ensure_ascii=False).encode(), values)
            headers.setdefault("content-type", "application/json; charset=utf-8")
        url = _url(call.url, self.provider.address, values)
        if query:
            url += f"?{signatures.query_text(query)}"
        return _Ready(call.method, url, headers, raw)

    def _sealed(
        self, ready: _Ready, changes: Mapping[str, object] | None = None
    ) -> _Ready:
        if not self.spec.seal:
            return ready
        parts = urlsplit(ready.url)
        pairs = [each.partition("=") for each in parts.query.split("&") if each]
        letter = signing.Letter(
            host=parts.netloc,
            path=parts.path or "/",
            query={unquote(name): unquote(value) for name, _, value in pairs},
            headers=ready.headers,
            body=ready.body,
        )
        seal = signing.SEALS[self.spec.seal](
            letter, {**self.values, **(changes or {})}, self.now
        )
        return _Ready(ready.method, ready.url, {**ready.headers, **seal}, ready.body)

    def _order(self, exchange: Exchange) -> access_tokens.Order:
        ready = self._ready(exchange.call, self.values)
        credentials = sorted(self.provider.credentials.items())
        return access_tokens.Order(
            provider_id=self.provider.pk,
            identity=json.dumps([credentials, self.provider.settings], sort_keys=True),
            method=ready.method,
            url=ready.url,
            headers=ready.headers,
            body=ready.body,
            token=exchange.token,
            lasts_s=exchange.lasts_s,
            codes=exchange.codes,
        )


def _call(spec: Spec) -> Call:
    if spec.call is None:
        raise Malformed(f"{spec.adapter}: is not spoken to over HTTP.")
    return spec.call


def _url(template: str, base: str, values: Mapping[str, object]) -> str:
    """Put an address together; only a whole address comes as it is."""
    if PLACEHOLDER.fullmatch(template):
        return str(fill(template, values))
    if not template:
        return base
    named = {name: values[name] for name in names(template) if values.get(name)}
    safe = {name: quote(str(each), safe=":@") for name, each in named.items()}
    return base.rstrip("/") + str(fill(template, safe))
