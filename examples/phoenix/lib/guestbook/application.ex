defmodule Guestbook.Application do
  @moduledoc "Starts the entries, then the server that shows them."

  use Application

  @impl true
  def start(_type, _args) do
    children = [Guestbook.Entries, GuestbookWeb.Endpoint]
    Supervisor.start_link(children, strategy: :one_for_one, name: Guestbook.Supervisor)
  end

  @impl true
  def config_change(changed, _new, removed) do
    GuestbookWeb.Endpoint.config_change(changed, removed)
    :ok
  end
end
