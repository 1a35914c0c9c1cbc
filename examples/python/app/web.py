"""The WSGI application: GET and POST /notes, GET /health."""

import json
from collections.abc import Callable, Iterable
from http import HTTPStatus

from app.notes import Notes

MOST_BYTES = 10_000

Answer = tuple[HTTPStatus, object]


class Application:
    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._routes: dict[str, dict[str, Callable[[dict], Answer]]] = {
            "/": {"GET": self._list},
            "/notes": {"GET": self._list, "POST": self._add},
            "/health": {"GET": lambda _: (HTTPStatus.OK, {"status": "ok"})},
        }

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        methods = self._routes.get(environ.get("PATH_INFO", ""))
        handler = methods and methods.get(environ["REQUEST_METHOD"])
        if handler:
            status, value = handler(environ)
        elif methods:
            status, value = HTTPStatus.METHOD_NOT_ALLOWED, {"error": "allowed: " + ", ".join(methods)}
        else:
            status, value = HTTPStatus.NOT_FOUND, {"error": "no such page"}
        body = json.dumps(value).encode() + b"\n"
        start_response(
            f"{status.value} {status.phrase}",
            [("Content-Type", "application/json"), ("Content-Length", str(len(body)))],
        )
        return [body]

    def _list(self, _: dict) -> Answer:
        return HTTPStatus.OK, {"notes": self._notes.all()}

    def _add(self, environ: dict) -> Answer:
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            if length > MOST_BYTES:
                return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": f"at most {MOST_BYTES} bytes"}
            self._notes.add(environ["wsgi.input"].read(length).decode())
        except ValueError as error:  # a UnicodeDecodeError is one too
            return HTTPStatus.BAD_REQUEST, {"error": str(error)}
        return HTTPStatus.CREATED, {"notes": self._notes.all()}
