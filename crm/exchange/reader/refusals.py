"""Why a file is not read: a code and its values. The words are the other side's (`crm.exchange.reading`)."""


class Refused(Exception):
    def __init__(self, code: str, **values):
        super().__init__(code)
        self.code, self.values = code, values
