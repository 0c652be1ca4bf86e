"""Start the simulator alone."""

import argparse
import contextlib
import signal
import sys

from .server import ExactOnlineSimulator


def main():
    parser = argparse.ArgumentParser(prog="exact_online", description="Exact Online, nagebootst.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8391)
    parser.add_argument("--data", help="SQLite file to keep the records in; without it they are gone at the end")
    parser.add_argument("--client-id", default="schakel-demo")
    parser.add_argument("--client-secret", default="demo-geheim")
    parser.add_argument("--division", type=int, default=123456)
    parser.add_argument("--no-limits", action="store_true", help="refuse nobody for calling too often")
    options = parser.parse_args()
    try:
        simulator = ExactOnlineSimulator(
            host=options.host,
            port=options.port,
            data=options.data,
            division=options.division,
            client_id=options.client_id,
            client_secret=options.client_secret,
            limits=not options.no_limits,
        )
    except OSError as error:
        sys.exit(f"Port {options.port} cannot be used ({error.strerror}); choose another with --port.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.stdout.write(f"Exact Online (simulator): {simulator.url}\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        simulator.serve_forever()


if __name__ == "__main__":
    main()
