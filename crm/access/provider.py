"""Where the log-in library looks for the kinds of providers of an application: crm/access/office has ours."""

from crm.access.office.provider import OfficeProvider

provider_classes = [OfficeProvider]
