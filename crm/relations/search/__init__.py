"""Typo-tolerant search of relations; design/performance.md 7.

`query.find` answers, `index.refresh` keeps the tables, `words` keeps the vocabulary of this process, `keys` knows
the notations of what is never fuzzy. Nothing here imports Django's models at package import.
"""
