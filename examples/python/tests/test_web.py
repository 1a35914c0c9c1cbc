"""Calls the application as a server does."""

import io
import json
import unittest

from app.notes import MOST_NOTES, Notes
from app.web import Application


class WebTest(unittest.TestCase):
    def setUp(self) -> None:
        self.application = Application(Notes())

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, dict]:
        statuses: list[str] = []
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        answer = b"".join(self.application(environ, lambda status, _: statuses.append(status)))
        return int(statuses[0].split()[0]), json.loads(answer)

    def test_routes(self) -> None:
        for method, path, code in [
            ("GET", "/", 200),
            ("GET", "/health", 200),
            ("POST", "/health", 405),
            ("GET", "/nothing", 404),
        ]:
            with self.subTest(method=method, path=path):
                self.assertEqual(self.ask(method, path)[0], code)

    def test_notes_are_kept(self) -> None:
        self.assertEqual(self.ask("POST", "/notes", "  Tee für Ada ".encode())[0], 201)
        self.assertEqual(self.ask("GET", "/notes"), (200, {"notes": ["Tee für Ada"]}))

    def test_bad_notes(self) -> None:
        for body, code in [(b" ", 400), (b"\xff", 400), (b"x" * 501, 400), (b"x" * 10_001, 413)]:
            with self.subTest(length=len(body)):
                self.assertEqual(self.ask("POST", "/notes", body)[0], code)

    def test_the_oldest_goes(self) -> None:
        for number in range(MOST_NOTES + 1):
            self.ask("POST", "/notes", str(number).encode())
        notes = self.ask("GET", "/notes")[1]["notes"]
        self.assertEqual((len(notes), notes[0]), (MOST_NOTES, "1"))


if __name__ == "__main__":
    unittest.main()
