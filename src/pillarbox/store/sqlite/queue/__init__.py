"""Mail on its way out, in a database of its own that all processes share.

kept          the verbs: `SqliteQueue`
adding claiming settling filters keeping spending      what each does, within a transaction
destinations  whose turn it is
rows          values from rows, and rows from values
promises      what must hold, and what breaks it
"""

from .kept import SqliteQueue

__all__ = ["SqliteQueue"]
