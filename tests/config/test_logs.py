import logging
import sys

from config.logs import WithoutQueryString, WithoutValues


def test_logs_leave_out_what_was_searched_for():
    record = logging.LogRecord("django.request", 30, "x.py", 1, "Not Found: %s", ("/relations/?q=Jansen",), None)

    WithoutQueryString().filter(record)

    assert record.getMessage() == "Not Found: /relations/?…"


def test_logs_say_where_it_broke_and_not_on_what_value():
    try:
        raise ValueError("Key (email)=(jan@example.org) already exists")
    except ValueError:
        record = logging.LogRecord("django.request", 40, "x.py", 1, "Internal Server Error", (), sys.exc_info())

    text = WithoutValues("%(message)s").format(record)

    assert "jan@example.org" not in text
    assert text.endswith("builtins.ValueError")
    assert f"{__file__}:" in text
