"""Are values put into a template once, and is what is missing named?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries.channels.filling import ABSENT, Missing, fill, names, texts

VALUES = {"a": "one", "b.c": 2, "empty": "", "none": None, "map": {"x": "y"}}


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("{a}", "one"),
        ("{b.c}", 2),
        ("{map}", {"x": "y"}),
        ("<{a}-{b.c}>", "<one-2>"),
        ("{empty|none|a}", "one"),
        ("no value", "no value"),
        ({"x": "{a}", "y": "{empty?}"}, {"x": "one"}),
        ({"x": {"y": "{none?}"}, "z": "{a}"}, {"z": "one"}),
        ({"x": ["{a}", "{empty?}"]}, {"x": ["one"]}),
        ({"x": ["{empty?}"], "y": {}}, {"y": {}}),
        ({"x": "{empty?}s"}, ABSENT),
        ({"n": 7, "t": True}, {"n": 7, "t": True}),
        ("{A} {} {a", "{A} {} {a"),
    ],
)
def test_a_template_is_filled(template: object, filled: object) -> None:
    assert fill(template, VALUES) == filled


@given(st.text())
def test_a_value_is_never_read_as_a_template(text: str) -> None:
    value = f"{{a}}{text}{{secrets.token}}"
    filled = fill({"x": "{v}", "y": "<{v}>"}, {"v": value, "a": "1"})
    assert filled == {"x": value, "y": f"<{value}>"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("content.text", "content.missing"),
        ("settings.sender", "settings.missing"),
        ("address.phone|address", "address.missing"),
        ("secrets.token", "secrets.missing"),
    ],
)
def test_what_is_missing_is_named_by_its_kind(name: str, code: str) -> None:
    with pytest.raises(Missing) as missing:
        fill({"x": [f"{{{name}}}"]}, VALUES)

    assert missing.value.code == code


def test_every_name_of_a_template_is_found() -> None:
    template = {"x": "{a}{b?}", "y": ["{c|d}", {"z": "{e.f}"}], "n": 1}
    assert [*names(template)] == ["a", "b", "c", "d", "e.f"]


def test_named_texts_lose_what_is_absent() -> None:
    assert texts({"x": "{b.c}", "y": "{empty?}"}, VALUES) == {"x": "2"}
