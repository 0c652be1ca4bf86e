"""Realistic Dutch relations out of nothing, the same for the same seed: to try, to measure, to break things on.

`words` has the lists, `people` and `organisations` make up plain rows, `writing` puts them in the database.
"""
