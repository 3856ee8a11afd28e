"""The sample desk of the Zendesk stand-in: pure functions from (seed, number) to wire records, no network and no clock."""
