"""Base classes that several families of distributions share."""
