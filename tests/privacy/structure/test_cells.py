"""Every kind of table and record gives its cells, each with the header or key that says what it is."""

import pytest

from ni.privacy.structure import cells

RECORDS = {
    "CSV": "given_name,shoe\nOdalys,41\n",
    "CSV, quoted": 'shoe,given_name\n41,"Odalys"\n',
    "CSV, in a diff": "+given_name,shoe\n+Odalys,41\n",
    "CSV, numbered": "   11\tgiven_name,shoe\n   12\tOdalys,41\n",
    "CSV, from grep": "a/b.csv:3:given_name,shoe\na/b.csv:4:Odalys,41\n",
    "TSV": "shoe\tgiven_name\n41\tOdalys\n",
    "semicolons": "shoe;given_name\n41;Odalys\n",
    "Markdown": "| shoe | given_name |\n| --- | --- |\n| 41 | **Odalys** |\n",
    "Markdown, quoted": "> | shoe | given_name |\n> | --- | --- |\n> | 41 | Odalys |\n",
    "upright": "| Field | Value |\n|---|---|\n| given_name | Odalys |\n",
    "box": "│ shoe │ given_name │\n│ 41 │ Odalys │\n",
    "mysql": "+------+------------+\n| shoe | given_name |\n+------+------------+\n| 41 | Odalys |\n",
    "psql": " shoe | given_name \n------+------------\n 41 | Odalys\n",
    "fixed width": "SHOE  GIVEN_NAME  TOWN\n41    Odalys      Nipigon\n",
    "SQL": "INSERT INTO t (shoe, given_name) VALUES (41, 'Odalys');",
    "SQL, national": "insert into t (given_name) values (N'Odalys')",
    "SQL, update": "UPDATE t SET given_name = 'Odalys' WHERE shoe = 41",
    "SQL, copy": "COPY t (shoe, given_name) FROM stdin;\n41\tOdalys\n\\.\n",
    "HTML": "<table><tr><th>shoe<th>given_name</tr><tr><td>41</td><td><b>Odalys</b></td></tr></table>",
    "HTML, definitions": "<dl><dt>given_name</dt><dd>Odalys</dd></dl>",
    "HTML, form": '<input name="given_name" type="text" value="Odalys">',
    "XML": "<a><givenName>Odalys</givenName></a>",
    "FHIR": '<name><use value="official"/><givenName value="Odalys"/></name>',
    "data frame": "     shoe  given_name\n0      41      Odalys\n1      42        Imke\n",
    "XML, attribute": '<a shoe="41" given_name="Odalys"/>',
    "key=value": "shoe=41 given_name=Odalys town=Nipigon",
    "query": "GET /a?shoe=41&given_name=Odalys&town=Nipigon",
    "JSON": '{"shoe": 41, "given_name": "Odalys"}',
    "JSON, compact": '[{"shoe":41,"given_name":"Odalys"}]',
    "JSON, cut off": '{"shoe": 41, "given_name": "Odalys',
    "JSON, escaped": '{"a":"{\\"given_name\\":\\"Odalys\\"}"}',
    "JSON, list": '{"given_names": ["Odalys"]}',
    "YAML": "shoe: 41\ngiven_name: Odalys\n",
    "YAML, list": "given_names:\n  - Odalys\n",
    "TOML": 'given_name = "Odalys"',
    "env": "export GIVEN_NAME='Odalys'",
    "form": "Given name: Odalys",
    "form, French": "Prénom : Odalys",
    "form, bold": "**Given name:** Odalys",
    "vCard": "BEGIN:VCARD\nN:Ferro;Odalys;;;\nEND:VCARD",
    "LDIF": "dn: uid=1\ngivenName: Odalys\n",
    "Python": "row['given_name'] = 'Odalys'",
    "Ruby": '{ :given_name => "Odalys" }',
    "Go": 'User{GivenName: "Odalys"}',
    "Rust": 'User { given_name: "Odalys".into() }',
    "Java": 'b.setGivenName("Odalys");',
    "C#": 'new U { GivenName = "Odalys" }',
    "PHP": "['given_name' => 'Odalys']",
    "TypeScript": 'const givenName: string = "Odalys";',
    "command line": 'tool --given-name="Odalys"',
}


@pytest.mark.parametrize("kind", RECORDS)
def test_a_record_gives_the_cell_with_its_key(kind: str) -> None:
    text = RECORDS[kind]
    values = {
        (cell.key.lower().replace(" ", "_").rstrip("s"), text[cell.start : cell.end].strip(" *"))
        for cell in cells(text)
    }
    keys = {
        key.replace("_", "").replace("-", "").removeprefix("b.set")
        for key, value in values
        if value == "Odalys"
    }
    assert keys & {"givenname", "prénom"}, values


def test_a_header_counts_for_rows_far_below_it() -> None:
    rows = [f"{number},Odalys,{'x' * 50}" for number in range(1200)]
    text = "\n".join(["id,given_name,note", *rows])
    last = [cell for cell in cells(text) if cell.key == "given_name"][-1]
    assert text[last.start : last.end] == "Odalys"
    assert last.start > 60_000


def test_cells_of_one_row_share_it_and_those_of_one_column_theirs() -> None:
    text = "first,last\nOdalys,Ferro\nImre,Szalai\n"
    by_value = {text[cell.start : cell.end]: cell for cell in cells(text) if cell.key in ("first", "last")}
    assert by_value["Odalys"].row == by_value["Ferro"].row != by_value["Imre"].row
    assert by_value["Odalys"].column == by_value["Imre"].column != by_value["Ferro"].column


@pytest.mark.parametrize("end", range(1, 60, 3))
def test_a_text_that_is_cut_anywhere_is_read_all_the_same(end: int) -> None:
    for text in RECORDS.values():
        list(cells(text[:end]))
