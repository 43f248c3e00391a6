"""Which types does the API read, and how strictly?

A field takes the JSON type it documents and no other: a number is not a text, a text
not a number. Messages never repeat what was sent. The classes are declared once and
shared by all threads: they keep nothing of a request.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.fields import empty

# RFC 3339 §5.6; the offset is required, seconds may have a fraction.
MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)"
)
LEAP_SECOND = "60"


class StrictSerializer(serializers.Serializer[Any]):
    """An object whose every field is declared; reports all its faults at once."""

    default_error_messages: ClassVar = {
        "invalid": _("This must be an object."),
        "unknown_field": _("There is no such field."),
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the validated fields; raises one error with every fault."""
        if not isinstance(data, dict):
            self.fail("invalid")
        fields = self.fields
        values: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for name, given in data.items():
            field = fields.get(name)
            if field is None:
                errors[name] = [_error(self, "unknown_field")]
                continue
            try:
                values[name] = field.run_validation(given)
            except serializers.ValidationError as error:
                errors[name] = error.detail
        for name in self.needed - data.keys():
            errors[name] = [_error(fields[name], "required")]
        if errors:
            raise serializers.ValidationError(errors)
        return values

    def run_validation(self, data: Any = empty) -> Any:
        """Validate an object, without the detours that forms need."""
        if data is None:
            self.fail("null")
        return self.validate(self.to_internal_value(data))

    @property
    def needed(self) -> frozenset[str]:
        """The names of the fields that must be there."""
        known: frozenset[str] | None = self.__dict__.get("_needed")
        if known is None:
            required = (name for name, each in self.fields.items() if each.required)
            known = self.__dict__["_needed"] = frozenset(required)
        return known


def _error(field: serializers.Field[Any, Any, Any, Any], code: str) -> ErrorDetail:
    return ErrorDetail(str(field.error_messages[code]), code=code)


class TextField(serializers.CharField):
    """A text of bounded length, optionally of a shape; not trimmed."""

    default_error_messages: ClassVar = {
        "invalid": _("This must be a text."),
        "shape": _("This has characters or an order that is not possible here."),
    }

    def __init__(self, *, pattern: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("trim_whitespace", False)
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)
        self.pattern = re.compile(pattern) if pattern else None
        # The body's guard has replaced what the other validators look for.
        self.validators = []

    def run_validation(self, data: Any = empty) -> Any:
        """Check type, length and shape, in this order."""
        if data is None:
            self.fail("null")
        if not isinstance(data, str):
            self.fail("invalid")
        if self.max_length is not None and len(data) > self.max_length:
            raise serializers.ValidationError(
                [str(_MAX_LENGTH) % {"count": self.max_length}], code="max_length"
            )
        if not data and not self.allow_blank:
            self.fail("blank")
        if self.pattern is not None and not self.pattern.fullmatch(data):
            self.fail("shape")
        return data


_MAX_LENGTH = _("Use at most %(count)d characters.")


class WordField(serializers.ChoiceField):
    """One word of a closed set; ``aliases`` are read as a word of it."""

    default_error_messages: ClassVar = {
        "invalid_choice": _("Use one of the listed words.")
    }

    def __init__(
        self,
        choices: Iterable[str],
        *,
        aliases: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.aliases = dict(aliases or {})
        kwargs.setdefault("required", False)
        super().__init__([*choices, *self.aliases], **kwargs)

    def run_validation(self, data: Any = empty) -> Any:
        """Check the word; it needs no further validators."""
        if data is None:
            self.fail("null")
        return self.to_internal_value(data)

    def to_internal_value(self, data: Any) -> str:
        """Return the word itself."""
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice")
        return self.aliases.get(data, data)


@extend_schema_field({"type": "boolean"})
class FlagField(serializers.Field[bool, Any, bool, Any]):
    """``true`` or ``false``, and nothing that merely looks like it."""

    default_error_messages: ClassVar = {"invalid": _("Use true or false.")}

    def to_internal_value(self, data: Any) -> bool:
        """Return the flag."""
        if not isinstance(data, bool):
            self.fail("invalid")
        return data

    def to_representation(self, value: bool) -> bool:  # noqa: FBT001  # inherited
        """Show the flag."""
        return value


class WholeField(serializers.IntegerField):
    """A whole number between two bounds."""

    default_error_messages: ClassVar = {"invalid": _("Use a whole number.")}

    def to_internal_value(self, data: Any) -> int:
        """Return the number; ``3.0`` is one in JSON, ``"3"`` and ``true`` are not."""
        whole = isinstance(data, float) and data.is_integer()
        if isinstance(data, bool) or not (isinstance(data, int) or whole):
            self.fail("invalid")
        return int(data)


class NumberField(serializers.FloatField):
    """A number between two bounds."""

    default_error_messages: ClassVar = {"invalid": _("Use a number.")}

    def to_internal_value(self, data: Any) -> float:
        """Return the number; ``"3"`` and ``true`` are none."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        try:
            return float(data)
        except OverflowError:
            self.fail("invalid")


class MomentField(serializers.DateTimeField):
    """A time with its offset (RFC 3339), returned in UTC."""

    default_error_messages: ClassVar = {
        "invalid": _("Use a time with its offset, such as 2026-03-01T09:30:00Z."),
    }

    def to_internal_value(self, value: Any) -> datetime:
        """Return the time; a leap second counts as the second before it."""
        match = MOMENT.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            self.fail("invalid")
        day, minute, second, fraction, offset = match.groups()
        second = "59" if second == LEAP_SECOND else second
        fraction = (fraction or "0")[:6].ljust(6, "0")
        offset = "+00:00" if offset in "Zz" else offset
        try:
            moment = datetime.fromisoformat(
                f"{day}T{minute}:{second}.{fraction}{offset}"
            )
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid")


class ListField(serializers.ListField):
    """A list of at most ``max_length`` items."""

    default_error_messages: ClassVar = {"not_a_list": _("This must be a list.")}

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return the items; raises one error with the faults of all of them."""
        if not isinstance(data, list):
            self.fail("not_a_list")
        if self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return list(self.run_child_validation(data))
