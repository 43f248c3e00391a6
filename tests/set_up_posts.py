"""Which pages set up rules, webhooks and macros, and what does each ask for?"""

PAGES = (
    ("rules", "rule.read"),
    ("rule", "rule.read"),
    ("rule_new", "rule.teach"),
    ("rule_change", "rule.teach"),
    ("rule_rehearsal", "rule.read"),
    ("confusion", "analytics.read"),
    ("webhooks", "webhook.browse"),
    ("webhook", "webhook.browse"),
    ("webhook_change", "webhook.browse"),
    ("webhook_deletion", "webhook.browse"),
    ("macros", "macro.manage"),
    ("macro_new", "macro.manage"),
    ("macro", "macro.manage"),
    ("text_new", "macro.manage"),
    ("text", "macro.manage"),
)
