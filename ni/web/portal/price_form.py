"""Forms of prices: by token, with every component that the catalog file knows, and by the hour of a machine."""

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, FieldList, Form, FormField, IntegerField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from ni.catalog.hourly import HourlyTerms, read_speed
from ni.catalog.load import read_price
from ni.catalog.price_parts import CLASSES, SINGLE
from ni.domain.money import format_amount, parse_amount
from ni.domain.route import Band, Price
from ni.web.portal.forms import AmountField, PageForm, amount, entered

MOST_BANDS = 6
NEEDED = ("input", "output")


def component_label(name: str) -> str:
    """A component of a price, in words."""
    words = {
        "input": gettext("Input"),
        "cached_input": gettext("Cached input"),
        "cache_write": gettext("Cache write"),
        "cache_write_1h": gettext("Cache write, 1 h"),
        "output": gettext("Output"),
        "request": gettext("Per request"),
        "image": gettext("Per image"),
        "margin": gettext("Margin"),
    }
    return str(words[name])


def _amount_field(label: Any, needed: bool = False, unit: str = "USD") -> AmountField:
    return AmountField(label, [InputRequired() if needed else Optional(), amount], unit)


class BandForm(Form):
    """Other prices for calls whose input is longer."""

    above = IntegerField(lazy_gettext("Above, in tokens"), [Optional(), NumberRange(1, 100_000_000)])
    input = _amount_field(lazy_gettext("Input"))
    cached_input = _amount_field(lazy_gettext("Cached input"))
    cache_write = _amount_field(lazy_gettext("Cache write"))
    cache_write_1h = _amount_field(lazy_gettext("Cache write, 1 h"))
    output = _amount_field(lazy_gettext("Output"))


class PriceForm(PageForm):
    """A price that holds from a day on; empty fields are left out, as in a catalog file."""

    since = DateField(lazy_gettext("Applies from"), [InputRequired()])
    input = _amount_field(lazy_gettext("Input"), needed=True)
    cached_input = _amount_field(lazy_gettext("Cached input"))
    cache_write = _amount_field(lazy_gettext("Cache write"))
    cache_write_1h = _amount_field(lazy_gettext("Cache write, 1 h"))
    output = _amount_field(lazy_gettext("Output"), needed=True)
    request = _amount_field(lazy_gettext("Per request"))
    image = _amount_field(lazy_gettext("Per image"))
    margin_percent = _amount_field(lazy_gettext("Margin, in percent"), unit="%")
    bands = FieldList(FormField(BandForm), max_entries=MOST_BANDS)

    @property
    def classes(self) -> Iterator[Any]:
        """The fields of classes of tokens."""
        return (self[name] for name in CLASSES)

    def price(self, owner: str) -> Price:
        """The price. Raises `CatalogFault`."""
        row = _filled(self, (*CLASSES, *SINGLE, "margin_percent"))
        bands = [
            {"above": band.form.above.data, **_filled(band.form, CLASSES)}
            for band in self.bands
            if band.form.above.data
        ]
        return read_price({**row, "since": self.since.data, **({"bands": bands} if bands else {})}, owner)


def _filled(form: Form, names: tuple[str, ...]) -> dict[str, Any]:
    texts = {name: entered(form[name]).strip() for name in names}
    return {name: text for name, text in texts.items() if text}


def values_of(price: Price | None) -> dict[str, Any]:
    """The fields of a form that say what a price says, with room for one band more."""
    if price is None:
        return {"bands": [{}]}
    margin = price.margin_millionths
    bands = [{"above": band.above, **_texts(band)} for band in price.bands]
    return {
        **_texts(price),
        **{name: format_amount(getattr(price, name)) for name in SINGLE if getattr(price, name)},
        "margin_percent": "" if margin is None else format_amount(margin * 100_000, 0),
        "bands": [*bands, {}][:MOST_BANDS],
    }


def _texts(price: Price | Band) -> dict[str, str]:
    """The amounts as texts; what follows the input price stays empty, so that it follows a new one too."""
    amounts = {name: getattr(price, name) for name in CLASSES}
    amounts |= {name: None for name in ("cached_input", "cache_write") if amounts[name] == price.input}
    return {name: format_amount(nanos) for name, nanos in amounts.items() if nanos is not None}


class HourlyForm(PageForm):
    """What a machine costs by the hour, and how fast it is."""

    usd_per_hour = _amount_field(lazy_gettext("US dollars per hour"))
    input_per_s = StringField(lazy_gettext("Tokens read per second"), [Optional()])
    output_per_s = StringField(lazy_gettext("Tokens written per second"), [Optional()])

    def terms(self) -> HourlyTerms:
        """What was entered. Puts errors beside the fields and raises `ValueError`."""
        try:
            hour = parse_amount(entered(self.usd_per_hour))
        except ValueError:
            self.usd_per_hour.errors = [gettext("Write an amount such as 5.00.")]
            raise
        speeds = []
        for field in (self.input_per_s, self.output_per_s):
            try:
                speeds.append(read_speed(entered(field).replace(",", ".")))
            except (ValueError, ZeroDivisionError) as fault:
                field.errors = [gettext("Write a number of tokens such as 850.")]
                raise ValueError(field.name) from fault
        return HourlyTerms(hour, speeds[0], speeds[1])


class HourlyPriceForm(HourlyForm):
    """A price by the hour that holds from a day on."""

    since = DateField(lazy_gettext("Applies from"), [InputRequired()])
