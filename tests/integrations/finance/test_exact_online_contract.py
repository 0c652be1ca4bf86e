import pytest

from tests.integrations.contract_cases import WritingConnectorCases


class TestExactOnline(WritingConnectorCases):
    @pytest.fixture
    def coupling(self, exact):
        return exact
