"""The records of the simulated vendor. In memory for speed, in a SQLite file when asked, so that a simulator that is
killed still knows what it was told."""

import json
import sqlite3
import threading
import uuid
from collections import defaultdict
from decimal import Decimal

from .entities import CHECKS, CODE_WIDTH, ENTITIES, Refused, cleaned

INDEXED = {
    "crm/Accounts": ("ID", "Code", "SearchCode"),
    "crm/BankAccounts": ("ID", "Account"),
    "cashflow/PaymentConditions": ("ID", "Code"),
    "cashflow/Receivables": ("ID", "Account"),
}
CONDITIONS = (("00", "Contant", 0), ("14", "14 dagen", 14), ("30", "30 dagen", 30), ("60", "60 dagen", 60))


class Store:
    """Every method is one step under one lock. `unique`: whether a second record with the same number is refused;
    without it doubles show as doubles. `now()`: seconds since the epoch."""

    def __init__(self, path, *, division, now):
        self.division = division
        self.unique = True
        self.lock = threading.RLock()
        self._now = now
        self._tables = {table: {} for table in INDEXED}
        self._indexes = {(table, name): defaultdict(dict) for table, names in INDEXED.items() for name in names}
        self._stamp = 0
        self._file = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._file.executescript(
            """pragma journal_mode = wal; pragma synchronous = normal;
            create table if not exists record (entity text, id text, content text, primary key (entity, id));
            create table if not exists fact (name text primary key, content text);"""
        )
        for table, content in self._file.execute("select entity, content from record"):
            self._remember(table, json.loads(content, parse_float=Decimal))
        if not self._tables["cashflow/PaymentConditions"]:
            for code, description, days in CONDITIONS:
                row = {"Code": code, "Description": description, "PaymentDays": days}
                self.create(ENTITIES["cashflow/PaymentConditions"], row)

    def close(self):
        with self.lock:
            self._file.close()

    def fact(self, name, default=None):
        """Something else to remember, such as tokens."""
        with self.lock:
            found = self._file.execute("select content from fact where name = ?", [name]).fetchone()
        return json.loads(found[0]) if found else default

    def set_fact(self, name, value):
        with self.lock:
            self._file.execute("insert or replace into fact values (?, ?)", [name, json.dumps(value)])

    def clear(self):
        with self.lock:
            for table in self._tables.keys() - {"cashflow/PaymentConditions"}:
                for row in list(self._tables[table].values()):
                    self.delete(ENTITIES[table], row["ID"])

    def rows(self, table):
        """In the order in which they were made."""
        with self.lock:
            return list(self._tables[table].values())

    def having(self, table, name, value):
        """Rows with this value in an indexed field."""
        with self.lock:
            return list(self._indexes[table, name].get(value, {}).values())

    def matching(self, entity, filter):
        """The rows of an entity that match; through an index where the filter allows it."""
        table = entity.table or entity.path
        with self.lock:
            keys = filter.keys if filter else None
            if keys and all((table, name) in self._indexes for name, _ in keys):
                found = {row["ID"]: row for name, value in keys for row in self.having(table, name, value)}
                rows = list(found.values())
            else:
                rows = self.rows(table)
            rows = [self.as_shown(entity, row) for row in rows if entity.only(row)]
            return [row for row in rows if not filter or filter.matches(row)]

    def as_shown(self, entity, row):
        if entity.path != "read/financial/ReceivablesList":
            return row
        shown = {name: row.get(name) for name in entity.kinds}
        return shown | {
            "HID": row["ID"],
            "AccountId": row["Account"],
            "Amount": row["AmountDC"],
            "CurrencyCode": "EUR",
        }

    def create(self, entity, body):
        """The new row. Refused when Exact would not take it."""
        with self.lock:
            row = cleaned(entity, body)
            row["ID"] = str(uuid.uuid4())
            if entity.path == "crm/Accounts":
                row["Code"] = (row.get("Code") or "").strip().rjust(CODE_WIDTH) if row.get("Code") else self._number()
                row["IsSupplier"] = bool(row.get("IsSupplier"))
            row["Created"] = int(self._now() * 1000)
            row["_writes"] = {"POST": 0, "PUT": 0}
            return self._keep(entity, row, "POST")

    def change(self, entity, id, body):
        """The changed row, or None when there is no such row."""
        with self.lock:
            there = self._tables[entity.path].get(id)
            if there is None:
                return None
            body = cleaned(entity, body)
            if body.get("Code"):
                body["Code"] = body["Code"].strip().rjust(CODE_WIDTH)
            return self._keep(entity, {**there, **body, "_writes": dict(there["_writes"])}, "PUT")

    def delete(self, entity, id):
        with self.lock:
            row = self._tables[entity.path].pop(id, None)
            if row:
                self._forget(entity.path, row)
                self._file.execute("delete from record where entity = ? and id = ?", [entity.path, id])
            return row

    def put_receivable(self, item):
        """A receivable as a test or the demo gives it: Account or AccountCode, AmountDC, DueDate (ISO), and so on. The
        same ID again replaces it. Refused when there is no such account."""
        with self.lock:
            code = str(item.get("AccountCode") or "").strip().rjust(CODE_WIDTH)
            account = self.having("crm/Accounts", "ID", item.get("Account")) or self.having(
                "crm/Accounts", "Code", code
            )
            if not account:
                raise Refused("Ongeldige referentie: Relatie")
            row = {"Status": 20, "IsFullyPaid": False, **item}
            row |= {"Account": account[0]["ID"], "AccountCode": account[0]["Code"], "AccountName": account[0]["Name"]}
            row["ID"] = row.get("ID") or str(uuid.uuid4())
            row["AmountDC"] = Decimal(str(row.get("AmountDC", 0)))
            there = self._tables["cashflow/Receivables"].get(row["ID"])
            row["_writes"] = dict(there["_writes"]) if there else {"POST": 0, "PUT": 0}
            row["Created"] = there["Created"] if there else int(self._now() * 1000)
            return self._keep(ENTITIES["cashflow/Receivables"], row, "PUT" if there else "POST")

    def _keep(self, entity, row, verb):
        self._complete(entity, row)
        check = CHECKS.get(entity.path)
        if check:
            check(row, self)
        row["_writes"][verb] += 1
        self._stamp += 1
        row |= {"Timestamp": self._stamp, "Division": self.division, "Modified": int(self._now() * 1000)}
        self._remember(entity.path, row)
        self._file.execute(
            "insert or replace into record values (?, ?, ?)", [entity.path, row["ID"], json.dumps(row, default=float)]
        )
        if entity.path == "crm/BankAccounts" and row["Main"]:
            self._only_main(entity, row)
        return row

    def _complete(self, entity, row):
        if entity.path == "crm/Accounts":
            row["IsSales"] = row.get("Status") == "C"
            row["IsPurchase"] = bool(row.get("IsSupplier"))
            row["Blocked"] = bool(row.get("Blocked"))
        if entity.path == "crm/BankAccounts":
            row["BankAccount"] = (row.get("BankAccount") or "").replace(" ", "").upper()
            row["IBAN"] = row["BankAccount"] if row["BankAccount"][:2].isalpha() else None
            first = not self.having("crm/BankAccounts", "Account", row.get("Account"))
            row["Main"] = bool(row.get("Main")) or first

    def _only_main(self, entity, main):
        for row in self.having(entity.path, "Account", main["Account"]):
            if row["ID"] != main["ID"] and row["Main"]:
                self._remember(entity.path, row | {"Main": False})
                self._file.execute(
                    "update record set content = ? where entity = ? and id = ?",
                    [json.dumps(row | {"Main": False}, default=float), entity.path, row["ID"]],
                )

    def _number(self):
        codes = [int(row["Code"]) for row in self._tables["crm/Accounts"].values()]
        return str(max(codes, default=0) + 1).rjust(CODE_WIDTH)

    def _remember(self, table, row):
        there = self._tables[table].get(row["ID"])
        if there:
            self._forget(table, there)
        self._tables[table][row["ID"]] = row
        for name in INDEXED[table]:
            self._indexes[table, name][row.get(name)][row["ID"]] = row
        self._stamp = max(self._stamp, row.get("Timestamp", 0))

    def _forget(self, table, row):
        for name in INDEXED[table]:
            self._indexes[table, name][row.get(name)].pop(row["ID"], None)
