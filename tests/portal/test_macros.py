"""Each macro does what its pages rely on."""

from flask import Flask, render_template_string
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from ni.web.portal.charts import stacked
from ni.web.portal.forms import NewUserForm

PARTS = '{% from "macros/parts.html" import badge, code, confirm, copyable_id, empty, icon, notice, tile %}'


def drawn(app: Flask, template: str, **values: object) -> str:
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        return render_template_string(template, **values)


def test_a_field_ties_label_hint_and_error_together(app: Flask) -> None:
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        form = NewUserForm(MultiDict({"name": "Zoé", "email": "x", "password": "y"}))
        form.validate()
        text = render_template_string(
            '{% from "macros/forms.html" import field %}{{ field(form.email) }}', form=form
        )
    assert '<label for="email">' in text
    assert 'aria-invalid="true"' in text
    assert 'aria-describedby="email-hint email-error-1"' in text
    assert 'id="email-hint"' in text
    assert 'id="email-error-1"' in text


def test_a_table_has_a_caption_scopes_and_a_region_that_can_be_focused(app: Flask) -> None:
    text = drawn(
        app,
        '{% from "macros/tables.html" import table %}'
        '{% call table("t", "Costs", [("Day", ""), ("Sum", "number")]) %}<tr></tr>{% endcall %}',
    )
    assert 'role="region" aria-labelledby="t-caption" tabindex="0"' in text
    assert '<caption><span id="t-caption">Costs</span></caption>' in text
    assert '<th scope="col" class="number">Sum</th>' in text


def test_cells_of_a_card_have_the_title_of_their_column(app: Flask) -> None:
    rows = (
        '<tr id="r"><th scope="row">1</th>\n<td>a</td><td class="number" title="&gt;">b</td></tr>\n'
        '<tr><td>2</td><td data-label="other">c</td><td>d</td></tr>'
        '<tr><td colspan="3">none</td></tr>'
    )
    text = drawn(
        app,
        '{% from "macros/tables.html" import table %}'
        """{% call table("t", "Costs", [("Day", ""), ('Say "A"', ""), ("Sum", "number")]) %}{{ rows }}{% endcall %}""",
        rows=Markup(rows),  # noqa: S704 - the test's own
    )
    assert 'class=" as-cards"' in text
    assert text.partition("<tbody>")[2].partition("</tbody>")[0].strip() == (
        '<tr id="r"><th scope="row">1</th>\n<td data-label="Say &#34;A&#34;">a</td>'
        '<td class="number" title="&gt;" data-label="Sum">b</td></tr>\n'
        '<tr><td data-label="Day">2</td><td data-label="other">c</td><td data-label="Sum">d</td></tr>'
        '<tr><td colspan="3">none</td></tr>'
    )


def test_a_tile_is_a_term_and_its_figure(app: Flask) -> None:
    assert "<dt>Spent</dt><dd>5</dd>" in drawn(app, PARTS + "{{ tile('Spent', 5) }}")


def test_a_badge_has_a_word_and_a_shape(app: Flask) -> None:
    text = drawn(app, PARTS + "{{ badge('Revoked', 'bad') }}")
    assert "Revoked" in text
    assert "#circle-x" in text


def test_a_notice_of_an_error_is_announced_and_can_take_the_focus(app: Flask) -> None:
    assert 'role="alert" tabindex="-1" autofocus' in drawn(
        app, PARTS + "{{ notice('No', 'error', focus=True) }}"
    )


def test_code_is_shown_literally_and_its_button_names_it(app: Flask) -> None:
    text = drawn(app, PARTS + "{{ code('<b>&', 'one', 'Request') }}")
    assert '<code id="one">&lt;b&gt;&amp;</code>' in text
    assert 'data-copy="one"' in text


def test_an_empty_state_leads_on(app: Flask) -> None:
    text = drawn(app, PARTS + "{{ empty('None', 'x', 'search', '/next', 'Go') }}")
    assert '<a class="button" href="/next">Go</a>' in text


def test_a_confirmation_posts_with_a_token_and_offers_a_way_back(app: Flask) -> None:
    text = drawn(app, PARTS + "{{ confirm('Sure?', 'Do it', '/back') }}")
    assert 'method="post"' in text
    assert 'name="csrf_token"' in text
    assert 'href="/back"' in text


def test_pagination_is_absent_when_there_is_one_page(app: Flask) -> None:
    importing = '{% from "macros/tables.html" import pagination %}'
    assert "<nav" not in drawn(app, importing + "{{ pagination('', '') }}")
    assert 'rel="next" href="/n"' in drawn(app, importing + "{{ pagination('', '/n') }}")


CHART = """{% from "macros/chart.html" import chart %}
{% macro address(label) %}/to/{{ label }}{% endmacro %}{% macro word(name) %}{{ name or "Others" }}{% endmacro %}
{{ chart("c", "Spend", "Day", drawn, drawn.scale, shown, address, address, word, True) }}"""


def test_a_chart_carries_its_figures_as_a_table_and_leads_to_its_rows(app: Flask) -> None:
    values = {("2026-11-19", "a"): 3, ("2026-11-20", "a"): 1234, ("2026-11-20", "b"): 66}
    chart = stacked(values, ("2026-11-18", "2026-11-19", "2026-11-20"))
    text = drawn(app, CHART, drawn=chart, shown="{:,}".format)
    assert '<a href="/to/2026-11-20" aria-label="2026-11-20: 1,300; b: 66; a: 1,234">' in text
    table = text.partition("<details>")[2]
    assert "1,234" in table
    assert "1,300" in table
    assert "style=" not in text


def test_the_summary_of_a_form_links_to_each_field_at_fault(app: Flask) -> None:
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        form = NewUserForm(MultiDict({"name": "Zoé", "email": "x", "password": "y"}))
        form.validate()
        text = render_template_string(
            '{% from "macros/forms.html" import field, summary %}{{ summary(form) }}{{ field(form.email) }}',
            form=form,
        )
    assert form.errors
    assert text.count('<a href="#') == len(form.errors)
    assert '<a href="#email-error-1">' in text
    assert 'id="email-error-1"' in text
