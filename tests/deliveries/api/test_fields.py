"""Does each field take the JSON type it documents, and no other?"""

from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import Field

from deliveries.api.fields import (
    FlagField,
    ListField,
    MomentField,
    NumberField,
    StrictSerializer,
    TextField,
    WholeField,
    WordField,
)
from deliveries.api.problems import faults


class Inner(StrictSerializer):
    size = WholeField(required=True, min_value=0, max_value=9)


class Outer(StrictSerializer):
    name = TextField(required=True, max_length=5)
    inner = Inner(required=False)
    many = ListField(child=Inner(), max_length=2, required=False)
    flag = FlagField(required=False)


def fault(field: Field[Any, Any, Any, Any], value: object) -> str:
    with pytest.raises(ValidationError) as caught:
        field.run_validation(value)
    detail = caught.value.detail
    assert isinstance(detail, list)
    error = detail[0]
    assert isinstance(error, ErrorDetail)
    return str(error.code)


def found(body: object) -> list[tuple[object, object]]:
    with pytest.raises(ValidationError) as caught:
        Outer().run_validation(body)
    return [(each["pointer"], each["code"]) for each in faults(caught.value.detail)]


NOT_TEXT = [5, 1.5, True, [], {}]
NOT_A_FLAG = ["true", "1", 0, 1, [], ""]
NOT_WHOLE = ["3", 3.5, True, [], ""]
NOT_A_MOMENT = [
    "2026-03-01",
    "2026-03-01T09:30:00",
    "2026-03-01 09:30:00Z",
    "2026-13-01T09:30:00Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "+10000-01-01T00:00:00Z",
    "not one",
    1_700_000_000,
    None,
]


@pytest.mark.parametrize("value", NOT_TEXT)
def test_a_text_is_never_made_from_something_else(value: object) -> None:
    assert fault(TextField(), value) == "invalid"


@pytest.mark.parametrize("value", NOT_A_FLAG)
def test_a_flag_is_true_or_false(value: object) -> None:
    assert fault(FlagField(), value) == "invalid"


@pytest.mark.parametrize("value", NOT_WHOLE)
def test_a_whole_number_is_a_number(value: object) -> None:
    assert fault(WholeField(), value) == "invalid"


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert WholeField().run_validation(3.0) == 3


@pytest.mark.parametrize("value", ["3", True, [], {}, 10**400])
def test_a_number_is_a_number(value: object) -> None:
    assert fault(NumberField(), value) == "invalid"


def test_a_number_may_be_whole_and_keeps_to_its_bounds() -> None:
    field = NumberField(min_value=0.5, max_value=5)
    assert field.run_validation(3) == 3.0
    assert fault(field, 0.1) == "min_value"
    assert fault(field, 6) == "max_value"


def test_nothing_may_be_null() -> None:
    fields = (TextField(), FlagField(), WholeField(), WordField(["a"]), Outer())
    assert {fault(field, None) for field in fields} == {"null"}


def test_a_text_keeps_to_its_length_and_shape() -> None:
    field = TextField(max_length=3, pattern="[a-z]+")
    assert field.run_validation("abc") == "abc"
    assert fault(field, "abcd") == "max_length"
    assert fault(field, "") == "blank"
    assert fault(field, "ab\n") == "shape"


def test_a_text_keeps_its_spaces() -> None:
    assert TextField().run_validation(" a ") == " a "


def test_a_word_may_have_another_name() -> None:
    field = WordField(["chat", "sms"], aliases={"im": "chat"})
    assert field.run_validation("im") == "chat"
    assert fault(field, "fax") == "invalid_choice"
    assert fault(field, ["sms"]) == "invalid_choice"


@pytest.mark.parametrize("value", NOT_A_MOMENT)
def test_a_moment_needs_date_time_and_offset(value: object) -> None:
    assert fault(MomentField(), value) in {"invalid", "null"}


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-03-01T09:30:00Z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01t11:30:00+02:00", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-06-30T23:59:60Z", datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC)),
        (
            "2026-03-01T09:30:00.123456789z",
            datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC),
        ),
    ],
)
def test_a_moment_is_returned_in_utc(value: str, moment: datetime) -> None:
    assert MomentField().run_validation(value) == moment


def test_every_fault_of_a_body_is_told_at_once() -> None:
    body = {
        "name": "too long",
        "x": 1,
        "a/b~c": 1,
        "inner": {"size": 10, "y": 1},
        "many": [{"size": 1}, {"size": "1"}, {}],
        "flag": "yes",
    }
    assert found(body | {"many": body["many"]}) == [
        ("/name", "max_length"),
        ("/x", "unknown_field"),
        ("/a~1b~0c", "unknown_field"),
        ("/inner/size", "max_value"),
        ("/inner/y", "unknown_field"),
        ("/many", "max_length"),
        ("/flag", "invalid"),
    ]


def test_a_fault_in_a_list_names_its_place() -> None:
    assert found({"name": "a", "many": [{"size": 1}, {}]}) == [
        ("/many/1/size", "required")
    ]


@pytest.mark.parametrize("body", [None, [], "x", 3, True])
def test_a_body_that_is_no_object_is_refused(body: object) -> None:
    assert found(body)[0][0] == ""


def test_a_missing_field_is_told_once() -> None:
    assert found({}) == [("/name", "required")]
