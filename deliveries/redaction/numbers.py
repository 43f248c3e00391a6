"""Where in a text are card, identity and phone numbers?

What has a check digit is believed only if that is right; what has none, by its form.
"""

import re
from collections.abc import Callable, Iterator

from deliveries.redaction.spans import Span, disjoint, long_numbers, surroundings

_REACH = 40  # characters around a long number in which its name or its rest may be


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    # These patterns are slow, so they read nothing else than what is near a number.
    for start, end in surroundings(long_numbers(text), _REACH):
        yield from pattern.finditer(text, start, end)


_CARD_DIGITS = range(13, 20)  # ISO/IEC 7812-1
_GROUPED = re.compile(r"(?<![A-Za-z0-9.+])[0-9]++(?:[ -][0-9]++)*+(?![A-Za-z0-9])")
_GROUP = re.compile(r"[0-9]+")
# 4-4-4-4, 4-6-5, and two groups between which a fold took the space; only the last
# one may have another size.
_GROUP_SIZES = frozenset({3, 4, 5, 6, 8})


def cards(text: str) -> Iterator[Span]:
    """Yield runs of 13 to 19 digits, grouped or not, that pass the Luhn check."""
    for found in _matches(_GROUPED, text):
        if len(found[0]) < _CARD_DIGITS.start:
            continue
        groups = [group.span() for group in _GROUP.finditer(text, *found.span())]
        first = 0
        while first < len(groups):
            last = _card_from(text, groups, first)
            if last is not None:
                yield groups[first][0], groups[last][1]
            first = first + 1 if last is None else last + 1


def _card_from(text: str, groups: list[Span], first: int) -> int | None:
    if text[groups[first][0]] in "01":  # begin no payment card
        return None
    digits, best = "", None
    for i in range(first, len(groups)):
        group = text[slice(*groups[i])]
        digits += group
        if len(digits) >= _CARD_DIGITS.stop:
            break
        if len(digits) in _CARD_DIGITS and luhn(digits):
            best = i
        if len(group) not in _GROUP_SIZES:
            break
    return best


def luhn(digits: str) -> bool:
    """Check the last digit as ISO/IEC 7812-1 annex B does."""
    odd = sum(int(digit) for digit in digits[-1::-2])
    even = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (odd + even) % 10 == 0


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(
        int(digit) * weight for digit, weight in zip(digits, weights, strict=False)
    )


def _china(number: str) -> bool:  # GB 11643-1999
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[_weighted(number, weights) % 11] == number[-1].upper()


def _brazil(number: str) -> bool:  # CPF, two digits modulo 11
    digits = re.sub(r"[.-]", "", number)
    return all(
        _weighted(digits[:n], tuple(range(n + 1, 1, -1))) * 10 % 11 % 10
        == int(digits[n])
        for n in (9, 10)
    )


def _spain(number: str) -> bool:  # DNI and NIE
    digits = number.replace("-", "").translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits[:-1]) % 23] == number[-1]


def _france(number: str) -> bool:  # NIR, key modulo 97
    digits = number.replace(" ", "").replace("2A", "19").replace("2B", "18")
    return (int(digits[:13]) + int(digits[13:])) % 97 == 0


def _india(number: str) -> bool:  # Aadhaar, Verhoeff
    check = 0
    for place, digit in enumerate(reversed(re.sub(r"[ -]", "", number))):
        check = _DIHEDRAL[check][_TURNED[place % 8][int(digit)]]
    return check == 0


def _dihedral(a: int, b: int) -> int:
    turned = a % 5 + (b % 5 if a < 5 else -b)
    return turned % 5 + 5 * ((a < 5) != (b < 5))


_DIHEDRAL = [[_dihedral(a, b) for b in range(10)] for a in range(10)]
_TURNED = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
for _ in range(6):
    _TURNED.append([_TURNED[1][digit] for digit in _TURNED[-1]])


def _singapore(number: str) -> bool:  # NRIC and FIN
    total = _weighted(number[1:8], (2, 7, 6, 5, 4, 3, 2))
    total += {"T": 4, "G": 4, "M": 3}.get(number[0], 0)
    letters = {"S": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "M": "KLJNPQRTUWX"}
    letters |= {"T": letters["S"], "G": letters["F"]}
    return letters[number[0]][total % 11] == number[-1]


def _taiwan(number: str) -> bool:
    order = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(number[0]) + 10
    digits = f"{order}{number[1:]}"
    return _weighted(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)) % 10 == 0


def _always(_number: str) -> bool:
    return True


_IDENTITIES: dict[str, tuple[str, Callable[[str], bool]]] = {
    "china": (
        r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]",
        _china,
    ),
    "korea": (r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}", _always),
    "usa": (r"(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}", _always),
    "brazil": (r"\d{3}\.\d{3}\.\d{3}-\d{2}", _brazil),
    "france": (
        r"[12] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d{2}",
        _france,
    ),
    "india": (r"[2-9]\d{3}[ -]\d{4}[ -]\d{4}", _india),
    "spain": (r"(?:\d{8}|[XYZ]\d{7})-?[A-HJ-NP-TV-Z]", _spain),
    "singapore": (r"[STFGM]\d{7}[A-Z]", _singapore),
    "taiwan": (r"[A-Z][12]\d{8}", _taiwan),
    "hongkong": (r"[A-Z]{1,2}\d{6}\([0-9A]\)", _always),
    "britain": (
        r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]",
        _always,
    ),
    "italy": (r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]", _always),
}
_IDENTITY = re.compile(
    "(?<![A-Za-z0-9.-])(?:"
    + "|".join(f"(?P<{name}>{form})" for name, (form, _) in _IDENTITIES.items())
    + ")(?![A-Za-z0-9-])",
    re.ASCII,
)
_NAMED_IDENTITY = re.compile(
    r"""(?ix)
    (?: (?:national|identity|identification|social\ security|passport|insurance)
          (?:\ (?:id|card|number|no\.?|code)){0,2}
        | ssn | nino | nric | aadhaar | cpf | dni | \bid\ card(?:\ (?:number|no\.?))?
        | 身份证(?:号码?)? | 护照(?:号码?)? )
    [\ ]{0,2}(?:is|[:：=\#])?[\ ]{0,2}
    (?P<v> [A-Z]{0,3}[0-9](?:[ .-]?[A-Z0-9]){4,19}+ )"""
)


def identities(text: str) -> Iterator[Span]:
    """Yield national identity numbers: twelve forms, or any that is named as one."""
    return disjoint(_identity_spans(text))


def _identity_spans(text: str) -> Iterator[Span]:
    for found in _matches(_IDENTITY, text):
        _, passes = _IDENTITIES[found.lastgroup or ""]
        if passes(found[0]):
            yield found.span()
    for found in _matches(_NAMED_IDENTITY, text):
        if sum(map(str.isdigit, found["v"])) >= 6:
            yield found.span("v")


_PHONE = re.compile(
    r"""(?x) (?=[+(0-9])
    (?: \+[1-9](?:[ ().-]{0,3}[0-9]){6,14}
      | (?<![A-Za-z0-9.+]) (?<![0-9a-f]{4}-) (?: 00[1-9](?:[ ().-]{0,2}[0-9]){7,13}
      | (?:86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}
      | (?:1[-. ])?(?:\([2-9][0-9]{2}\)[ ]?|[2-9][0-9]{2}[-. ])
          [2-9][0-9]{2}[-. ][0-9]{4}
      | \(?(?![0-9]{1,2}[-/. ][0-9]{1,2}[-/. ][0-9]{2,4}(?![0-9 -]))
          0[1-9][0-9]{0,7}(?:\)[ ]?|[ /-])(?:[0-9]{2,8}[ -]){0,4}[0-9]{2,8}
      | 0[1-9][0-9]{8,9}
      | [6-9][0-9]{4}[ -][0-9]{5}
      | [2-9][0-9]{9}
      | 1[2-9][0-9]{9}
      | (?:2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|7[0-9]|8[1246]|9[0-58])[0-9]{9,10}
    )) (?!\.?[0-9])"""
)
_ZERO = re.compile(r"\(?0[1-9]")
_NAMED_PHONE = re.compile(
    r"""(?ix)
    (?: phone(?:[_ ]?(?:number|no))? | mobile | msisdn | \btel | whatsapp | callee
        | (?:to|from)_?number | subscriber | 手机(?:号码?)? | 电话(?:号码?)? )
    ["']?\s{0,2}[:：=]?\s{0,2}["']?(?P<v> [+]?[0-9(](?:[ ().-]{0,2}[0-9]){5,14}+ )"""
)
_PHONE_DIGITS = range(7, 16)  # ITU-T E.164: at most 15
_NATIONAL_DIGITS = range(9, 13)  # with the leading zero; fewer may be any number


def phones(text: str) -> Iterator[Span]:
    """Yield phone numbers by their form, or any number that is named as one."""
    spans = [found.span() for found in _matches(_PHONE, text)]
    spans += [found.span("v") for found in _matches(_NAMED_PHONE, text)]
    for start, end in disjoint(spans):
        allowed = _NATIONAL_DIGITS if _ZERO.match(text, start) else _PHONE_DIGITS
        if sum(map(str.isdigit, text[start:end])) in allowed:
            yield start, end
