"""A second, deliberately simple comparison of two desks by their verbatim records: it shares no code with what it judges."""
