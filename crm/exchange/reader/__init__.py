"""Runs in a process of its own and reads a file that somebody gave us. Knows no Django and none of our models."""
