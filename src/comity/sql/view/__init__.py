"""Views: a plan as one statement over a table whose columns have the types that rules ask for."""

from comity.sql.view.typed_columns import LogField
from comity.sql.view.view import View, view_of

__all__ = ["LogField", "View", "view_of"]
