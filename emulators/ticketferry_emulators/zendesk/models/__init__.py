"""The account: its state and its rules, without HTTP."""
