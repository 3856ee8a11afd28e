"""A migration as a library: `Project.load(folder)` and the stages that the command line calls."""

from ticketferry.project.config import Config, DeskConfig, load_config
from ticketferry.project.project import Project

__all__ = ["Config", "DeskConfig", "Project", "load_config"]
