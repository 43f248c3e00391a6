"""How is a part of a benchmark run in a process of its own, with Django set up?

``python -m benchmarks.inside MODULE FUNCTION NUMBER...`` prints what it returns.
"""

import json
import sys
from importlib import import_module

import django

if __name__ == "__main__":
    django.setup()
    _, module, function, *numbers = sys.argv
    # Models cannot be imported before Django is set up.
    part = getattr(import_module(f"benchmarks.{module}"), function)
    print(json.dumps(part(*map(int, numbers))))
