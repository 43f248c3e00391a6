"""A worker of its own: make the tries that are due in one database, then leave.

``python -m tests.faults.send_once DATABASE``
"""

import sys

import django
from django.db import connection
from django.utils.module_loading import import_string

if __name__ == "__main__":
    django.setup()
    connection.settings_dict["NAME"] = sys.argv[1]
    # Models cannot be imported before Django is set up.
    import_string("deliveries.sending.send_due")()
