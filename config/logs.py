"""Log lines without personal data (reliability, 33): no query strings, no values from an exception's text."""

import logging
import re

QUERY_STRING = re.compile(r"\?[^\s\"']*")


class WithoutQueryString(logging.Filter):
    """Takes what follows a question mark out of the arguments of a line: a search term is a person's name."""

    def filter(self, record):
        if isinstance(record.args, tuple):
            record.args = tuple(
                QUERY_STRING.sub("?…", part) if isinstance(part, str) else part for part in record.args
            )
        return True


class WithoutValues(logging.Formatter):
    """Shows where something broke and the kind of error, not its text: databases quote the row they refuse."""

    def formatException(self, exc_info):
        kind, _error, traceback = exc_info
        lines = ["Traceback (innermost call last; the error's text is left out):"]
        while traceback is not None:
            code = traceback.tb_frame.f_code
            lines.append(f"  {code.co_filename}:{traceback.tb_lineno} in {code.co_qualname}")
            traceback = traceback.tb_next
        return "\n".join([*lines, f"{kind.__module__}.{kind.__qualname__}"])
