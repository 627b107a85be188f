"""Takes in histories that were kept elsewhere, as people's word: tables of installations and of failures."""

from reanimator.history_import.importing import Files, import_files
from reanimator.history_import.outcome import Outcome, Rejected
from reanimator.history_import.table import UnreadableTable

__all__ = ["Files", "Outcome", "Rejected", "UnreadableTable", "import_files"]
