"""An audit by sample: which tickets a person looks at, side by side, and what the defects found among them say of all."""
