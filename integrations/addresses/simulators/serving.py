"""What every simulator of an address service does the same: serve from a thread, remember, and play a fault.

Standard library only; knows nothing of ours.
"""

import threading
from collections import deque
from contextlib import contextmanager
from http.server import ThreadingHTTPServer


class ServedSimulator:
    """A subclass gives `base_path`, `all_faults()` and `handler()`, and calls `_serve` when it has its addresses."""

    base_path = ""

    def _serve(self, host, port, fault):
        self.fault = fault
        self.questions = deque(maxlen=100)
        self._server = ThreadingHTTPServer((host, port), self.handler())
        self._server.daemon_threads = True
        self.page_url = f"http://{host}:{self._server.server_address[1]}/"
        self.url = self.page_url.rstrip("/") + self.base_path

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error):
        self._server.shutdown()
        self._server.server_close()

    def serve_forever(self):
        with self._server:
            self._server.serve_forever()

    @contextmanager
    def failing(self, fault):
        """Play a fault for as long as the block lasts."""
        if fault not in self.all_faults():
            raise ValueError(fault)
        before, self.fault = self.fault, fault
        try:
            yield self
        finally:
            self.fault = before
