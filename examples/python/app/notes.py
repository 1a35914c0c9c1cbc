"""The notes, kept in memory: they are gone when the service stops."""

from threading import Lock

MOST_NOTES = 100
MOST_CHARACTERS = 500


class Notes:
    def __init__(self) -> None:
        self._lock = Lock()
        self._texts: list[str] = []

    def add(self, text: str) -> None:
        """Keeps text; the oldest note goes where there are too many. ValueError says what is wrong with it."""
        text = text.strip()
        if not text:
            raise ValueError("a note must not be empty")
        if len(text) > MOST_CHARACTERS:
            raise ValueError(f"a note has at most {MOST_CHARACTERS} characters")
        with self._lock:
            self._texts = [*self._texts, text][-MOST_NOTES:]

    def all(self) -> list[str]:
        with self._lock:
            return list(self._texts)
