"""A worker of its own: carry the bulk resends of one database on, until they are over.

``python -m tests.faults.resend_on DATABASE``
"""

import sys

import django
from django.db import connection
from django.utils.module_loading import import_string

if __name__ == "__main__":
    django.setup()
    connection.settings_dict["NAME"] = sys.argv[1]
    # Models cannot be imported before Django is set up.
    import_string("tests.resends.go_on")()
