defmodule GuestbookWeb.EntryController do
  use Phoenix.Controller, formats: []

  import Plug.Conn

  alias Guestbook.Entries

  def index(conn, _params) do
    html(conn, page(Entries.all()))
  end

  def create(conn, params) do
    case Entries.add(params["text"]) do
      :ok -> redirect(conn, to: "/")
      {:error, message} -> conn |> put_status(400) |> text(message)
    end
  end

  def health(conn, _params) do
    json(conn, %{status: "ok"})
  end

  # One page needs no template engine. Text of visitors is escaped.
  defp page(entries) do
    """
    <!doctype html>
    <html lang="en">
      <head><meta charset="utf-8"><title>Guest book</title></head>
      <body>
        <main>
          <h1>Guest book</h1>
          <form method="post" action="/entries">
            <input type="hidden" name="_csrf_token" value="#{Plug.CSRFProtection.get_csrf_token()}">
            <label>Entry <input name="text" maxlength="500" required></label>
            <button>Sign</button>
          </form>
          <ul>#{Enum.map(entries, &["<li>", escape(&1), "</li>"])}</ul>
        </main>
      </body>
    </html>
    """
  end

  defp escape(text), do: text |> Phoenix.HTML.html_escape() |> Phoenix.HTML.safe_to_string()
end
