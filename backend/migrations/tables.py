"""All tables in one place, for comparing the models with what the steps have built."""

from backend import inbox, outbox
from backend.cases import model as cases
from backend.database import Table
from backend.escalation import model as escalation
from backend.people import model as people
from backend.vault import model as vault

MODULES = (cases, escalation, inbox, outbox, people, vault)
METADATA = Table.metadata
