"""Who lives in the demo world, and with which password do they log in?"""

PASSWORD = "undelivered-demo"  # noqa: S105  # printed on purpose, refused without DEBUG

# User name, password, and the role in words.
ACCOUNTS = (
    ("ana", PASSWORD, "agent"),
    ("leo", PASSWORD, "team lead"),
    ("mia", PASSWORD, "editor"),
    ("admin", PASSWORD, "administrator"),
)
