"""Reading logs: formats, mappings and rows as events."""

from comity.readers.events.one_event import read_event
from comity.readers.formats.csv_reader import CSV, TSV
from comity.readers.formats.json_reader import JSON, JSONL
from comity.readers.formats.parquet_reader import PARQUET
from comity.readers.log import Log
from comity.readers.mapping.load_mapping import load_mapping
from comity.readers.mapping.mapping import FieldRule, LogFormat, Mapping, Only
from comity.readers.mapping.options import mapping_from_options, with_dedupe, with_options
from comity.readers.mapping.profile import Profile, find_mapping
from comity.readers.reader import FolderFormat, Reader, ReaderOption
from comity.readers.row_batch import BadRow, RowBatch
from comity.readers.row_counts import RowCounts
from comity.results.report import Rejection

Batch = RowBatch
"""The older name of `RowBatch`."""
Tally = RowCounts
"""The older name of `RowCounts`."""
BUILTIN_READERS = (CSV, TSV, JSONL, JSON, PARQUET)
"""The formats that need no plugin."""

__all__ = [
    "BUILTIN_READERS",
    "BadRow",
    "Batch",
    "FieldRule",
    "FolderFormat",
    "Log",
    "LogFormat",
    "Mapping",
    "Only",
    "Profile",
    "Reader",
    "ReaderOption",
    "Rejection",
    "RowBatch",
    "RowCounts",
    "Tally",
    "find_mapping",
    "load_mapping",
    "mapping_from_options",
    "read_event",
    "with_dedupe",
    "with_options",
]
