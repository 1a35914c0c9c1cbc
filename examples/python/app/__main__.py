"""Listens on $PORT, and finishes running requests after SIGTERM."""

import os
import signal
import sys
from socketserver import ThreadingMixIn
from threading import Thread
from wsgiref.simple_server import WSGIServer, make_server

from app.notes import Notes
from app.web import Application


class Server(ThreadingMixIn, WSGIServer):
    """Uses one thread for each request, and waits for them when it stops."""

    daemon_threads = False


def main() -> int:
    port = os.environ.get("PORT", "8000")
    try:
        server = make_server("0.0.0.0", int(port), Application(Notes()), server_class=Server)
    except (OSError, ValueError) as error:
        print(f"python: port {port}: {error}", file=sys.stderr)
        return 1

    def stop(*_: object) -> None:
        Thread(target=server.shutdown).start()  # it waits for serve_forever, which this thread runs

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"listening on port {server.server_port}")
    with server:
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
