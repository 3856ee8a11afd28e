"""A stand-in of an Intercom workspace for tests, demonstrations and rehearsals: `IntercomEmulator`."""

from ticketferry_emulators.intercom.app import IntercomEmulator
from ticketferry_emulators.intercom.models.state import SampleWorkspace
from ticketferry_emulators.intercom.seed.other import empty_desk
from ticketferry_emulators.intercom.seed.sample import generate

__all__ = ["IntercomEmulator", "SampleWorkspace", "empty_desk", "generate"]
