defmodule GuestbookWeb.Router do
  use Phoenix.Router, helpers: false

  import Plug.Conn
  import Phoenix.Controller

  pipeline :browser do
    plug :accepts, ["html"]
    plug :fetch_session
    plug :protect_from_forgery
    plug :put_secure_browser_headers
  end

  scope "/", GuestbookWeb do
    get "/health", EntryController, :health
  end

  scope "/", GuestbookWeb do
    pipe_through :browser

    get "/", EntryController, :index
    post "/entries", EntryController, :create
  end
end
