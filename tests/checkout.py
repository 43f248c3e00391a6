"""Which files make up the product, as the tests about its structure see them?"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("deliveries", "knowledgebase", "triage")  # each knows those before it
RANK = {app: rank for rank, app in enumerate(APPS)}
PRODUCT = (*APPS, "benchmarks")
TEMPLATES = ROOT / "templates"
COMMENT = re.compile(r"{#.*?#}|{% comment.*?endcomment %}", re.DOTALL)


def named(path: Path) -> str:
    """Name a file as people do, from the checkout's root."""
    return path.relative_to(ROOT).as_posix()


def sources(*roots: str) -> list[Path]:
    """Python files under the folders, without migrations, which a tool writes."""
    found = [path for root in roots for path in (ROOT / root).rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts)


def everything() -> list[Path]:
    """Every Python file of the project."""
    return [ROOT / "manage.py", *sources(*PRODUCT, "tests")]


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file; shared, so never to be changed."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every imported module or name, dotted, with its line."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            for name in node.names:
                yield f"{node.module}.{name.name}", node.lineno


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Yield every call with the last word of what is called."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            func = node.func
            if isinstance(func, ast.Attribute):
                yield func.attr, node
            elif isinstance(func, ast.Name):
                yield func.id, node


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def classes(path: Path) -> Iterator[ast.ClassDef]:
    """Yield every class."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef):
            yield node


def text_of(node: ast.expr) -> str | None:
    """The text of a literal, or nothing."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def templates() -> list[Path]:
    """Every template."""
    return sorted(path for path in TEMPLATES.rglob("*") if path.is_file())


def markup(path: Path) -> str:
    """The text of a template without its comments."""
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


def sheets() -> list[Path]:
    """Every stylesheet."""
    return sorted((ROOT / "static/css").rglob("*.css"))


def scripts() -> list[Path]:
    """Every script."""
    return sorted((ROOT / "static/js").rglob("*.js"))
