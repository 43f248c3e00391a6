"""Does every page carry the sheets, icons and colours that it asks for?

What a browser would show as a missing icon or an unstyled line is found here without
one; contrast is computed from the tokens, for both themes.
"""

import math
import re
from functools import cache
from pathlib import Path

import pytest
from django.template.loader import get_template

from tests.checkout import ROOT, TEMPLATES, markup, named, sheets, templates
from triage.bundles import SCRIPT, SHEET
from triage.web.sentences import ICONS

STATIC = ROOT / "static"
SPRITE = STATIC / "img/icons.svg"
OF_PAGES = {"base.html", "plain.html", "public.html"}
FRAMES = (*OF_PAGES, "admin/base_site.html")
OF_DJANGO = ("admin/", "django_htmx/")  # static files and pages that Django brings

STATIC_FILE = re.compile(r"""{%\s*static\s+['"]([^'"]+)['"]""")
INCLUDED = re.compile(r"""{%\s*include\s+['"]([^'"]+)['"]""")
EXTENDED = re.compile(r"""{%\s*extends\s+['"]([^'"]+)['"]""")
ICON = re.compile(r"""icon\.html['"]\s+with\s+name=['"]([^'"]+)['"](?!\|)""")
ICON_PASSED = re.compile(r"""\bicon=['"]([^'"]+)['"]""")
CLASSES = re.compile(r'class="([^"]*)"')
TAG = re.compile(r"{%.*?%}|{{.*?}}")
CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CSS_BODY = re.compile(r"{[^{}]*}")
CSS_CLASS = re.compile(r"\.([a-zA-Z][\w-]*)")
PROPERTY_USED = re.compile(r"var\((--[\w-]+)")
PROPERTY_SET = re.compile(r"(--[\w-]+)\s*:")


@cache
def text(path: Path) -> str:
    """A sheet without its comments."""
    return CSS_COMMENT.sub("", path.read_text(encoding="utf-8"))


@cache
def styled(path: Path) -> frozenset[str]:
    """The classes that a sheet has rules for."""
    return frozenset(CSS_CLASS.findall(CSS_BODY.sub("{}", text(path))))


@cache
def owned(path: Path) -> frozenset[str]:
    """The classes with which a rule of the sheet begins; not those inside another."""
    selectors = re.split(r"[,{}]", CSS_BODY.sub("{}", text(path)))
    found = (CSS_CLASS.search(selector) for selector in selectors)
    return frozenset(match.group(1) for match in found if match)


def parts(name: str) -> set[str]:
    """The templates of a page: itself, what it includes, what it extends."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in seen or not (TEMPLATES / current).exists():
            continue
        seen.add(current)
        words = markup(TEMPLATES / current)
        waiting += INCLUDED.findall(words) + EXTENDED.findall(words)
    return seen


def linked(names: set[str]) -> set[Path]:
    """The sheets of our own that a page's templates link, one by one."""
    files = {file for name in names for file in STATIC_FILE.findall(_read(name))}
    files.discard(SHEET)
    return {STATIC / file for file in files if file.endswith(".css")}


def _read(name: str) -> str:
    return markup(TEMPLATES / name)


def pages() -> list[str]:
    """Templates that a view renders as a whole page of ours."""
    names = [path.relative_to(TEMPLATES).as_posix() for path in templates()]
    return [name for name in names if name not in FRAMES and parts(name) & OF_PAGES]


@pytest.mark.parametrize("name", pages())
def test_a_page_loads_a_sheet_for_every_class_it_uses(name: str) -> None:
    names = parts(name)
    used = {
        word
        for each in names
        for value in CLASSES.findall(_read(each))
        for word in TAG.sub(" ", value).split()
    }
    has_rules = set().union(*(owned(path) for path in sheets()))
    loaded = set().union(*(owned(path) for path in linked(names)))
    assert (used & has_rules) - loaded == set()


def test_every_template_can_be_compiled() -> None:
    for path in templates():
        get_template(path.relative_to(TEMPLATES).as_posix())


def test_every_static_file_that_is_named_exists() -> None:
    faults = [
        f"{named(path)}: {file}"
        for path in templates()
        for file in STATIC_FILE.findall(markup(path))
        if not file.startswith(OF_DJANGO)
        and file not in (SCRIPT, SHEET)  # made when static files are collected
        and not (STATIC / file).is_file()
    ]
    assert faults == []


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text("utf-8")))
    asked = set(ICONS.values())
    for path in templates():
        asked |= set(ICON.findall(markup(path)))
        asked |= set(ICON_PASSED.findall(markup(path)))
    assert asked - drawn == set()


def test_every_property_that_is_used_is_set() -> None:
    found = {path: text(path) for path in sheets()}
    are_set = {name for words in found.values() for name in PROPERTY_SET.findall(words)}
    faults = [
        f"{named(path)}: {name}"
        for path, words in found.items()
        for name in PROPERTY_USED.findall(words)
        if name not in are_set
    ]
    assert faults == []


def test_every_class_that_has_rules_is_used() -> None:
    words = " ".join(markup(path) for path in templates())
    faults = [
        f"{named(path)}: {name}"
        for path in sheets()
        if path.name != "admin.css"
        for name in sorted(styled(path))
        if not name.startswith("theme-")  # written with the theme's own name
        and not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", words)
    ]
    assert faults == []


def test_every_component_says_what_it_takes() -> None:
    faults = [
        named(path)
        for path in sorted((TEMPLATES / "components").glob("*.html"))
        if not path.read_text(encoding="utf-8").startswith("{# ")
    ]
    assert faults == []


# --- contrast -------------------------------------------------------------------

SURFACES = ("paper", "paper-raised", "paper-sunken", "paper-hover", "paper-selected")
INKS = ("ink", "ink-2", "ink-3", "accent", "s1", "s2", "s3", "good")
ON_TINTS = [
    ("on-accent", "accent-fill"),
    ("on-accent", "accent-strong"),
    ("on-s1", "s1-fill"),
    ("accent", "accent-tint"),
    ("s1", "s1-tint"),
    ("s2", "s2-tint"),
    ("good", "good-tint"),
    ("ink", "mark"),
    *(("ink-2", tint) for tint in ("accent-tint", "s1-tint", "s2-tint", "good-tint")),
]
TEXT = [(ink, surface) for ink in INKS for surface in SURFACES] + ON_TINTS
CONTROLS = [("line-control", surface) for surface in ("paper", "paper-raised")]
OKLCH = r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)"
TOKEN = re.compile(rf"--([\w-]+): (?:light-dark\({OKLCH}, {OKLCH}\)|{OKLCH});")


@cache
def luminances() -> dict[str, tuple[float, float]]:
    """The relative luminance of each colour token, light and dark."""
    found = {}
    for match in TOKEN.finditer(text(STATIC / "css/tokens.css")):
        name, *numbers = match.groups()
        light, dark, both = numbers[:3], numbers[3:6], numbers[6:]
        if both[0]:
            light = dark = both
        found[name] = luminance(*light), luminance(*dark)
    return found


def luminance(lightness: str, chroma: str, hue: str) -> float:
    """Relative luminance (WCAG 2.2) of an OKLCH colour, clipped to sRGB.

    The matrices are those of CSS Color 4, section 18 (OKLab to linear sRGB).
    """
    angle = math.radians(float(hue))
    a, b = float(chroma) * math.cos(angle), float(chroma) * math.sin(angle)
    long, medium, short = (
        (float(lightness) + u * a + v * b) ** 3
        for u, v in (
            (0.3963377774, 0.2158037573),
            (-0.1055613458, -0.0638541728),
            (-0.0894841775, -1.2914855480),
        )
    )
    rows = (
        (4.0767416621, -3.3077115913, 0.2309699292),
        (-1.2684380046, 2.6097574011, -0.3413193965),
        (-0.0041960863, -0.7034186147, 1.7076147010),
    )
    red, green, blue = (
        min(1.0, max(0.0, u * long + v * medium + w * short)) for u, v, w in rows
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(front: str, back: str, theme: int) -> float:
    """The ratio of WCAG 2.2, section 1.4.3; theme 0 is light, 1 is dark."""
    values = sorted((luminances()[front][theme], luminances()[back][theme]))
    return (values[1] + 0.05) / (values[0] + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_can_be_read_on_every_surface(theme: int) -> None:
    faults = [pair for pair in TEXT if contrast(*pair, theme) < 4.5]
    assert faults == []


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_controls_stand_out_from_their_surface(theme: int) -> None:
    faults = [pair for pair in CONTROLS if contrast(*pair, theme) < 3]
    assert faults == []
