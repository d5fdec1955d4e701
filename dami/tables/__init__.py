"""File -> table -> X: reading tables, describing their columns, encoding them as numbers, and the demo tables."""
