"""What emulators are built from: a clock, an HTTP app, faults, limits and a ledger; runtime code that needs no test tool."""
