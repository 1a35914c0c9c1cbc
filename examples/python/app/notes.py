"""The notes, in memory: they are lost when the service stops."""

from threading import Lock

MOST_NOTES = 100
MOST_CHARACTERS = 500


class Notes:
    def __init__(self) -> None:
        self._lock = Lock()
        self._texts: list[str] = []

    def add(self, text: str) -> None:
        """Stores text. If there are too many notes, the oldest is removed. Invalid text raises a ValueError."""
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
