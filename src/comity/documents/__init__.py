"""TOML files that people write: their places, and strict structuring that reports all faults at once."""

from comity.documents.document import Document, load_document
from comity.documents.positions import Path
from comity.documents.structure import (
    Fault,
    Faults,
    Origin,
    exactly,
    faults_of,
    key_of,
    not_among,
    place_faults,
    strict_converter,
    structure,
    unknown_key,
    written,
    wrong_type,
)

__all__ = [
    "Document",
    "Fault",
    "Faults",
    "Origin",
    "Path",
    "exactly",
    "faults_of",
    "key_of",
    "load_document",
    "not_among",
    "place_faults",
    "strict_converter",
    "structure",
    "unknown_key",
    "written",
    "wrong_type",
]
