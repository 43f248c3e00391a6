"""Is the file of providers whole, and is a wrong entry refused with its place?"""

from typing import Any

import pytest

from deliveries.channels import CHANNELS, answers, catalogue, signing
from deliveries.channels.catalogue import Call, Spec, spec_of, specs
from deliveries.channels.entries import Malformed
from deliveries.channels.filling import PLACEHOLDER, names
from deliveries.models import Adapter, Dedup

# What every message has; anything else may be missing and then needs a word.
ALWAYS = {"message", "key", "uuid", "access_token"}
# What only a message with an end has; a template has to do without.
ENDS = {"ttl_s", "expires_s"}
ENTRY: dict[str, Any] = {
    "channels": ["sms"],
    "path": "/send",
    "body": {"to": "{address}"},
    "level": 2,
    "attainable": 3,
    "dedup": "none",
    "duplicates": "None.",
    "source": "a page",
}


def read(**changes: Any) -> Spec:
    return catalogue.read("example", ENTRY | changes)


def calls(spec: Spec) -> list[Call]:
    exchange = [spec.exchange.call] if spec.exchange else []
    return [*([spec.call] if spec.call else []), *exchange]


def test_every_adapter_has_an_entry_and_a_channel() -> None:
    assert specs().keys() == {*Adapter.values} == CHANNELS.keys()


def test_every_value_that_may_be_missing_has_a_word_for_it() -> None:
    for spec in specs().values():
        for call in calls(spec):
            parts = [call.url, call.headers, call.query, *(x for _, x in call.bodies)]
            for name in names(parts):
                kind = name.partition(".")[0]
                known = (
                    name in ALWAYS or kind == "sign" or name in ("ttl_s", "expires_s")
                )
                assert known or f"{kind}.missing" in answers.WORDS, name


def test_a_message_without_an_end_can_be_sent_everywhere() -> None:
    for spec in specs().values():
        for call in calls(spec):
            parts = str([call.headers, call.query, call.bodies])
            for name in ENDS:
                assert f"{{{name}}}" not in parts, spec.adapter


def test_every_scheme_that_an_entry_names_exists() -> None:
    for spec in specs().values():
        assert spec.stamp == "" or spec.stamp in signing.STAMPS
        assert spec.seal == "" or spec.seal in signing.SEALS


def test_who_is_said_to_honour_keys_is_sent_one_and_trusted_for_a_while() -> None:
    for adapter, spec in specs().items():
        honours = spec.dedup is Dedup.KEY
        assert bool(spec.dedup_window) == honours, adapter
        assert CHANNELS[adapter].dedup_window == spec.dedup_window
        if honours and spec.call:
            assert {"key", "uuid"} & {*names(spec.call.headers)}, adapter
        assert (spec.look_up is not None) == (spec.dedup is Dedup.LOOKUP)


def test_no_entry_promises_more_than_receipts_could_give() -> None:
    for spec in specs().values():
        assert spec.level <= spec.attainable


def test_no_code_names_a_provider() -> None:
    folder = catalogue.FILE.parent
    adapters = {*Adapter.values} - {"webhook", "apns", "feishu", "dingtalk", "smtp"}
    for path in folder.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for name in adapters:
            assert f'"{name}"' not in text, (path.name, name)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"channels": ["pigeon"]}, "example.channels"),
        ({"channels": []}, "example.channels"),
        ({"channels": "sms"}, "example.channels"),
        ({"path": 7}, "example.path"),
        ({"method": "DELETE"}, "example.method"),
        ({"encoding": "xml"}, "example.encoding"),
        ({"headers": {"x": 1}}, "example.headers"),
        ({"bodies": {}}, "example.bodies"),
        ({"bodies": ["x"]}, "example.bodies"),
        ({"bodies": [{}]}, "example.bodies.body"),
        ({"answer": []}, "example.answer"),
        ({"answer": {"proofs": {}}}, "example.answer.proofs"),
        ({"answer": {"codes": "/code"}}, "example.answer.codes"),
        ({"level": "2"}, "example.level"),
        ({"level": 9}, "example.level"),
        ({"dedup": "maybe"}, "example.dedup"),
        ({"settings": {"x": 1}}, "example.settings"),
        ({"body": "{settings.sender}"}, "example.settings.sender"),
        ({"headers": {"x": "{secrets.token}"}}, "example.secrets.token"),
        ({"stmap": "basic"}, "example.stmap"),
        ({"transport": "pigeon"}, "example.transport"),
        ({"address": "cave"}, "example.address"),
        ({"stamp": "wax"}, "example.stamp"),
        ({"seal": "wax"}, "example.seal"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_place(
    changes: dict[str, Any], where: str
) -> None:
    with pytest.raises(Malformed) as refused:
        read(**changes)

    assert str(refused.value).startswith(f"{where}:")


def test_an_entry_that_is_no_object_is_refused() -> None:
    with pytest.raises(Malformed):
        catalogue.read("example", [])


@pytest.mark.parametrize(
    ("adapter", "override"),
    [
        (Adapter.SMS_HTTP, []),
        (Adapter.SMS_HTTP, {"level": 4}),
        (Adapter.SMS_HTTP, {"dedup": "key"}),
        (Adapter.SMS_HTTP, {"body": {"x": "{secrets.other}"}}),
        (Adapter.TWILIO, {"path": "/elsewhere"}),
        (Adapter.WEBHOOK, {"path": "/elsewhere"}),
    ],
)
def test_an_operator_overrides_only_what_may_be(
    adapter: Adapter, override: Any
) -> None:
    with pytest.raises(Malformed):
        spec_of(adapter, {"spec": override})


def test_what_an_operator_overrides_holds_for_that_provider_alone() -> None:
    before = specs()[Adapter.SMS_HTTP]

    changed = spec_of(Adapter.SMS_HTTP, {"spec": {"path": "/v2/send"}})

    assert changed.call is not None
    assert changed.call.url == "/v2/send"
    assert specs()[Adapter.SMS_HTTP] == before


def test_a_placeholder_needs_no_format_string() -> None:
    assert PLACEHOLDER.fullmatch("{content.text.__class__}") is None
    assert PLACEHOLDER.fullmatch("{0.x}") is None
