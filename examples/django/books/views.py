from django.forms import ModelForm
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from books.models import Book


class BookForm(ModelForm):
    class Meta:
        model = Book
        fields = ["title", "author"]


@require_http_methods(["GET", "HEAD", "POST"])
def books(request):
    """Lists the books; a POST adds one."""
    form = BookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("books:list")
    status = 400 if form.errors else 200
    return render(request, "books/list.html", {"books": Book.objects.all(), "form": form}, status=status)
