"""The formatters that are built in."""

from __future__ import annotations

from comity.formatters.formatter import Formatter
from comity.formatters.machine import write_csv, write_json, write_jsonl, write_parquet
from comity.formatters.text import write_text

BUILTIN_FORMATTERS = (
    Formatter("text", write_text, notices=True),
    Formatter("json", write_json, notices=True, columns=True),
    Formatter("jsonl", write_jsonl, columns=True),
    Formatter("csv", write_csv, columns=True),
    Formatter("parquet", write_parquet, binary=True, columns=True),
)
