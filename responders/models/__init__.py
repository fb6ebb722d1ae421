"""The tables of the care desk."""

from responders.models.agent import Agent
from responders.models.audit import AuditEntry, AuditHead
from responders.models.case import Case, CaseMention, Claim, Note
from responders.models.customer import Customer, Identity
from responders.models.goodwill import Allowance, Offer
from responders.models.notice import DeadlineNotice, NoticedCase
from responders.models.reply import Reply
from responders.models.wording import Wording, WordingBand

__all__ = [
    "Agent",
    "Allowance",
    "AuditEntry",
    "AuditHead",
    "Case",
    "CaseMention",
    "Claim",
    "Customer",
    "DeadlineNotice",
    "Identity",
    "Note",
    "NoticedCase",
    "Offer",
    "Reply",
    "Wording",
    "WordingBand",
]
