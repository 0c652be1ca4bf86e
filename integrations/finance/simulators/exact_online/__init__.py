"""Exact Online as its contract describes it, to try a coupling against without a bookkeeping.

Knows nothing of ours and needs the standard library alone. Alone:
`python -m integrations.finance.simulators.exact_online --port 8391 --data exact.sqlite3`, then look at its page.
"""

from .server import ExactOnlineSimulator as ExactOnlineSimulator
