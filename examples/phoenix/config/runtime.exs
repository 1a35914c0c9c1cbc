import Config

if System.get_env("PHX_SERVER") do
  config :guestbook, GuestbookWeb.Endpoint, server: true
end

# Read when the release starts. The settings come from /etc/conf.d/phoenix on the machine.
if config_env() == :prod do
  secret_key_base =
    System.get_env("SECRET_KEY_BASE") ||
      raise "set SECRET_KEY_BASE in /etc/conf.d/phoenix; `mix phx.gen.secret` makes one"

  config :guestbook, GuestbookWeb.Endpoint,
    http: [ip: {0, 0, 0, 0}, port: String.to_integer(System.get_env("PORT", "4000"))],
    url: [host: System.get_env("PHX_HOST", "localhost")],
    secret_key_base: secret_key_base
end
