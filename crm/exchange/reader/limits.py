"""How much a file may hold (design/reliability.md 24). Knows no Django: the process that reads files imports it."""

MOST_BYTES = 100 * 1024 * 1024
MOST_ROWS = 250_000
MOST_COLUMNS = 300
MOST_CELL_BYTES = 64 * 1024
MOST_MEMORY_BYTES = 260 * 1024 * 1024  # of its own; what it shares with other processes is not counted
MOST_ADDRESS_BYTES = 1024 * 1024 * 1024
MOST_SECONDS = 25
# of a ZIP, which an XLSX is
MOST_ENTRIES = 2_000
MOST_UNPACKED_BYTES = 1024 * 1024 * 1024
MOST_RATIO = 200
# below so many bytes a good ratio is nothing strange: a small sheet of blanks
RATIO_FROM_BYTES = 10 * 1024 * 1024
