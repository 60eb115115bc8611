"""All tables in one place, for comparing the models with what the steps have built."""

from backend import devices, inbox, leases, nodes, outbox
from backend.audit import model as audit
from backend.cases import model as cases
from backend.database import Table
from backend.escalation import model as escalation
from backend.liveness import model as liveness
from backend.people import model as people
from backend.people import parting
from backend.retention import model as retention
from backend.rota import model as rota
from backend.rota import told
from backend.surge import model as surge
from backend.vault import model as vault

MODULES = (
    audit,
    cases,
    devices,
    escalation,
    inbox,
    leases,
    liveness,
    nodes,
    outbox,
    parting,
    people,
    retention,
    rota,
    surge,
    told,
    vault,
)
METADATA = Table.metadata
