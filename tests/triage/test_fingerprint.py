"""Do failures of one cause meet, whatever host, address, id or number they name?"""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries import taxonomy
from triage import fingerprint

PLACE = {
    "channel": "email",
    "provider": "relay-a",
    "region": "eu-west",
    "source": "shop",
    "template": "welcome",
    "client_app": "reader",
    "client_version": "7.2.1",
}


def names(category: str) -> list[str]:
    named = fingerprint.parts(category=category, **PLACE, answer="no idea")
    return [name for name, _ in named]


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("network.tls_failure", "cause channel provider region"),
        ("server.unavailable", "cause channel provider region"),
        ("rate.sender_throttled", "cause channel provider region"),
        ("reputation.ip_blocked", "cause channel provider source"),
        ("config.credentials", "cause channel provider source"),
        ("content.too_large", "cause channel source template"),
        ("recipient.unknown", "cause channel source provider"),
        ("consent.unsubscribed", "cause channel source provider"),
        ("client.unsupported", "cause channel client_app client_version"),
        ("unknown.unclassified", "channel provider shape"),
    ],
)
def test_the_family_chooses_the_parts(category: str, expected: str) -> None:
    assert names(category) == expected.split()


def test_a_notice_opens_no_group() -> None:
    assert names("notice.auto_reply") == []


def test_every_category_has_parts() -> None:
    for leaf in taxonomy.load().categories:
        assert bool(names(leaf.slug)) == (leaf.family != "notice")


def test_each_part_tells_failures_apart() -> None:
    base = fingerprint.parts(category="content.too_large", **PLACE)
    other = fingerprint.parts(
        category="content.too_large", **{**PLACE, "template": "invoice"}
    )
    assert fingerprint.digest(base) != fingerprint.digest(other)


def test_a_digest_is_sha256_in_hex_and_never_changes() -> None:
    named = (("cause", "recipient.unknown"), ("channel", "邮件"))
    assert fingerprint.digest(named) == (
        "7f53d0bed778f13dc5d595609c8cea39c25858a13826237a50c7f0462a01e545"
    )


def test_parts_cannot_be_shifted_into_each_other() -> None:
    one = fingerprint.digest((("a", "b"), ("c", "")))
    other = fingerprint.digest((("a", ""), ("b", "c")))
    assert one != other


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("12.4.1", "12"),
        ("v3", "3"),
        ("", ""),
        ("beta", ""),
        ("007.1", "7"),
        ("0.9", "0"),
    ],
)
def test_only_the_major_version_of_a_client_counts(version: str, expected: str) -> None:
    assert fingerprint.major(version) == expected


def test_a_shape_keeps_the_words_and_drops_the_place() -> None:
    answer = (
        "554 delivery of 4XkQ2m1 to <‹email:ab12›@mx7.example.org> at Mon, 5 May 2031"
        " 10:22:01 +0200 refused by gateway node-17 (see https://help.example.org/x)"
    )
    assert fingerprint.shape(answer) == (
        "· delivery of · to · at · refused by gateway · see ·"
    )


def test_a_shape_reads_chinese() -> None:
    one = fingerprint.shape("网关 gw3.example.cn 返回未知错误，流水号20310506123")
    other = fingerprint.shape("网关 smtp-9.example.net 返回未知错误，流水号7")
    assert one == other == "网关 · 返回未知错误，流水号·"


def test_a_shape_keeps_words_with_accents_whole() -> None:
    assert fingerprint.shape("Zustellung unmöglich (gw7)") == "zustellung unmöglich ·"


def test_a_shape_reads_the_words_of_json() -> None:
    answer = '{"id":"9f3c-11","error":"no_idea","detail":"gateway melted"}'
    assert fingerprint.shape(answer) == "id · error no_idea detail gateway melted"


def test_a_long_run_of_letters_is_an_id() -> None:
    assert fingerprint.shape("job qwertzuiopasdfghjklyx gone") == "job · gone"


def test_different_words_have_different_shapes() -> None:
    assert fingerprint.shape("gateway exploded") != fingerprint.shape("gateway melted")


def test_a_shape_is_bounded_for_a_huge_answer() -> None:
    assert len(fingerprint.shape("wörd " * 200_000)) <= fingerprint.SHAPE_MAX


LABEL = st.text(string.ascii_lowercase, min_size=1, max_size=10)
HOST = st.builds("{}.{}.example".format, LABEL, LABEL)
ADDRESS = st.builds("{}@{}".format, LABEL, HOST) | st.builds(
    "‹email:{:04x}›@{}".format, st.integers(0, 0xFFFF), HOST
)
NUMBER = st.integers(0, 10**20).map(str)
IDENTIFIER = st.uuids().map(str) | st.integers(0, 2**64).map("q{:017d}".format)
ANSWERS = (
    "the far end {} said nothing to <{}> about {} in {} steps",
    "session {3} with {0}[{3}]: message {2} for {1} was lost",
    "主机{0}对{1}的回应无法识别，编号{2}，共{3}次",
)


@pytest.mark.parametrize("template", ANSWERS)
@given(
    hosts=st.tuples(HOST, HOST),
    people=st.tuples(ADDRESS, ADDRESS),
    seeds=st.tuples(IDENTIFIER, IDENTIFIER),
    numbers=st.tuples(NUMBER, NUMBER),
)
def test_host_address_id_and_digits_do_not_change_a_fingerprint(
    template: str,
    hosts: tuple[str, str],
    people: tuple[str, str],
    seeds: tuple[str, str],
    numbers: tuple[str, str],
) -> None:
    told = [
        template.format(hosts[i], people[i], seeds[i], numbers[i]) for i in range(2)
    ]
    digests = {
        fingerprint.digest(
            fingerprint.parts(category=taxonomy.UNKNOWN, **PLACE, answer=answer)
        )
        for answer in told
    }
    assert len(digests) == 1
