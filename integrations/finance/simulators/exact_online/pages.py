"""The simulator's own page, in Dutch: records, what was asked, and the switches. No script, one stylesheet."""

from datetime import UTC, date, datetime, timedelta
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, unquote_plus

from .api import Reply
from .odata import BadRequest
from .scenarios import KINDS

CSP = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
SHOWN = 100
STYLE = Path(__file__).with_name("style.css").read_bytes()


def html_reply(status, title, content):
    page = f"""<!DOCTYPE html>
<html lang="nl"><head><meta charset="utf-8"><title>{escape(title)} · Exact Online (simulator)</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/_simulator/style.css"></head>
<body><header><h1>{escape(title)}</h1>
<p class="soft">Nagebootst Exact Online: geen echte boekhouding, geen echte gegevens.</p></header>
<main>{content}</main></body></html>"""
    return Reply(status, page.encode(), "text/html; charset=utf-8")


def consent(back, division):
    return f"""<p>Schakel vraagt toegang tot administratie <strong>{division}</strong> (Vereniging De Proeftuin):
relaties, bankrekeningen, betalingscondities en openstaande posten.</p>
<p><a class="button" href="{back}">Toestaan</a></p>"""


def overview(simulator, *, search=""):
    store = simulator.store
    accounts = _newest(store.rows("crm/Accounts"), search)
    names = {row["ID"]: f"{row['Code'].strip()} {row['Name']}" for row in store.rows("crm/Accounts")}
    mains = {row["Account"]: row["BankAccount"] for row in store.rows("crm/BankAccounts") if row["Main"]}
    shown = {row["ID"] for row in accounts}
    banks = [row for row in store.rows("crm/BankAccounts") if not search or row["Account"] in shown]
    parts = [
        _summary(simulator),
        '<nav><a href="#bankrekeningen">Bankrekeningen</a> · <a href="#openstaande">Openstaande posten</a> · '
        '<a href="#mis">Wat er mis kan gaan</a> · <a href="#aanroepen">Aanroepen</a></nav>',
        _search(search),
        _heading("Relaties", len(store.rows("crm/Accounts"))),
        _table(
            ("Nummer", "Naam", "Soort", "Hoofdrekening", "E-mail", "Adres", "Gewijzigd"),
            [_account(row, mains) for row in accounts],
        ),
        _heading("Bankrekeningen", len(store.rows("crm/BankAccounts"))),
        _table(
            ("Relatie", "Rekening", "Tenaamstelling", "Hoofdrekening", "Gewijzigd"),
            [_bank(row, names) for row in _newest(banks)],
        ),
        _heading("Openstaande posten", len(store.rows("cashflow/Receivables"))),
        _table(
            ("Relatie", "Factuur", "Vervalt", "Bedrag", "Stand"),
            [_receivable(row) for row in _newest(store.rows("cashflow/Receivables"))],
        ),
        '<form class="row" method="post" action="/_simulator/receivables">'
        "<button>Voorbeeldposten voor elke debiteur</button></form>",
        _switches(simulator),
        _heading("Aanroepen", sum(simulator.calls.values())),
        _table(("Tijd", "Aanroep", "Antwoord", "Inhoud"), [_call(entry) for entry in reversed(simulator.log)]),
    ]
    return html_reply(200, f"Exact Online · administratie {simulator.division}", "".join(parts))


def form_values(text):
    """A form of the page as the JSON it stands for; empty fields are left out."""
    values = {name: found[-1] for name, found in parse_qs(text).items() if found[-1]}
    for name, kind in (("count", int), ("seconds", float)):
        if name in values:
            values[name] = kind(values[name])
    for name in ("after_write", "limits", "unique_codes"):
        if name in values:
            values[name] = values[name] == "on"
    return values


def receivable(item):
    """A receivable as given in JSON, with its dates ("2026-01-31") as milliseconds."""
    if not isinstance(item, dict):
        raise BadRequest("a receivable is an object")
    dates = {name: item[name] for name in ("DueDate", "LastPaymentDate") if isinstance(item.get(name), str)}
    return item | {name: _millis(date.fromisoformat(text)) for name, text in dates.items()}


def example_receivables(store):
    """One or two open items for every debtor that has none."""
    taken = {row["Account"] for row in store.rows("cashflow/Receivables")}
    items, today = [], datetime.now(UTC).date()
    for account in store.rows("crm/Accounts"):
        if account.get("Status") == "C" and account["ID"] not in taken:
            number = int(account["Code"])
            for part in range(1 + number % 2):
                items.append(
                    {
                        "Account": account["ID"],
                        "AmountDC": f"{25 + (number * 37 + part * 11) % 475}.{number % 100:02d}",
                        "DueDate": (today + timedelta(days=number % 60 - 40 + 30 * part)).isoformat(),
                        "InvoiceNumber": today.year * 10000 + number % 10000,
                        "YourRef": f"F{today.year}-{number % 100000:05d}-{part + 1}",
                    }
                )
    return items


def _millis(day):
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def _newest(rows, search=""):
    if search:
        needle = search.lower().replace(" ", "")
        shown = ("Code", "Name", "Email", "City", "SearchCode")
        rows = [row for row in rows if any(needle in str(row.get(n) or "").lower().replace(" ", "") for n in shown)]
    return sorted(rows, key=lambda row: -row["Timestamp"])[:SHOWN]


def _heading(title, count):
    more = f", de laatste {SHOWN}" if count > SHOWN else ""
    return f'<h2 id="{title.split()[0].lower()}">{escape(title)} <span class="soft">({count}{more})</span></h2>'


def _table(heads, rows):
    if not rows:
        return '<p class="soft">Nog niets.</p>'
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(f"<tr>{_cells(heads, row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cells(heads, row):
    pairs = zip(heads, row, strict=True)
    return "".join(f'<td data-label="{escape(name)}"><div>{cell}</div></td>' for name, cell in pairs)


def _summary(simulator):
    doubles = sum(len(found) for found in simulator.doubles().values())
    kind = "mark wrong" if doubles else "mark"
    return (
        f'<p><a class="button" href="/">Vernieuwen</a> <span class="{kind}">{doubles} dubbel</span> '
        f'<span class="mark">{simulator.authority.refreshes} × token vernieuwd</span> '
        f'<span class="mark">limieten {"aan" if simulator.limits.on else "uit"}</span></p>'
    )


def _search(search):
    return (
        '<form class="row" method="get" action="/"><span><label for="q">Zoek relatie</label>'
        f'<input id="q" name="q" type="search" value="{escape(search)}"></span>'
        '<button class="quiet">Zoeken</button></form>'
    )


def _account(row, mains):
    roles = [name for name, holds in (("debiteur", row["IsSales"]), ("crediteur", row["IsPurchase"])) if holds]
    marks = " ".join(f'<span class="mark">{name}</span>' for name in roles or ["geen rol"])
    place = [row.get(name) for name in ("AddressLine1", "Postcode", "City", "Country")]
    return (
        escape(row["Code"].strip()),
        escape(row["Name"]),
        marks + (' <span class="mark wrong">geblokkeerd</span>' if row["Blocked"] else ""),
        _grouped(mains.get(row["ID"], "")),
        escape(row.get("Email") or ""),
        escape(", ".join(part for part in place if part)),
        _moment(row["Modified"]),
    )


def _bank(row, names):
    return (
        escape(names.get(row["Account"], "")),
        _grouped(row["BankAccount"]),
        escape(row.get("BankAccountHolderName") or ""),
        "ja" if row["Main"] else "nee",
        _moment(row["Modified"]),
    )


def _receivable(row):
    due = datetime.fromtimestamp(row["DueDate"] / 1000, UTC).strftime("%d-%m-%Y") if row.get("DueDate") else ""
    amount = f"€ {row['AmountDC']:,.2f}".translate(str.maketrans(",.", ".,"))
    states = {20: "open", 30: "geselecteerd", 40: "verwerkt", 50: "afgeletterd"}
    return (
        escape(f"{row['AccountCode'].strip()} {row['AccountName']}"),
        escape(str(row.get("YourRef") or row.get("InvoiceNumber") or "")),
        due,
        escape(amount),
        states.get(row.get("Status"), escape(str(row.get("Status")))),
    )


def _call(entry):
    wrong = not isinstance(entry["status"], int) or entry["status"] >= 400
    scenario = f' <span class="mark">{escape(entry["scenario"])}</span>' if entry["scenario"] else ""
    bodies = "".join(f"<pre>{escape(entry[name])}</pre>" for name in ("request", "answer") if entry[name])
    return (
        _moment(entry["at"] * 1000),
        f"{escape(entry['method'])} {escape(unquote_plus(entry['target']))}",
        f'<span class="mark{" wrong" if wrong else ""}">{escape(str(entry["status"]))}</span>{scenario} '
        f'<span class="whole">{entry["seconds"]:.2f} s</span>'.replace(".", ","),
        f"<details><summary>Tonen</summary>{bodies}</details>" if bodies else "",
    )


def _switches(simulator):
    options = "".join(f'<option value="{kind}">{escape(label)}</option>' for kind, label in KINDS.items())
    active = "".join(
        f"<li>{escape(KINDS[one['kind']])}: {_times(one['count'])}"
        f"{escape(' op ' + one['path']) if one['path'] else ''}</li>"
        for one in simulator.scenarios.listed()
    )
    fields = (
        ("count", "Aantal keer", 'type="number" min="1" value="1"'),
        ("path", "Alleen op pad", 'placeholder="crm/Accounts"'),
        ("seconds", "Seconden", 'type="number" min="0" value="5"'),
        ("field", "Veld", 'placeholder="VATNumber"'),
        ("words", "Woorden", ""),
        ("retry_after", "Retry-After", ""),
    )
    inputs = "".join(
        f'<span><label for="s-{name}">{label}</label><input id="s-{name}" name="{name}" {more}></span>'
        for name, label, more in fields
    )
    return (
        '<h2 id="mis">Wat er mis kan gaan</h2>'
        f"{f'<ul>{active}</ul>' if active else '<p class=soft>Alles gaat goed.</p>'}"
        '<form class="row" method="post" action="/_simulator/scenario">'
        f'<span><label for="s-kind">Wat</label><select id="s-kind" name="kind">{options}</select></span>{inputs}'
        '<span><label for="s-after">Pas na het wegschrijven</label>'
        '<input id="s-after" name="after_write" type="checkbox"></span><button>Aanzetten</button></form>'
        '<form class="row" method="post" action="/_simulator/scenario"><input type="hidden" name="kind" value="clear">'
        '<button class="quiet">Alles gaat weer goed</button></form>'
    )


def _times(count):
    return "steeds" if count is None else f"nog {count} keer"


def _grouped(number):
    groups = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    return f'<span class="whole">{escape(groups)}</span>'


def _moment(millis):
    """In the time of the machine the simulator runs on."""
    moment = datetime.fromtimestamp(millis / 1000, UTC).astimezone()
    return f'<span class="whole">{moment:%d-%m-%Y}</span> <span class="whole">{moment:%H:%M:%S}</span>'
