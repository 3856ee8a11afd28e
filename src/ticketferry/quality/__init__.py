"""What is wrong in a desk, found before it is moved."""
