"""Key figures of a desk: how long people waited, how often tickets came back; the same definitions before and after a move."""
