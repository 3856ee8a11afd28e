"""The parts of the sample desk: pure functions from (seed, number) to wire records, no network and no clock."""
