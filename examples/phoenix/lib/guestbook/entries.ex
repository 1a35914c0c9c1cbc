defmodule Guestbook.Entries do
  @moduledoc "The newest entries, kept in memory: they are gone when the service stops."

  use Agent

  @most 50

  def start_link(_), do: Agent.start_link(fn -> [] end, name: __MODULE__)

  def all, do: Agent.get(__MODULE__, & &1)

  @doc "Adds a text of 1 to 500 characters."
  def add(text) when is_binary(text) do
    text = String.trim(text)

    if text != "" and String.length(text) <= 500 do
      Agent.update(__MODULE__, &Enum.take([text | &1], @most))
    else
      {:error, "an entry has 1 to 500 characters"}
    end
  end

  def add(_), do: {:error, "an entry is a text"}
end
