"""What an Intercom workspace holds and how it behaves; no HTTP."""
