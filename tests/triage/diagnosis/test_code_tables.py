"""Are the tables of codes sound, and is a provider's own table found?"""

import json
from collections import Counter
from collections.abc import Iterator

import pytest

from deliveries import readers, taxonomy
from deliveries.readers import CodeKind
from triage.diagnosis import code_tables, codes
from triage.diagnosis.code_tables import Table
from triage.diagnosis.evidence import Evidence

TABLES = code_tables.tables()
CHANNELS = {"push": "push", "sms": "sms", "chat": "chat", "mail": "email"}


def names(channel: str, provider: str) -> set[str]:
    return {table.name for table in code_tables.own(channel, provider)}


def written(code: str, kind: CodeKind) -> str:
    """An answer that holds a code as its table writes it."""
    field, sign, value = code.rpartition("=")
    if kind is CodeKind.HTTP:
        return f"HTTP/1.1 {code}"
    return json.dumps({field if sign else "error" if " " in value else "code": value})


def unread(table: Table) -> Iterator[str]:
    """The codes of a table that its provider's answers do not get explained by."""
    channel = next(iter(table.channels), CHANNELS.get(table.folder, "push"))
    for code, (category, _) in table.codes.items():
        answer = written(code, table.kind)
        evidence = Evidence(channel, table.providers[0], "never_arrived", answer)
        votes = codes.judge(evidence, readers.read(channel, answer))
        if category not in {vote.category for vote in votes}:
            yield code


def test_every_table_names_its_source_and_has_a_version_and_a_name_of_its_own() -> None:
    assert max(Counter(table.name for table in TABLES).values()) == 1
    for table in TABLES:
        assert len(table.source) > 10, table.name
        assert table.version >= 1, table.name


def test_every_code_has_a_category_of_the_vocabulary_and_a_weight() -> None:
    for table in TABLES:
        for code, (category, weight) in table.codes.items():
            assert category in taxonomy.load(), (table.name, code)
            assert 0 < weight < 4, (table.name, code)


def test_no_list_gives_a_code_twice() -> None:
    for file in code_tables.files():
        for row in json.loads(file.read_text(encoding="utf-8"))["tables"]:
            listed = [
                code.lower()
                for groups in (row.get("means", {}), row.get("hints", {}))
                for group in groups.values()
                for code in group
            ]
            listed += [code.lower() for code in row.get("codes", {})]
            twice = [code for code, times in Counter(listed).items() if times > 1]
            assert twice == [], row["name"]


def test_numbers_stand_in_a_providers_own_table_alone() -> None:
    for table in TABLES:
        if not table.providers and table.kind is CodeKind.PROVIDER:
            assert not [code for code in table.codes if code.isdecimal()], table.name


def test_there_are_tables_of_very_many_providers() -> None:
    assert len([table for table in TABLES if table.providers]) >= 80


@pytest.mark.parametrize(
    "table",
    [table for table in TABLES if table.providers],
    ids=lambda table: table.name,
)
def test_every_code_of_a_provider_is_read_out_of_its_answer(table: Table) -> None:
    assert list(unread(table)) == []


@pytest.mark.parametrize(
    ("channel", "provider", "name"),
    [
        ("sms", "Twilio_SMS", "twilio"),
        ("sms", "tencent-cloud-sms", "tencent_sms"),
        ("sms", "qcloudsms", "tencent_sms"),
        ("sms", "AliyunDysms", "aliyun_sms"),
        ("sms", "阿里云短信", "aliyun_sms"),
        ("email", "alibabacloud", "aliyun_directmail"),
        ("chat", "weixin-work", "wecom"),
        ("chat", "qyweixin", "wecom"),
        ("chat", "lark", "feishu"),
        ("chat", "LINE", "line"),
        ("chat", "line-bot", "line"),
        ("push", "fcmv1", "fcm"),
        ("push", "hms_push_kit", "hms"),
        ("push", "oppo.push.prod", "oppo_push"),
        ("webhook", "amazon_ses", "amazon_ses"),
    ],
)
def test_a_provider_is_known_however_it_is_spelled(
    channel: str, provider: str, name: str
) -> None:
    assert name in names(channel, provider)


@pytest.mark.parametrize(
    "provider", ["online", "pipeline-sms", "evkit", "qqqq", "mixed", "", "routines"]
)
def test_a_name_inside_another_word_is_not_the_provider(provider: str) -> None:
    assert names("chat", provider) == set()


def test_a_channels_own_table_is_preferred_where_a_provider_has_many() -> None:
    assert names("email", "tencent") == {"tencent_ses"}
    assert names("sms", "tencent") == {"tencent_sms"}


def test_signs_of_an_answer_are_found_through_quotes_and_spaces() -> None:
    raw = '"{\\"MessageStatus\\" : \\"failed\\", \\"ErrorCode\\": \\"30005\\"}"'
    assert [table.name for table in code_tables.guessed("sms", raw)] == ["twilio"]
    assert code_tables.guessed("sms", "MessageStatus") == []


def test_a_word_means_what_any_provider_means_by_it_however_written() -> None:
    rows = code_tables.of_word("DEVICE_NOT_REGISTERED")
    assert {category for _, category, _ in rows} == {"recipient.token_unregistered"}
    assert code_tables.of_word("30005") == ()
