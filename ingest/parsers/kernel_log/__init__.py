"""Logs of the kernel and of the daemons that decode its errors."""

from ingest.parsers.kernel_log.parser import KernelLogParser

__all__ = ["KernelLogParser"]
