import Config

config :guestbook, GuestbookWeb.Endpoint,
  adapter: Bandit.PhoenixAdapter,
  http: [port: 4000],
  url: [host: "localhost"],
  # for development only; runtime.exs sets the key for production
  secret_key_base: String.duplicate("development ", 6),
  render_errors: [formats: [html: GuestbookWeb.ErrorHTML], layout: false]

config :phoenix, :json_library, Jason
