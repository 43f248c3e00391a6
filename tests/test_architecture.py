"""Do the parts name only what lies below them, and is each kind of work in its place?

The import contracts are kept by import-linter; here is what it cannot see.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models
from django.db.migrations.loader import MigrationLoader
from django.urls import URLPattern, URLResolver, get_resolver

from deliveries.leases import DueRow
from tests.checkout import (
    APPS,
    RANK,
    ROOT,
    TEMPLATES,
    calls,
    functions,
    imports,
    markup,
    named,
    sources,
    templates,
    text_of,
    tree,
)

LINK = re.compile(r"{%\s*url\s+(?:'([^']+)'|\"([^\"]+)\")")
INCLUSION = re.compile(r"{%\s*(?:include|extends)\s+[\"']([^\"']+)[\"']")
TEMPLATE_NAME = re.compile(r"(deliveries|knowledgebase|triage)/[\w./]+\.(html|txt)")

NETWORK = {
    "aiohttp",
    "dns",
    "ftplib",
    "http.client",
    "httpcore",
    "httpx",
    "imaplib",
    "poplib",
    "requests",
    "smtplib",
    "socket",
    "urllib.request",
    "urllib3",
}
NETWORK_DOORS = (
    "deliveries/outbound/",
    "deliveries/channels/email/dialogue.py",
    "triage/management/commands/fetch_bounces.py",
)
# Statements that the ORM cannot say: the claim of due rows, COPY, the insert that must
# neither wait nor fail, what is asked and written for many rows at once, a count that
# does not wait for the disk, by what articles are ranked and which words they have, the
# questions of the doctor to the server itself, and the word to its planner that the
# index of the terms is the right one.
OWN_SQL = {
    "deliveries/breaker.py",
    "deliveries/compiled.py",
    "deliveries/hindrances.py",
    "deliveries/leases.py",
    "deliveries/newest.py",
    "deliveries/prepared.py",
    "deliveries/rollups.py",
    "deliveries/sending/statements.py",
    "knowledgebase/search/ranking.py",
    "knowledgebase/search/words.py",
    "deliveries/together.py",
    "triage/demo/copying.py",
    "triage/intake/filing.py",
    "triage/health.py",
    "triage/selection.py",
    "triage/bulk/writing.py",
    "triage/notices/budget.py",
    "triage/diagnosis/surge.py",
}
# The triggers' own text; later the two duties that may delete what is sealed.
PRUNING = {"deliveries/models/attempt.py", "triage/privacy.py", "triage/retention.py"}
BROKER_CALLS = {"AsyncResult", "apply_async"}
BROKER_FEATURES = {"celery.chain", "celery.chord", "celery.group", "celery.result"}
TASK_LINES = 5

# How constraints call a model whose own name is long.
SHORT = {
    "deliveryattempt": "attempt",
    "deliveryevent": "event",
    "failuregroup": "group",
    "failurereport": "report",
}


def ours() -> list[type[models.Model]]:
    """Every model of the three apps."""
    return [model for app in APPS for model in apps.get_app_config(app).get_models()]


def app_of(path: Path) -> str:
    """The app to which a file belongs."""
    return path.relative_to(ROOT).parts[0]


def points_up(app: str, target: str) -> bool:
    """Whether a part of ``app`` that names ``target`` looks upwards."""
    return target in RANK and RANK[target] > RANK[app]


def test_foreign_keys_point_down() -> None:
    faults = [
        str(field)
        for model in ours()
        for field in model._meta.get_fields(include_hidden=True)
        if not field.auto_created and isinstance(field.related_model, type)
        if points_up(model._meta.app_label, field.related_model._meta.app_label)
    ]
    assert faults == []


def test_models_are_looked_up_by_name_only_downwards() -> None:
    faults = []
    for path in sources(*APPS):
        for name, call in calls(path):
            if name == "get_model":
                target = text_of(call.args[0]) if call.args else None
                if target is None or points_up(app_of(path), target.split(".")[0]):
                    faults.append(f"{named(path)}:{call.lineno}")
    assert faults == []


def test_migrations_depend_only_downwards() -> None:
    migrations = MigrationLoader(None).disk_migrations
    faults = [
        f"{app}.{name} -> {target}"
        for (app, name), migration in migrations.items()
        if app in RANK
        for target, _ in [*migration.dependencies, *migration.run_before]
        if points_up(app, target)
    ]
    assert faults == []


def url_owners() -> dict[str, str]:
    """Return the app that gives each URL its name; names of libraries are free."""
    owners: dict[str, str] = {}

    def walk(resolver: URLResolver, owner: str) -> None:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLResolver):
                module = getattr(pattern.urlconf_module, "__name__", "").split(".")[0]
                if module in RANK:
                    walk(pattern, module)
            elif isinstance(pattern, URLPattern) and pattern.name:
                owners[pattern.name] = owner

    walk(get_resolver(), "triage")
    return owners


def upward_links(app: str, names: Iterator[str]) -> list[str]:
    """Return the URL names that belong to an app above."""
    owners = url_owners()
    return [name for name in names if points_up(app, owners.get(name, ""))]


def test_templates_link_only_downwards() -> None:
    faults = []
    for app in APPS:
        for path in sorted((TEMPLATES / app).rglob("*.html")):
            names = (first or second for first, second in LINK.findall(markup(path)))
            faults += [f"{named(path)}: {name}" for name in upward_links(app, names)]
    assert faults == []


def test_views_link_only_downwards() -> None:
    faults = []
    for path in sources(*APPS):
        for called, call in calls(path):
            if called in ("reverse", "reverse_lazy", "redirect", "resolve_url"):
                name = (text_of(call.args[0]) if call.args else None) or ""
                faults += [
                    f"{named(path)}:{call.lineno} {name}"
                    for name in upward_links(app_of(path), iter([name]))
                ]
    assert faults == []


def test_templates_include_only_downwards() -> None:
    faults = [
        f"{named(path)}: {target}"
        for app in APPS
        for path in sorted((TEMPLATES / app).rglob("*.html"))
        for target in INCLUSION.findall(markup(path))
        if points_up(app, target.split("/")[0])
    ]
    assert faults == []


def test_components_name_no_page_and_no_app() -> None:
    faults = []
    for path in sorted((TEMPLATES / "components").rglob("*.html")):
        text = markup(path)
        faults += [f"{named(path)}: {each}" for each in LINK.findall(text)]
        faults += [
            f"{named(path)}: {target}"
            for target in INCLUSION.findall(text)
            if not target.startswith("components/")
        ]
    assert faults == []


def test_every_template_that_is_named_exists() -> None:
    faults = [
        f"{named(path)}: {target}"
        for path in templates()
        for target in INCLUSION.findall(markup(path))
        if not target.startswith("admin/") and not (TEMPLATES / target).is_file()
    ]
    assert faults == []


def test_views_render_only_templates_of_their_own_app_or_below() -> None:
    faults = []
    for path in sources(*APPS):
        for node in ast.walk(tree(path)):
            text = text_of(node) if isinstance(node, ast.expr) else None
            match = TEMPLATE_NAME.fullmatch(text or "")
            if match and points_up(app_of(path), match.group(1)):
                faults.append(f"{named(path)}: {text}")
    assert faults == []


def test_no_module_listens_to_signals() -> None:
    faults = [
        f"{named(path)}:{line} {module}"
        for path in sources(*APPS)
        for module, line in imports(path)
        if re.search(r"(^|\.)(signals|dispatch|receiver)(\.|$)", module)
        if not (named(path) == "triage/celery.py" and module.startswith("celery."))
    ]
    assert faults == []


@pytest.mark.parametrize("app", APPS)
@pytest.mark.django_db
def test_no_migration_is_missing(app: str) -> None:
    call_command("makemigrations", app, check=True, dry_run=True, verbosity=0)


def test_only_one_door_leads_to_the_network() -> None:
    faults = [
        f"{named(path)}:{line} {module}"
        for path in sources(*APPS)
        if not named(path).startswith(NETWORK_DOORS)
        for module, line in imports(path)
        if any(f"{module}.".startswith(f"{each}.") for each in NETWORK)
    ]
    assert faults == []


def test_only_named_modules_speak_sql_of_their_own() -> None:
    found = {
        named(path)
        for path in sources(*APPS)
        for name, _ in calls(path)
        if name in ("RawSQL", "cursor", "extra", "raw", "OfRows")
    }
    assert found - OWN_SQL == set()


def test_only_named_modules_may_prune_what_is_sealed() -> None:
    found = {
        named(path)
        for path in sources(*APPS)
        if "undelivered.pruning" in path.read_text(encoding="utf-8")
    }
    assert found - PRUNING == set()


def tasks() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield every function that a broker can call."""
    for path in sources(*APPS):
        for function in functions(path):
            marks = [ast.unparse(mark) for mark in function.decorator_list]
            names = {mark.split("(")[0].split(".")[-1] for mark in marks}
            if names & {"shared_task", "task", "job"}:
                yield path, function


def test_tasks_hold_no_logic() -> None:
    faults = []
    for path, function in tasks():
        body = function.body[1:] if ast.get_docstring(function) else function.body
        lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
        if lines > TASK_LINES:
            faults.append(f"{named(path)}: {function.name} has {lines} lines")
    assert faults == []


def test_tasks_and_jobs_live_in_modules_of_their_own() -> None:
    places = {path.stem for path, _ in tasks()}
    assert places == {"jobs", "tasks"}


def test_the_broker_keeps_no_time_and_no_result() -> None:
    faults = []
    for path in sources(*APPS):
        for name, call in calls(path):
            words = {keyword.arg for keyword in call.keywords}
            if name in BROKER_CALLS or words & {"countdown", "eta"}:
                faults.append(f"{named(path)}:{call.lineno} {name}")
        for module, line in imports(path):
            if module.startswith(tuple(BROKER_FEATURES)):
                faults.append(f"{named(path)}:{line} {module}")
    assert faults == []


def conditions(node: models.Q) -> Iterator[tuple[str, object]]:
    """Yield every comparison of a condition."""
    for child in node.children:
        if isinstance(child, models.Q):
            yield from conditions(child)
        elif isinstance(child, tuple):
            yield child


def admitted(model: type[models.Model], field: str) -> set[object]:
    """Return the values that the constraints of a model admit for a column."""
    values: set[object] = set()
    for constraint in model._meta.constraints:
        if not isinstance(constraint, models.CheckConstraint):
            continue
        if not isinstance(constraint.condition, models.Q):
            continue  # an expression, such as one about a length
        for name, value in conditions(constraint.condition):
            if name in (f"{field}__in", f"{field}__contained_by"):
                values |= set(value)
            elif name == f"{field}__range":
                values |= set(range(value[0], value[1] + 1))
            elif name == field:
                values.add(value)
    return values


def test_the_database_knows_every_choice() -> None:
    faults = []
    for model in ours():
        for field in model._meta.local_concrete_fields:
            inner = getattr(field, "base_field", field)
            choices = {value for value, _ in inner.flatchoices if value != ""}
            if choices and not choices <= admitted(model, field.name):
                faults.append(str(field))
    assert faults == []


def test_constraints_indexes_and_triggers_are_named_after_their_model() -> None:
    faults = []
    for model in ours():
        meta = model._meta
        word = SHORT.get(meta.model_name or "", meta.model_name)
        rules = [*meta.constraints, *meta.indexes, *getattr(meta, "triggers", ())]
        starts = (f"{word}_", f"{meta.model_name}_")
        faults += [
            f"{model.__name__}: {rule.name}"
            for rule in rules
            if not rule.name.startswith(starts)
        ]
    # The one rule that spans two tables is named after the ticket it is about.
    assert faults == ["Resolution: ticket_solved_has_resolution"]


def test_later_work_has_its_four_columns_its_index_and_its_rule() -> None:
    faults = []
    for model in ours():
        meta = model._meta
        if not any(field.name == "due_at" for field in meta.local_concrete_fields):
            continue
        indexes = {each.name: each for each in meta.indexes}
        due = indexes.get(f"{meta.model_name}_due")
        constraints = {each.name for each in meta.constraints}
        if not (
            issubclass(model, DueRow)
            and due is not None
            and due.fields == ["due_at"]
            and due.condition == models.Q(due_at__isnull=False)
            and f"{meta.model_name}_parked_not_due" in constraints
        ):
            faults.append(model.__name__)
    assert faults == []
