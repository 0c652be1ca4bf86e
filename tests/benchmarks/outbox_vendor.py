"""The vendor of the outbox's benchmark: `python -m tests.benchmarks.outbox_vendor SECONDS` answers after that time.

It prints the port it listens at, and ends with the process that started it.
"""

import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Vendor(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    seconds = 0.0

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.seconds:
            time.sleep(self.seconds)
        body = b'{"id": "1"}'
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Quiet."""


if __name__ == "__main__":
    Vendor.seconds = float(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    server.serve_forever()
