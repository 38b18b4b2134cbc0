"""Arithmetic on arrays, Series and sparse matrices: knows no file, noun, policy or command."""
