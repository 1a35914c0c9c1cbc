defmodule GuestbookWeb.Endpoint do
  use Phoenix.Endpoint, otp_app: :guestbook

  @session [store: :cookie, key: "_guestbook", signing_salt: "guestbook", same_site: "Lax"]

  plug Plug.RequestId
  plug Plug.Parsers, parsers: [:urlencoded], pass: ["*/*"], length: 10_000
  plug Plug.Head
  plug Plug.Session, @session
  plug GuestbookWeb.Router
end
