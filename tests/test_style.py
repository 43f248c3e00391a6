"""Is every file as short, as plain and as safe as the rules of style ask?"""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest
from django.template.loader import get_template

from tests.checkout import (
    APPS,
    PRODUCT,
    ROOT,
    TEMPLATES,
    calls,
    classes,
    everything,
    functions,
    imports,
    markup,
    named,
    scripts,
    sheets,
    sources,
    templates,
    tree,
)

THIS = Path(__file__).resolve()  # names what it forbids
PRODUCT_FILE, PRODUCT_FUNCTION = 300, 40  # lines
TEST_FILE, TEST_FUNCTION = 500, 60
# One table of what an operator may change, each line explained where it is read.
UNBOUNDED = {"triage/settings.py"}
# Words that say nothing about what a module or class is for.
EMPTY_WORDS = {
    "common",
    "core",
    "data",
    "helper",
    "helpers",
    "info",
    "manager",
    "misc",
    "service",
    "services",
    "util",
    "utils",
}
# Settings that differ in a few lines take over the rest.
STAR_IMPORTS = {"benchmarks/bare_settings.py", "tests/settings.py"}
# What a locked file may hold: a name with its version, hashes, and who wants it.
REQUIREMENT = re.compile(
    r"""
    (?:[a-z0-9][\w.-]*(?:\[[\w,\ -]+\])?==[\w.+!-]+(?:\ ;\ [^:/]+)?\ \\)
    | (?:\ {4}--hash=sha256:[0-9a-f]{64}(?:\ \\)?)
    | (?:\s*\#[^:/]*)
    """,
    re.VERBOSE | re.IGNORECASE,
)

UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
WITH_ISSUE = re.compile(r"\(?#\d+\)?")
EXCUSE = re.compile(r"#\s*type:\s*ignore(?!\[[\w, -]+\]\s+# \S)")

UNSAFE_MARKUP = {
    "a filter that trusts a value": re.compile(r"\|\s*safe(?:seq)?\b"),
    "a block that escapes nothing": re.compile(r"{%\s*autoescape\s+off"),
    "an inline style": re.compile(r"<style\b|<[^>]*\sstyle\s*="),
    "an inline script": re.compile(r"<script\b(?![^>]*\ssrc=)|javascript:"),
    "an event handler": re.compile(r"<[^>]*\s(?:on[a-z]+|hx-on[:\w-]*)\s*="),
}
UNSAFE_SCRIPT = re.compile(
    r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|new Function)\b"
)
CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CSS_TEXT = re.compile(r"\"[^\"]*\"|'[^']*'|url\([^)]*\)")
CSS_PRELUDE = re.compile(r"([^{};]+){")
CSS_VALUE = re.compile(r"[\w-]+\s*:\s*([^{};]+)[;}]")
COLOUR = re.compile(
    r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\("
    r"|(?<![\w-])(?:black|white|red|green|blue|gr[ae]y|yellow|orange|purple|silver)"
    r"(?![\w-])",
    re.IGNORECASE,
)


def limits(path: Path) -> tuple[int, int]:
    """Return how many lines a file, and a function in it, may have."""
    if named(path).startswith("tests/"):
        return TEST_FILE, TEST_FUNCTION
    return PRODUCT_FILE, PRODUCT_FUNCTION


def test_files_are_short() -> None:
    faults = []
    for path in everything():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > limits(path)[0] and named(path) not in UNBOUNDED:
            faults.append(f"{named(path)}: {lines} lines")
    assert faults == []


def test_functions_are_short() -> None:
    faults = []
    for path in everything():
        for function in functions(path):
            lines = (function.end_lineno or 0) - function.lineno + 1
            if lines > limits(path)[1]:
                faults.append(f"{named(path)}: {function.name} has {lines} lines")
    assert faults == []


def test_every_module_says_what_it_is_for() -> None:
    faults = [
        named(path)
        for path in everything()
        if tree(path).body and not ast.get_docstring(tree(path))
    ]
    assert faults == []


def test_names_say_something() -> None:
    faults = []
    for path in sources(*PRODUCT):
        if EMPTY_WORDS & set(path.relative_to(ROOT).with_suffix("").parts):
            faults.append(named(path))
        for each in classes(path):
            last = re.findall(r"[A-Z][a-z]*|[a-z]+", each.name)[-1].lower()
            if last in EMPTY_WORDS:
                faults.append(f"{named(path)}: {each.name}")
    assert faults == []


def test_nothing_is_imported_inside_a_function() -> None:
    faults = {
        f"{named(path)}:{node.lineno}"
        for path in everything()
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert faults == set()


def test_names_are_imported_one_by_one() -> None:
    found = {
        named(path)
        for path in everything()
        for module, _ in imports(path)
        if module.endswith(".*")
    }
    assert found == STAR_IMPORTS


def test_rows_are_saved_without_hidden_logic() -> None:
    faults = [
        f"{named(path)}: {each.name}.{part.name}"
        for path in sources(*APPS)
        for each in classes(path)
        for part in each.body
        if isinstance(part, ast.FunctionDef) and part.name == "save"
    ]
    assert faults == []


def test_excuses_to_the_type_checker_carry_a_code_and_a_reason() -> None:
    faults = []
    for path in sources(*PRODUCT):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if EXCUSE.search(line):
                faults.append(f"{named(path)}:{number}")
    assert faults == []


def test_what_is_unfinished_names_its_issue() -> None:
    faults = []
    for path in {*everything(), *templates(), *sheets(), *scripts()} - {THIS}:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if UNFINISHED.search(line) and not WITH_ISSUE.search(line):
                faults.append(f"{named(path)}:{number}")
    assert faults == []


def test_tests_are_no_packages() -> None:
    assert [named(path) for path in (ROOT / "tests").rglob("__init__.py")] == []


def test_every_template_can_be_read() -> None:
    for path in templates():
        get_template(path.relative_to(TEMPLATES).as_posix())


@pytest.mark.parametrize("fault", UNSAFE_MARKUP)
def test_templates_hold_nothing_unsafe(fault: str) -> None:
    found = [
        f"{named(path)}: {match.group(0)}"
        for path in templates()
        for match in UNSAFE_MARKUP[fault].finditer(markup(path))
    ]
    assert found == []


def test_scripts_write_no_markup_and_run_no_text() -> None:
    faults = [
        f"{named(path)}: {match.group(0)}"
        for path in scripts()
        for match in UNSAFE_SCRIPT.finditer(path.read_text(encoding="utf-8"))
    ]
    assert faults == []


def rules(path: Path) -> str:
    """The rules of a sheet without comments, texts and addresses."""
    return CSS_TEXT.sub("", CSS_COMMENT.sub("", path.read_text(encoding="utf-8")))


def test_sheets_select_by_no_id_and_shout_at_nobody() -> None:
    faults = []
    for path in sheets():
        text = rules(path)
        faults += [
            f"{named(path)}: {prelude.strip()}"
            for prelude in CSS_PRELUDE.findall(text)
            if re.search(r"#[A-Za-z_]", prelude)
        ]
        if re.search(r"!\s*important", text):
            faults.append(f"{named(path)}: important")
    assert faults == []


def test_colours_are_named_in_the_tokens_alone() -> None:
    faults = [
        f"{named(path)}: {value.strip()}"
        for path in sheets()
        if path.name != "tokens.css"
        for value in CSS_VALUE.findall(rules(path))
        if COLOUR.search(value)
    ]
    assert faults == []


def test_requirements_name_no_place_and_carry_hashes() -> None:
    faults = []
    for path in sorted(ROOT.glob("requirements*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        strange = [each for each in lines if each and not REQUIREMENT.fullmatch(each)]
        faults += [f"{path.name}: {each}" for each in strange]
        for line, after in pairwise(lines):
            if "==" in line and "--hash=" not in after:
                faults.append(f"{path.name}: {line} has no hash")
    assert faults == []


def test_tests_wait_for_no_clock_and_skip_nothing_without_a_word() -> None:
    faults = []
    for path in sources("tests"):
        for name, call in calls(path):
            mute = name in ("skip", "skipif") and not (call.args or call.keywords)
            if name in ("sleep", "xfail") or mute:
                faults.append(f"{named(path)}:{call.lineno} {name}")
    assert faults == []
