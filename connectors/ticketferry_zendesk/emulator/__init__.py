"""A stand-in of the Zendesk Support API for tests, demonstrations and rehearsals: `ZendeskEmulator`."""

from .app import ZendeskEmulator
from .life import LiveDesk
from .seed import SampleDesk, generate, load, save

__all__ = ["LiveDesk", "SampleDesk", "ZendeskEmulator", "generate", "load", "save"]
