"""Rows of the table of distributions: a vector or matrix per draw.

How to write a row stands in cases.py.
"""
ROWS = []
