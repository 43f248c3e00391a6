"""Which pages of the knowledge are there, and which action does each ask for?"""

PAGES = (
    ("knowledge", "article.read_internal"),
    ("article", "article.read_internal"),
    ("article_work", "ticket.list"),
    ("categories", "category.read"),
    ("category", "category.read"),
    ("article_new", "article.draft"),
    ("article_edit", "article.draft"),
    ("article_titles", "article.draft"),
    ("article_languages", "article.read_internal"),
    ("article_history", "article.read_internal"),
    ("article_version", "article.read_internal"),
    ("articles_export", "article.read_internal"),
    ("missed_searches", "article.draft"),
    ("missed_search_article", "article.draft"),
    ("taxonomy_csv", "category.read"),
    ("taxonomy_json", "category.read"),
    ("ticket_article", "article.draft"),
)
