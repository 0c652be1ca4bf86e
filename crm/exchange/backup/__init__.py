"""The back-up of a whole installation in one sealed file: database, stored files, and digests that prove both.

`sealed` encrypts, `databases` copies a database in one piece while others write, `digests` says what is in it,
`archive` puts them in a file and gets them out.
"""
