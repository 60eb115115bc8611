"""Staff: who they are, how they join, which messengers they are on. Few enough to be read all at once."""

from __future__ import annotations

import hmac
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

from sqlalchemy import bindparam, delete, select, update

from backend import outbox
from backend.audit import log
from backend.cases.codes import dictated, new_code
from backend.cases.model import CaseRow
from backend.errors import AddressTaken, InvitationInvalid, LastCoordinator, NameTaken, NoSuchStaff
from backend.outbox import Party
from backend.people.model import InvitationRow, PostedRow, StaffAddressRow, StaffRow
from backend.people.roles import ROLES, Role
from backend.vault import keyring
from backend.vault.keys import RoomKey, Sealed, StaffKey, new_id
from backend.vault.model import DataKeyRow
from backend.work import Work

INVITATION_VALID = timedelta(hours=24)

EVERYONE = "everyone"
DESK = "desk"
"""Owner of the data key that seals what belongs to no person: invitations, parked updates."""


@dataclass(frozen=True, slots=True)
class Account:
    """A staff member's messenger account. `sender` and `chat` are the messenger's ids: never log them."""

    id: str
    channel: str
    sender: str
    chat: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class Staff:
    """A staff member. The name is what the centre calls them, never a messenger's handle."""

    id: str
    key: StaffKey
    name: str
    role: Role
    language: str
    accounts: tuple[Account, ...] = ()

    @property
    def may_work_cases(self) -> bool:
        """Officers and coordinators do; the council sees figures only."""
        return self.role in ("officer", "coordinator")

    @property
    def is_coordinator(self) -> bool:
        """Whether this person has a coordinator's rights."""
        return self.role == "coordinator"

    @property
    def account(self) -> Account | None:
        """The account that messages go to: the first that is reachable, else the first."""
        return next((each for each in self.accounts if each.reachable), next(iter(self.accounts), None))

    def on(self, channel: str) -> Account | None:
        """The account on this messenger: one that is reachable, else any."""
        own = [each for each in self.accounts if each.channel == channel]
        return next((each for each in own if each.reachable), next(iter(own), None))

    @property
    def party(self) -> Party | None:
        """Where the outbox sends what is said to them in private; None before they joined."""
        return Party("staff", self.id, self.account.channel, self.key) if self.account else None


async def desk_key(work: Work) -> RoomKey:
    """The desk's own data key, made at its first use."""
    return await keyring.shared(work.session, work.vault, DESK, RoomKey)


async def everyone(work: Work) -> list[Staff]:
    """All staff, by name. Read once a transaction: every message about a case asks for somebody's name."""
    if EVERYONE not in work.remembered:
        work.remembered[EVERYONE] = await _read(work)
    return list(cast("list[Staff]", work.remembered[EVERYONE]))


def look_again(work: Work) -> None:
    """Somebody was changed, or may have been: they are read anew when next asked for."""
    work.remembered.pop(EVERYONE, None)


# Built once: they are read every second, and putting a statement together costs as much as running it.
_LATEST_FIRST = select(StaffAddressRow).order_by(StaffAddressRow.heard_at.desc())
# Outer, so that SQLite begins with the few people, and not with the keys of all cases.
_WHOSE = (DataKeyRow.owner == StaffRow.id) & (DataKeyRow.epoch == keyring.FIRST)
_WITH_KEYS = select(StaffRow, DataKeyRow).outerjoin(DataKeyRow, _WHOSE)


async def _read(work: Work) -> list[Staff]:
    accounts: dict[str, list[StaffAddressRow]] = {}
    for account in (await work.session.execute(_LATEST_FIRST)).scalars():
        accounts.setdefault(account.staff_id, []).append(account)
    rows = await work.session.execute(_WITH_KEYS)
    people = [_opened(row, keyring.unwrapped(work.vault, key, StaffKey), accounts) for row, key in rows]
    return sorted(people, key=lambda person: person.name.casefold())


def _opened(row: StaffRow, key: StaffKey, accounts: dict[str, list[StaffAddressRow]]) -> Staff:
    profile = json.loads(key.open("staff", "profile", row.id, row.profile))
    own = tuple(_account(each, key) for each in accounts.get(row.id, ()))
    return Staff(row.id, key, profile["name"], profile["role"], profile["language"], own)


def _account(row: StaffAddressRow, key: StaffKey) -> Account:
    place = json.loads(key.open("staff_addresses", "place", row.id, row.place))
    return Account(row.id, row.channel, place["sender"], place["chat"], row.reachable)


# Built once: it is asked on every step, and putting it together costs more than running it.
_BY_ADDRESS = select(StaffAddressRow.address, StaffAddressRow.staff_id).where(
    StaffAddressRow.address.in_(bindparam("addresses", expanding=True))
)


# Whoever acts can't be revoked until they have: revoking waits for these rows (SQLite has one writer only).
_BY_ADDRESS_TO_ACT = _BY_ADDRESS.with_for_update(read=True, key_share=True)
_TO_ACT = (
    select(StaffAddressRow.staff_id)
    .where(StaffAddressRow.staff_id.in_(bindparam("ids", expanding=True)))
    .with_for_update(read=True, key_share=True)
)


async def recognise(
    work: Work, senders: list[tuple[str, str]], *, to_act: bool = False
) -> dict[tuple[str, str], Staff]:
    """The staff members among these (channel, sender). One cheap statement where there are none.

    `to_act`: they stay staff until this transaction ends.
    """
    digests = {work.vault.digest("address", *sender): sender for sender in senders}
    query = _BY_ADDRESS_TO_ACT if to_act else _BY_ADDRESS
    found = await work.session.execute(query, {"addresses": list(digests)})
    ids = {row.address: row.staff_id for row in found}
    if not ids:
        return {}
    people = {person.id: person for person in await everyone(work)}
    return {digests[address]: people[staff_id] for address, staff_id in ids.items() if staff_id in people}


async def still(work: Work, ids: Collection[str]) -> set[str]:
    """Those of these who are staff, and stay so until this transaction ends."""
    if not ids:
        return set()
    return set((await work.session.execute(_TO_ACT, {"ids": sorted(ids)})).scalars())


async def hold(work: Work, staff_id: str) -> None:
    """Wait until nothing that this person does is under way; what they do next waits for this transaction."""
    whose = select(StaffAddressRow.id).where(StaffAddressRow.staff_id == staff_id).with_for_update()
    await work.session.execute(whose)


async def get(work: Work, staff_id: str) -> Staff | None:
    """The staff member of this id, or None if revoked."""
    return next((person for person in await everyone(work) if person.id == staff_id), None)


async def named(work: Work, name: str) -> Staff:
    """The staff member of this name, in any case of letters. Raises NoSuchStaff."""
    wanted = name.strip().casefold()
    for person in await everyone(work):
        if person.name.casefold() == wanted:
            return person
    raise NoSuchStaff(name=name.strip())


async def with_role(work: Work, *roles: Role) -> list[Staff]:
    """Staff of these roles who have an account to write to."""
    return [person for person in await everyone(work) if person.role in roles and person.account]


async def invite(work: Work, role: Role, name: str, *, by: str = log.OPERATOR) -> str:
    """A one-time code by which `name` joins in `role` within 24 hours. `by`: a staff id. Raises NameTaken."""
    name = " ".join(name.split())
    if any(person.name.casefold() == name.casefold() for person in await everyone(work)):
        raise NameTaken(name=name)
    await log.note(work, by, "invited")
    return await _offer(work, {"role": role, "name": name, "by": by})


async def link_code(work: Work, person: Staff) -> str:
    """A one-time code by which a staff member adds their other messenger within 24 hours."""
    return await _offer(work, {"staff": person.id})


async def _offer(work: Work, offer: dict[str, str]) -> str:
    code, row_id = new_code(12), new_id()
    key = await desk_key(work)
    work.session.add(
        InvitationRow(
            id=row_id,
            code=work.vault.digest("invitation", dictated(code)),
            expires_at=work.now + INVITATION_VALID,
            offer=key.seal("invitations", "offer", row_id, json.dumps(offer).encode()),
        )
    )
    return code


async def is_invitation(work: Work, code: str) -> bool:
    """Whether somebody could join by this code now. Keyed hashes are compared, never codes."""
    digest = work.vault.digest("invitation", dictated(code))
    query = select(InvitationRow.code).where(
        InvitationRow.code == digest, InvitationRow.expires_at > work.now
    )
    found = (await work.session.execute(query)).scalar()
    return found is not None and hmac.compare_digest(found, digest)


async def join(work: Work, code: str, *, channel: str, sender: str, chat: str, language: str) -> Staff:
    """Use a code from this account. Raises InvitationInvalid, AddressTaken, NameTaken.

    A link's code from an account that is the person's already says that it is still theirs, whatever its
    messenger knows it by now: it is noted anew, under another id.
    """
    digest = work.vault.digest("invitation", dictated(code))
    query = select(InvitationRow).where(InvitationRow.code == digest).with_for_update()
    invitation = (await work.session.execute(query)).scalar_one_or_none()
    if invitation is None or invitation.expires_at <= work.now:
        raise InvitationInvalid
    there = (await recognise(work, [(channel, sender)])).get((channel, sender))
    key = await desk_key(work)
    offer = json.loads(key.open("invitations", "offer", invitation.id, invitation.offer))
    if there is not None:
        if offer.get("staff") != there.id:
            raise AddressTaken
        own = StaffAddressRow.address == work.vault.digest("address", channel, sender)
        await work.session.execute(delete(StaffAddressRow).where(own))
        look_again(work)
    await work.session.delete(invitation)
    person = await _offered(work, offer, language=language)
    await _note_joined(work, person, offer)
    return await _add_account(work, person, channel=channel, sender=sender, chat=chat)


async def _note_joined(work: Work, person: Staff, offer: dict[str, str]) -> None:
    """Who is there now, or on one messenger more, and whose invitation it was."""
    if "staff" in offer:
        await log.note(work, person.id, "linked")
        return
    invited_by = offer.get("by", log.OPERATOR)
    await log.note(work, person.id, "joined", about=None if invited_by == log.OPERATOR else invited_by)


async def _offered(work: Work, offer: dict[str, str], *, language: str) -> Staff:
    """The staff member that an invitation is for: an existing one (a link), or one made now."""
    if "staff" in offer:
        person = await get(work, offer["staff"])
        if person is None:
            raise InvitationInvalid
        return person
    if any(each.name.casefold() == offer["name"].casefold() for each in await everyone(work)):
        raise NameTaken(name=offer["name"])
    return await _make(work, name=offer["name"], role=_role(offer["role"]), language=language)


def _role(text: str) -> Role:
    return next(role for role in ROLES if role == text)


async def _make(work: Work, *, name: str, role: Role, language: str) -> Staff:
    staff_id = new_id()
    key = keyring.make(work.session, work.vault, staff_id, StaffKey)
    person = Staff(staff_id, key, name, role, language)
    work.session.add(StaffRow(id=staff_id, profile=_sealed_profile(person), joined_at=work.now))
    await work.session.flush()
    look_again(work)
    return person


def _sealed_profile(person: Staff) -> Sealed:
    profile = {"name": person.name, "role": person.role, "language": person.language}
    return person.key.seal("staff", "profile", person.id, json.dumps(profile).encode())


async def _add_account(work: Work, person: Staff, *, channel: str, sender: str, chat: str) -> Staff:
    row_id = new_id()
    place = json.dumps({"sender": sender, "chat": chat}).encode()
    work.session.add(
        StaffAddressRow(
            id=row_id,
            staff_id=person.id,
            channel=channel,
            address=work.vault.digest("address", channel, sender),
            place=person.key.seal("staff_addresses", "place", row_id, place),
            reachable=True,
            heard_at=work.now,
        )
    )
    await work.session.flush()
    look_again(work)
    return replace(
        person, accounts=(Account(row_id, channel, sender, chat, reachable=True), *person.accounts)
    )


async def change(work: Work, person: Staff, *, language: str | None = None, name: str | None = None) -> Staff:
    """From now on this person is written to in this language, and called by this name."""
    changed = replace(person, language=language or person.language, name=name or person.name)
    values = {"profile": _sealed_profile(changed)}
    await work.session.execute(update(StaffRow).where(StaffRow.id == person.id).values(**values))
    look_again(work)
    return changed


async def heard(work: Work, person: Staff, *, channel: str, sender: str) -> None:
    """They write from this account: of several on one messenger it is the one that answers go to."""
    latest = person.on(channel)
    for account in person.accounts:
        if account.channel == channel and account.sender == sender and account != latest:
            where = StaffAddressRow.id == account.id
            await work.session.execute(update(StaffAddressRow).where(where).values(heard_at=work.now))
            look_again(work)


async def move(work: Work, person: Staff, account: Account, chat: str) -> None:
    """This account's private chat with the hotline goes on under another id."""
    place = json.dumps({"sender": account.sender, "chat": chat}).encode()
    sealed = person.key.seal("staff_addresses", "place", account.id, place)
    where = StaffAddressRow.id == account.id
    await work.session.execute(update(StaffAddressRow).where(where).values(place=sealed))
    look_again(work)


async def set_reachable(work: Work, account_id: str, *, reachable: bool) -> None:
    """Note that the messenger said this account blocked the hotline, or that it is back."""
    where = StaffAddressRow.id == account_id
    await work.session.execute(update(StaffAddressRow).where(where).values(reachable=reachable))
    look_again(work)


async def revoke(work: Work, name: str, *, by: str = log.OPERATOR) -> Staff:
    """End a person's role: key, accounts, and their place on cases. Raises NoSuchStaff, LastCoordinator.

    `handing_back.give_back_all` and `shifts.give_back` go before: this alone tells nobody what is theirs now.
    """
    person = await named(work, name)
    others = [each for each in await with_role(work, "coordinator") if each.id != person.id]
    if person.is_coordinator and person.account and not others:
        raise LastCoordinator
    await outbox.drop_for_party(work.session, person.id)
    await work.session.execute(update(CaseRow).where(CaseRow.assignee == person.id).values(assignee=None))
    await work.session.execute(delete(PostedRow).where(PostedRow.party == person.id))
    await work.session.execute(delete(StaffRow).where(StaffRow.id == person.id))
    await keyring.destroy(work.session, person.id)
    await log.note(work, by, "revoked", about=person.id)
    look_again(work)
    return person


async def forget_old_invitations(work: Work) -> None:
    """Drop invitations that were not used in time."""
    await work.session.execute(delete(InvitationRow).where(InvitationRow.expires_at <= work.now))
