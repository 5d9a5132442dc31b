"""S3 on loopback: moto's application, with conditional writes in four qualities.

    s3_server.py PORT atomic|racing|create-only|none

moto looks whether a condition holds and writes afterwards, without a lock in between, so that of two
writers at once both may pass (racing). Under one lock for every request (atomic) at most one does.
Some look-alikes of S3 heed `If-None-Match` alone (create-only), or no condition at all (none).
"""

import sys
import threading

from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import run_simple

DROPPED = {
    "atomic": [],
    "racing": [],
    "create-only": ["HTTP_IF_MATCH"],
    "none": ["HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"],
}


class Application:
    def __init__(self, quality):
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.dropped = DROPPED[quality]
        self.turn = threading.Lock() if quality != "racing" else None

    def __call__(self, environ, start_response):
        if environ["REQUEST_METHOD"] == "PUT":
            for header in self.dropped:
                environ.pop(header, None)
        if self.turn is None:
            return self.moto(environ, start_response)
        with self.turn:
            # A lazy answer would be made after the lock is gone.
            return list(self.moto(environ, start_response))


if __name__ == "__main__":
    if sys.argv[2] == "racing":
        # Threads take turns as often as they can, as they would on many processors.
        sys.setswitchinterval(1e-5)
    run_simple(
        "127.0.0.1",
        int(sys.argv[1]),
        Application(sys.argv[2]),
        threaded=True,
        request_handler=MotoRequestHandler,
    )
