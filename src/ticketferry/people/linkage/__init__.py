"""Near matches: who may be one although no exact key says so, with a score and the reasons for it."""
