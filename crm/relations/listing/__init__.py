"""The list of relations as its address asks for it: filters, columns, orders, and one page of rows.

`filters.register` and `columns.register` are the seams: a later slice adds a small class of its own. What an address
says is read by `asked.read`, and written back by `Asked.link`, so that a link shows exactly what its maker saw.
"""
