from django.test import TestCase

from books.models import Book


class BooksTest(TestCase):
    def test_a_book_is_added(self) -> None:
        answer = self.client.post("/", {"title": "Momo", "author": "M. Ende"})
        self.assertRedirects(answer, "/")
        self.assertContains(self.client.get("/"), "Momo, M. Ende")

    def test_a_book_needs_an_author(self) -> None:
        self.assertEqual(self.client.post("/", {"title": "Momo"}).status_code, 400)
        self.assertFalse(Book.objects.exists())

    def test_health(self) -> None:
        self.assertEqual(self.client.get("/health").json(), {"status": "ok"})
