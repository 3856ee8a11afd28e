"""ticketferry moves a help desk to another one: plan, apply, prove, take back."""

__version__ = "0.1.0"
