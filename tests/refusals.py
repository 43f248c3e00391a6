"""Which rule of the database refuses a write, and does every rule have its test?"""

import re
from collections.abc import Callable

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

Write = Callable[[], object]
FUNCTION = re.compile(r"function pgtrigger_(\w+)_[0-9a-f]{5}\(")


def rules_of(app: str) -> set[str]:
    """Every named constraint and refusing trigger of an app, as ``Model.rule``."""
    found = set()
    for model in apps.get_app_config(app).get_models():
        triggers = getattr(model._meta, "triggers", ())
        refusing = [each for each in triggers if "RAISE" in str(each.func)]
        for rule in (*model._meta.constraints, *refusing):
            found.add(f"{model.__name__}.{rule.name}")
    return found


def refused_by(write: Write) -> str:
    """Return the name of the rule that refuses a write; nothing if none does.

    Rules that wait for the end of a transaction are asked at once.
    """
    try:
        with transaction.atomic():
            write()
            connection.check_constraints()
    except IntegrityError as error:
        return _rule(error)
    return ""


def _rule(error: IntegrityError) -> str:
    diagnostics = getattr(error.__cause__, "diag", None)
    name = getattr(diagnostics, "constraint_name", None)
    if name:
        return str(name)
    match = FUNCTION.search(getattr(diagnostics, "context", None) or "")
    return match.group(1) if match else str(error)


def without(model: type[models.Model], rule: str) -> None:
    """Take a rule away until the end of the transaction.

    Needed where one value breaks two rules, and the other one always speaks first.
    """
    constraint = next(each for each in model._meta.constraints if each.name == rule)
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)
