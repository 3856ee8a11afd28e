"""Sites to begin with, and made-up requests to fill them."""
