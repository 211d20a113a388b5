"""A small application in Flask. `tests/tests/flask` asks it and an application of ours the same questions."""

import os
import secrets
import sys
import threading
import time

from flask import Flask, flash, get_flashed_messages, redirect, request, session
from werkzeug.serving import make_server

app = Flask(__name__)
app.secret_key = os.environ.get("KEY")
if os.environ.get("REDIS"):
    import redis
    from flask_session import Session

    app.config["SESSION_TYPE"] = "redis"
    app.config["SESSION_REDIS"] = redis.Redis.from_url(os.environ["REDIS"])
    app.config["SESSION_PERMANENT"] = False
    Session(app)


@app.get("/count")
def count():
    session["visits"] = session.get("visits", 0) + 1
    return str(session["visits"])


@app.get("/count-slowly")
def count_slowly():
    visits = session.get("visits", 0)
    time.sleep(0.3)
    session["visits"] = visits + 1
    return str(session["visits"])


@app.get("/set/<name>")
def set_name(name):
    session["username"] = name
    return "set"


@app.get("/get")
def get_name():
    return session.get("username", "nobody")


@app.get("/same")
def same():
    session["username"] = session["username"]
    return "same"


@app.get("/cart")
def cart():
    return str(len(session.get("cart", [])))


@app.get("/cart/begin")
def begin_cart():
    session["cart"] = ["tea"]
    return "begun"


@app.get("/cart/push")
def push():
    session["cart"].append("biscuits")
    return "pushed"


@app.get("/clear")
def clear():
    session.clear()
    return "cleared"


@app.get("/permanent")
def permanent():
    session.permanent = True
    session["username"] = "alice"
    return "permanent"


@app.get("/big")
def big():
    session["big"] = secrets.token_urlsafe(6000)[:8000]
    return "big"


@app.get("/big/length")
def big_length():
    return str(len(session.get("big", "")))


@app.get("/flash")
def say():
    flash("Saved.")
    return redirect("/shown")


@app.get("/shown")
def shown():
    return " ".join(get_flashed_messages()) or "nothing"


@app.get("/fail")
def fail():
    session["username"] = "mallory"
    raise RuntimeError("told to fail")


@app.get("/slow-change")
def slow_change():
    session.get("username")
    time.sleep(0.4)
    session["visits"] = 7
    return "changed"


server = make_server("127.0.0.1", 0, app, threaded=True)
print(server.server_port, flush=True)
# The test closes this pipe when it ends, also if it fails.
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
server.serve_forever()
