"""What talks to desks: extract, apply, verify, rollback."""
