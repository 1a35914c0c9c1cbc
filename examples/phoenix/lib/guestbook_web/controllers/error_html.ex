defmodule GuestbookWeb.ErrorHTML do
  @moduledoc "What a visitor sees when something fails: 404.html, 500.html."

  def render(template, _assigns), do: Phoenix.Controller.status_message_from_template(template)
end
