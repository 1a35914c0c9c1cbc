defmodule Guestbook.MixProject do
  use Mix.Project

  def project do
    [
      app: :guestbook,
      version: "1.0.0",
      elixir: "~> 1.15",
      start_permanent: Mix.env() == :prod,
      deps: deps()
    ]
  end

  def application do
    [mod: {Guestbook.Application, []}, extra_applications: [:logger, :runtime_tools]]
  end

  defp deps do
    [
      {:bandit, "~> 1.8"},
      {:jason, "~> 1.4"},
      {:phoenix, "~> 1.8.0"},
      {:phoenix_html, "~> 4.2"}
    ]
  end
end
