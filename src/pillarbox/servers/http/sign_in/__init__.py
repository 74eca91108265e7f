"""People at a page: signed in by a cookie that nobody else's page can use."""
