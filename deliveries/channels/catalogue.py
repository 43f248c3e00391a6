"""How is each provider spoken to? The typed reader of ``providers.json``.

An entry says everything that differs between two providers of one kind. Its keys are
explained in ``docs/channels.md``. An operator may override some of them for one
provider; the same reader reads that, and says what is wrong with it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from deliveries.channels import signing
from deliveries.channels.answers import Form
from deliveries.channels.entries import Entry, Malformed
from deliveries.channels.filling import names
from deliveries.models import ChannelKind, Dedup, EvidenceLevel

FILE = Path(__file__).with_name("providers.json")
OVERRIDE = "spec"  # the setting of a provider that overrides parts of its entry
ENCODINGS = ("json", "form", "query", "encrypted")
METHODS = ("GET", "POST", "PUT")
TRANSPORTS = ("http", "smtp", "webhook")
ADDRESSES = ("plain", "phone", "device", "subscription")
KEYS = frozenset(
    [
        "transport",
        "channels",
        "address",
        "base",
        "path",
        "method",
        "query",
        "headers",
        "encoding",
        "body",
        "bodies",
        "settings",
        "secrets",
        "stamp",
        "seal",
        "exchange",
        "answer",
        "lookup",
        "http2",
        "level",
        "attainable",
        "dedup",
        "dedup_window_s",
        "overridable",
        "duplicates",
        "source",
    ]
)


@dataclass(frozen=True, slots=True)
class Call:
    """A request in the language of :mod:`deliveries.channels.filling`.

    Of ``bodies`` the first counts whose condition (the name of a value, empty for
    always) is met.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    bodies: tuple[tuple[str, object], ...]
    encoding: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """How credentials are exchanged for an access token that holds for a while."""

    call: Call
    token: str
    lasts_s: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LookUp:
    """How a provider is asked whether it knows a message of ours.

    ``items`` points to the list in the answer, ``key`` to our key in an item. Absence
    counts only after ``settle``, and only when fewer than ``most`` items came.
    """

    call: Call
    action: str
    proof: Mapping[str, str]
    items: str
    key: str
    arrived: Mapping[str, str]
    failed: Mapping[str, str]
    codes: tuple[str, ...]
    settle: timedelta
    most: int


@dataclass(frozen=True, slots=True)
class Spec:
    """One way to speak to a provider.

    ``settings`` maps each to its default, None for one that has to be given. ``stamp``
    and ``seal`` name schemes of :mod:`deliveries.channels.signing`. ``level`` is what
    an acceptance is worth, ``attainable`` what receipts can raise it to.
    """

    adapter: str
    transport: str
    channels: tuple[str, ...]
    base: str
    address: str
    settings: Mapping[str, str | None]
    secrets: tuple[str, ...]
    optional_secrets: tuple[str, ...]
    call: Call | None
    form: Form
    stamp: str
    seal: str
    exchange: Exchange | None
    look_up: LookUp | None
    http2: bool
    level: EvidenceLevel
    attainable: EvidenceLevel
    dedup: Dedup
    dedup_window: timedelta
    overridable: tuple[str, ...]
    duplicates: str
    source: str


@cache
def specs() -> Mapping[str, Spec]:
    """Return every entry of the file by its adapter."""
    return {adapter: read(adapter, entry) for adapter, entry in _entries().items()}


def spec_of(adapter: str, settings: Mapping[str, object]) -> Spec:
    """Return an entry as the settings of one provider override it.

    Raises :class:`Malformed` for what may not be overridden, or not so.
    """
    spec, changes = specs()[adapter], settings.get(OVERRIDE)
    if changes is None:
        return spec
    if not isinstance(changes, dict):
        raise Malformed(f"{OVERRIDE}: not an object.")
    if others := sorted(changes.keys() - {*spec.overridable}):
        raise Malformed(f"{OVERRIDE}: “{others[0]}” cannot be changed here.")
    return read(adapter, {**_entries()[adapter], **changes})


def read(adapter: str, entry: object) -> Spec:
    """Read one entry; raises :class:`Malformed`."""
    row = Entry(adapter, entry)
    row.only(KEYS)
    secrets = row.strings("secrets")
    spec = Spec(
        adapter=adapter,
        transport=row.word("transport", TRANSPORTS, "http"),
        channels=row.words("channels", ChannelKind.values),
        base=row.text("base", ""),
        address=row.word("address", ADDRESSES, "plain"),
        settings=row.settings(),
        secrets=tuple(each for each in secrets if not each.endswith("?")),
        optional_secrets=tuple(x.rstrip("?") for x in secrets if x.endswith("?")),
        call=_call(row) if "path" in row.values else None,
        form=_form(row.inner("answer")),
        stamp=row.word("stamp", ("", *signing.STAMPS), ""),
        seal=row.word("seal", ("", *signing.SEALS), ""),
        exchange=_exchange(row.inner("exchange")) if "exchange" in row.values else None,
        look_up=_look_up(row) if "lookup" in row.values else None,
        http2=row.values.get("http2") is True,
        level=EvidenceLevel(row.one("level", EvidenceLevel.values)),
        attainable=EvidenceLevel(row.one("attainable", EvidenceLevel.values)),
        dedup=Dedup(row.word("dedup", Dedup.values)),
        dedup_window=timedelta(seconds=row.number("dedup_window_s", 0)),
        overridable=row.strings("overridable"),
        duplicates=row.text("duplicates"),
        source=row.text("source"),
    )
    _check_names(row, spec)
    return spec


@cache
def _entries() -> Mapping[str, Mapping[str, object]]:
    found: dict[str, Mapping[str, object]] = json.loads(FILE.read_text("utf-8"))
    return found


def _call(row: Entry) -> Call:
    bodies = row.values.get("bodies", [{"body": row.values.get("body", {})}])
    if not isinstance(bodies, list):
        raise row.fault("bodies", "not a list")
    inner = [Entry(f"{row.name}.bodies", each) for each in bodies]
    return Call(
        method=row.word("method", METHODS, "POST"),
        url=row.text("path"),
        headers=row.mapping("headers"),
        query=row.mapping("query"),
        bodies=tuple((each.text("when", ""), each.present("body")) for each in inner),
        encoding=row.word("encoding", ENCODINGS, "json"),
    )


def _exchange(row: Entry) -> Exchange:
    return Exchange(
        call=_call(row),
        token=row.text("token"),
        lasts_s=row.text("lasts_s", ""),
        codes=row.strings("codes"),
    )


def _look_up(entry: Entry) -> LookUp:
    row = entry.inner("lookup")
    # Asked where the message was handed over, in the same way.
    asked = Entry(row.name, {**entry.values, "body": row.values.get("body")})
    return LookUp(
        call=_call(asked),
        action=row.text("action"),
        proof=row.mapping("proof"),
        items=row.text("items"),
        key=row.text("key"),
        arrived=row.mapping("arrived"),
        failed=row.mapping("failed"),
        codes=row.strings("codes"),
        settle=timedelta(seconds=row.number("settle_s")),
        most=row.number("most"),
    )


def _form(row: Entry) -> Form:
    row.only({*Form.__dataclass_fields__})
    return Form(
        proof=row.mapping("proof"),
        **{
            name: row.strings(name)
            for name in Form.__dataclass_fields__
            if name != "proof"
        },
    )


def _check_names(row: Entry, spec: Spec) -> None:
    """Refuse a placeholder for a setting or a credential that nobody declared."""
    declared = {f"settings.{name}" for name in spec.settings}
    declared |= {f"secrets.{name}" for name in (*spec.secrets, *spec.optional_secrets)}
    for name in names(row.values):
        if name.startswith(("settings.", "secrets.")) and name not in declared:
            raise row.fault(name, "not declared")
