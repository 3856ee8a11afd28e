"""Ranges of records worked on side by side: in this process, in several of this machine, or on a cluster."""

from ticketferry.ranges.executor import HERE, Executor, RangeWork
from ticketferry.ranges.processes import Processes

__all__ = ["HERE", "Executor", "Processes", "RangeWork"]
