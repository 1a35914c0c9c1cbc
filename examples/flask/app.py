"""A poll: GET / shows it, POST /votes adds a vote, GET /results returns the counts."""

import os
import sqlite3
from contextlib import closing

from flask import Flask, abort, g, jsonify, redirect, render_template, request, url_for

CHOICES = ("Tea", "Coffee", "Water")

app = Flask(__name__)
app.config["DATABASE"] = os.environ.get("DATABASE", "poll.sqlite3")


def database() -> sqlite3.Connection:
    """Returns the database connection of this request."""
    if "database" not in g:
        g.database = sqlite3.connect(app.config["DATABASE"])
    return g.database


@app.teardown_appcontext
def close_database(_: BaseException | None) -> None:
    connection = g.pop("database", None)
    if connection is not None:
        connection.close()


@app.cli.command("create-tables")
def create_tables() -> None:
    """Creates the table if it does not exist. Run it after the installation."""
    with closing(sqlite3.connect(app.config["DATABASE"])) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS votes (choice TEXT NOT NULL)")


@app.get("/")
def poll() -> str:
    return render_template("poll.html", choices=CHOICES)


@app.post("/votes")
def vote():
    choice = request.form.get("choice")
    if choice not in CHOICES:
        abort(400, f"choose one of {', '.join(CHOICES)}")
    with database() as connection:
        connection.execute("INSERT INTO votes (choice) VALUES (?)", (choice,))
    return redirect(url_for("results"), code=303)


@app.get("/results")
def results():
    counted = database().execute("SELECT choice, count(*) FROM votes GROUP BY choice")
    return jsonify(dict.fromkeys(CHOICES, 0) | dict(counted))


@app.get("/health")
def health():
    return jsonify(status="ok")
