"""Error pages for people, in the shell: what happened and the next step, and never what went wrong inside."""

from flask import Flask, Response, render_template
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import HTTPException


def install(app: Flask) -> None:
    """Answer with our page; an application that also has endpoints for programs registers its own handler after."""
    app.register_error_handler(HTTPException, show)


def show(fault: HTTPException) -> ResponseReturnValue:
    """The error page for an HTTP status."""
    status = fault.code or 500
    title, text = _words(status)
    if request_ctx.url_adapter is None:  # no address can be built for a `Host` that is no name
        return Response(f"{title}\n{text}\n", status, mimetype="text/plain")
    return render_template("error.html", status=status, title=title, text=text), status


def _words(status: int) -> tuple[str, str]:
    match status:
        case 403:
            return (
                gettext("Not for you"),
                gettext(
                    "Your sign-in does not allow this. An owner of the account or the operator can do it."
                ),
            )
        case 404:
            return (
                gettext("Nothing here"),
                gettext("There is no page at this address, or it belongs to another account."),
            )
        case 400:
            return (
                gettext("Not understood"),
                gettext(
                    "The form or address was incomplete or too old. Go back, load the page again and retry."
                ),
            )
        case 405 | 408 | 413:
            return (gettext("Not accepted"), gettext("This address does not accept what was sent to it."))
        case 503:
            return (gettext("Busy"), gettext("The gateway cannot answer just now. Try again in a moment."))
    return (
        gettext("Something went wrong"),
        gettext("The fault is ours and has been logged. Try again; if it stays, tell the operator the time."),
    )
