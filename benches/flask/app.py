"""The session of a shop in Flask: signed, in a cookie, with the payload "standard"."""

import os

from flask import Flask, session

app = Flask(__name__)
# The parent process draws it, so that all workers have the same one.
app.secret_key = os.environ["FLASK_KEY"]


@app.get("/begin")
def begin():
    session.update(
        user=815_162,
        visits=1,
        theme="Dark",
        csrf=[0xA5] * 16,
        cart=[{"sku": sku, "qty": 2} for sku in (100_001, 200_002, 300_003)],
        name="Alice Liddell",
        logged_in_at=1_800_000_000,
    )
    return "1"


@app.get("/read")
def read():
    return str(session.get("visits", 0))


@app.get("/write")
def write():
    session["visits"] = session.get("visits", 0) + 1
    return str(session["visits"])


@app.get("/untouched")
def untouched():
    return "1"
