"""The types of Spark as those of Arrow, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_type

from comity.errors import UsageError

if TYPE_CHECKING:
    from pyspark.sql.types import StructType


def arrow_schema(frame: StructType) -> pa.Schema:
    """Return the schema that workers see; raises UsageError for a column that Spark cannot send to them."""
    fields = []
    for each in frame.fields:
        try:
            fields.append(pa.field(each.name, to_arrow_type(each.dataType, timezone="UTC"), each.nullable))
        except Exception as error:  # pyspark has several classes of errors for it.
            kind = each.dataType.simpleString()
            raise UsageError(
                f"the column `{each.name}` has values of the type `{kind}`, which Spark does not send to "
                "Python: cast it to a text, a number or a timestamp"
            ) from error
    return pa.schema(fields)


def spark_schema(rows: pa.Schema) -> StructType:
    """Return the schema of Spark for rows of an auditor; instants are timestamps with a zone."""
    return from_arrow_schema(rows, prefer_timestamp_ntz=True)
