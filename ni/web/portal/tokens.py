"""API tokens: with which programs administer the account or, made by the operator, the instance; shown once."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, DateField, SelectMultipleField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import Optional

from ni.access.admin_tokens import SCOPES, AdminToken, TokenSpec
from ni.access.key_spec import end_of_day
from ni.access.refusals import Refused
from ni.web.portal.context import person, services
from ni.web.portal.forms import PageForm, blame, entered, name_field
from ni.web.security import AccessRule, authorised

bp = Blueprint("tokens", __name__, url_prefix="/portal/tokens")


def _require_scope(form: PageForm, field: SelectMultipleField) -> None:
    if not field.data:
        raise ValidationError(gettext("Choose at least one scope."))


class TokenForm(PageForm):
    """A new token; `operator` is asked of operators alone."""

    name = name_field(lazy_gettext("Name"))
    scopes = SelectMultipleField(
        lazy_gettext("Scopes"),
        [_require_scope],
        choices=[SelectChoice(scope, scope) for scope in SCOPES],
        description=lazy_gettext("“write” includes “read”."),
    )
    expires_on = DateField(
        lazy_gettext("Expires on"),
        [Optional()],
        description=lazy_gettext("The last day the token works. Leave empty for no expiry."),
    )
    operator = BooleanField(lazy_gettext("For the whole instance, as its operator"))


def _page(form: TokenForm, problem: str = "") -> str:
    tokens = services().access.admin_tokens
    own = list(tokens.list(None)) if person().operator else []
    return render_template(
        "portal/tokens.html",
        form=form,
        problem=problem,
        tokens=[*own, *tokens.list(person().account_id)],
        now=services().clock.now(),
    )


@bp.get("")
@authorised(AccessRule.OWNER)
def show() -> ResponseReturnValue:
    """The tokens of the account, those of the instance for its operator, and the form for a new one."""
    return _page(TokenForm())


@bp.post("")
@authorised(AccessRule.OWNER)
def create() -> ResponseReturnValue:
    """Make a token and show it in this response alone."""
    form, user = TokenForm(request.form), person()
    if not form.validate():
        return _page(form), 400
    for_all = bool(form.operator.data)
    if for_all and not user.operator:
        abort(403)
    try:
        day, account_id = form.expires_on.data, None if for_all else user.account_id
        end = end_of_day(day, user.time_zone, "expires_on") if day else None
        spec = TokenSpec(entered(form.name), frozenset(form.scopes.data or ()), account_id, end)
        _, text = services().access.admin_tokens.create(spec, user.user_id)
    except Refused as refusal:
        return _page(form, blame(form, refusal)), 400
    return render_template("portal/token_created.html", name=spec.name, text=text)


@bp.get("/<token_id>/revoke")
@authorised(AccessRule.OWNER)
def confirm(token_id: str) -> ResponseReturnValue:
    """Ask before refusing the token for good."""
    return render_template("portal/token_revoke.html", token=_find(token_id))


@bp.post("/<token_id>/revoke")
@authorised(AccessRule.OWNER)
def revoke(token_id: str) -> ResponseReturnValue:
    """Refuse the token from now on."""
    token = _find(token_id)
    services().access.admin_tokens.revoke(token.id, token.account_id)
    flash(gettext("The token “%(name)s” is revoked.", name=token.name), "success")
    return redirect(url_for("tokens.show"), 303)


def _find(token_id: str) -> AdminToken:
    """A token that the person may revoke and that is not revoked yet."""
    tokens, user = services().access.admin_tokens, person()
    seen = [*tokens.list(user.account_id), *(tokens.list(None) if user.operator else ())]
    found = [token for token in seen if token.id == token_id and token.revoked_at is None]
    return found[0] if found else abort(404)
