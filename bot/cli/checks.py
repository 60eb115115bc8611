"""`hotline check`: what is right and what is wrong, each by a small question of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url

from backend.archive import folder
from backend.clock import SystemClock
from backend.errors import ConfigurationInvalid
from backend.escalation import whom
from backend.people import rooms, staff
from backend.retention import erasures_list
from backend.rota import duty
from backend.upgrade import current, require_current
from backend.vault import periods, rotation, sources
from backend.vault.keyfile import is_private
from backend.vault.opening import proven
from backend.work import Work
from bot import passphrase
from bot.channels.telegram.settings import TelegramSettings
from bot.cli import health, telegram
from bot.cli.backup import newest
from bot.cli.findings import Finding, right, wrong
from bot.cli.opening import opened_backend, opened_database
from bot.cli.sentences import sentence
from bot.cli.unseal import sealing
from bot.config import Settings, load
from bot.health.settings import unavailable
from bot.machine import open_to_others


async def examine(config: Path, environ: Mapping[str, str], *, say: Callable[[str], None]) -> bool:
    """Say every finding as it is found; whether all are right."""
    findings: list[Finding] = []

    def note(finding: Finding) -> bool:
        findings.append(finding)
        say(str(finding))
        return finding.right

    try:
        settings = load(config, environ)
    except Exception as error:  # noqa: BLE001 - `_told` raises what is no operator's business
        return note(_told(error))
    note(right(f"configuration: {config}, the environment and the files that they name"))
    usable = [note(await _asked(check, settings)) for check in FIRST]
    for inside in INSIDE if all(usable) else ():
        note(await _asked_inside(inside, settings))
    for check in (*OUTSIDE, *(TELEGRAM if settings.telegram else ()), *(MATRIX if settings.matrix else ())):
        note(await _asked(check, settings))
    return all(finding.right for finding in findings)


async def _asked(check: Callable[[Settings], Awaitable[Finding]], settings: Settings) -> Finding:
    try:
        return await check(settings)
    except Exception as error:  # noqa: BLE001 - `_told` raises what is no operator's business
        return _told(error)


async def _asked_inside(check: Callable[[Work], Awaitable[Finding]], settings: Settings) -> Finding:
    async def ask(settings: Settings) -> Finding:
        async with opened_backend(settings) as backend, backend.looking() as work:
            return await check(work)

    return await _asked(ask, settings)


def _told(error: Exception) -> Finding:
    said = sentence(error)
    if said is None:
        raise error
    return wrong(said)


async def database(settings: Settings) -> Finding:
    """Reachable, and at this version's revision."""
    async with opened_database(settings) as opened:
        await require_current(opened)
        return right(f"database: reachable and up to date ({await current(opened)})")


async def key_file(settings: Settings) -> Finding:
    """There, whole, private, and the one that the data was sealed with."""
    source = sources.of_settings(settings.keys)
    keys = source.read(passphrase.ask)
    if source.file and not is_private(source.file):
        return wrong(f"key file: others may read {source.file}: `chmod 600` it")
    async with opened_database(settings) as opened, opened.reading() as session:
        vault = await proven(session, keys)
        using = await rotation.counts(session)
    said = "private, " if source.file else ""
    said += "wrapped by a passphrase, " if source.is_protected else ""
    opens = f"key file: {said}and opens the database (current key: {vault.current})".replace(": and", ":")
    now = SystemClock().now()
    backups = folder.needing(settings.backup, now=now)
    todo = periods.complaint(keys, using=using, now=now, period=settings.keys.period, backups=backups)
    return wrong(f"{opens}, but {todo}") if todo else right(opens)


async def coordinators(work: Work) -> Finding:
    """Without one, nobody can be invited from the chat, and the last step of an escalation reaches nobody."""
    if await staff.with_role(work, "coordinator"):
        return right("staff: there is a coordinator")
    return wrong("staff: no coordinator has joined: `hotline invite coordinator --name NAME`")


async def on_duty(work: Work) -> Finding:
    """Without anybody on duty no case would be heard of."""
    called = (await duty.now(work)).primary
    if called:
        return right(f"staff: {len(called)} on duty")
    return wrong("staff: nobody is on duty: `hotline invite officer --name NAME`")


async def rota_names(work: Work) -> Finding:
    """Whoever the weekly pattern names can be on duty: a name that nobody has leaves a gap."""
    unknown = await duty.unknown_names(work)
    if unknown:
        return wrong(f"rota.weekly: no officer or coordinator is called {', '.join(unknown)}")
    planned = bool(work.settings.rota.weekly)
    return right(f"rota.weekly: {'everybody named is at the desk' if planned else 'empty: all are on duty'}")


async def room(work: Work) -> Finding:
    """Cases are announced in the staff room."""
    if await rooms.bound(work):
        return right("staff room: bound")
    return wrong("staff room: none; a coordinator adds the bot to a group and sends /bind staff there")


async def files_folder(settings: Settings) -> Finding:
    """Writable, or in a place where it can be made."""
    wanted = settings.files.folder
    there = next(place for place in (wanted, *wanted.parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            return right(f"files: {wanted} {'is writable' if there == wanted else 'can be made'}")
    except OSError as error:
        return wrong(f"files.folder: nothing can be written into {there}: {error.strerror}")


async def erasures(settings: Settings) -> Finding:
    """Without the list of erasures a restored backup would bring erased cases back."""
    file = settings.backup.erasures
    there = next(place for place in (file, *file.parents) if place.exists())
    if not os.access(there, os.W_OK):
        return wrong(f"backup.erasures: nothing can be written into {there}")
    if there == file and not file.is_file():
        return wrong(f"backup.erasures: {file} is no file")
    if there == file and not is_private(file):
        return wrong(f"backup.erasures: others may read {file}: `chmod 600` it")
    return right(f"backup.erasures: {file} {'is writable' if there == file else 'can be made'}")


async def erased(work: Work) -> Finding:
    """Every erasure is in the list soon after."""
    late = await erasures_list.late(work)
    if late:
        return wrong(f"erasures: {late} not in the list yet; is `hotline run` running, and can it write it?")
    return right("erasures: all are in the list")


async def private(settings: Settings) -> Finding:
    """What lies on the disk is sealed; still, who else is on the machine needn't have it."""
    url = make_url(settings.database.url)
    database = [Path(url.database)] if url.get_backend_name() == "sqlite" and url.database else []
    exposed = open_to_others([*database, settings.files.folder])
    if exposed:
        return wrong(f"others on this machine may use {exposed[0]}: `chmod -R go= {exposed[0]}`")
    return right("files: nobody else on this machine may use them")


async def time_zone(settings: Settings) -> Finding:
    """Known to this machine: the time there lets a person see that it is the right one."""
    zone = settings.centre.timezone
    return right(f"time zone: {zone}, where it is {SystemClock().now().astimezone(ZoneInfo(zone)):%H:%M}")


async def messengers(settings: Settings) -> Finding:
    """Without one, nobody can write."""
    sections = (("telegram", settings.telegram), ("matrix", settings.matrix))
    configured = [name for name, section in sections if section is not None]
    if not configured:
        return wrong("messengers: none is configured, so nobody can write: fill in [telegram] or [matrix]")
    return right(f"messengers: {', '.join(configured)}")


async def telegram_token(settings: Settings) -> Finding:
    """Telegram answers, and knows the token."""
    answer = await telegram.ask(_telegram(settings))
    match answer.kind:
        case "known":
            return right(f"telegram: the bot is @{answer.text}")
        case "refused":
            return wrong(f"telegram.token: {answer.text}")
        case "unreachable":
            return wrong(f"telegram: no answer from {_telegram(settings).api_url} ({answer.text})")


async def telegram_updates(settings: Settings) -> Finding:
    """They come the way that is configured; `hotline run` arranges it when it starts."""
    url = _telegram(settings).webhook_url
    answer = await telegram.ask_webhook(_telegram(settings))
    if answer.kind != "known":
        return wrong(f"telegram: it can't be asked how it delivers updates ({answer.text})")
    if answer.text == url:
        return right(f"telegram: updates by {'webhook, as Telegram knows' if url else 'long polling'}")
    return wrong("telegram.webhook_url: Telegram still delivers otherwise, until `hotline run` starts")


async def steps(work: Work) -> Finding:
    """A step for a role or a name that nobody has tells every officer instead."""
    unheard = await whom.unheard(work)
    if not unheard:
        return right("escalation: every step has somebody to tell")
    key, notify = unheard[0]
    more = f" (and {len(unheard) - 1} more)" if unheard[1:] else ""
    return wrong(f"{key}: {_nobody(notify)}{more}")


def _nobody(notify: str) -> str:
    match notify:
        case "backup":
            return "the rota has no backup"
        case "officers" | "coordinators":
            return f"no {notify.removesuffix('s')} has joined"
        case name:
            return f"no officer or coordinator who can be written to is called {name}"


async def health_page(settings: Settings) -> Finding:
    """The address is free, unless it is a hotline that has it."""
    if settings.health.address is None:
        return right("health.listen: none")
    try:
        await health.try_listening(*settings.health.address)
    except OSError as error:
        if await health.is_ours(*settings.health.address):
            return right(f"health.listen: a hotline serves {settings.health.listen} already")
        return wrong(unavailable(settings.health.listen, error))
    return right(f"health.listen: {settings.health.listen} is free")


async def sign_of_life(settings: Settings) -> Finding:
    """Its host answers, with a good certificate where it needs one. The address itself is a secret."""
    url = settings.health.ping_url.get_secret_value()
    if not url:
        return right("health.ping_url: none")
    trouble = await health.reaches(url)
    if trouble:
        return wrong(f"health.ping_url: its host can't be reached ({trouble})")
    return right("health.ping_url: its host can be reached (it was not called)")


async def matrix_account(settings: Settings) -> Finding:
    """The homeserver answers, and takes the password."""
    if settings.matrix is None:
        return right("matrix: left out")
    from bot.cli import matrix  # noqa: PLC0415 - loads the Matrix library

    answer = await matrix.ask(settings.matrix)
    match answer.kind:
        case "known":
            return right(f"matrix: the account is {answer.text}")
        case "refused":
            return wrong(f"matrix.password: {answer.text}")
        case "unreachable":
            return wrong(f"matrix: no answer from {settings.matrix.homeserver} ({answer.text})")


def _telegram(settings: Settings) -> TelegramSettings:
    if settings.telegram is None:
        raise ConfigurationInvalid("telegram: the section is missing")
    return settings.telegram


FIRST: tuple[Callable[[Settings], Awaitable[Finding]], ...] = (database, key_file)

INSIDE: tuple[Callable[[Work], Awaitable[Finding]], ...] = (
    coordinators,
    on_duty,
    rota_names,
    steps,
    room,
    erased,
    sealing,
)
"""Asked only where the database and the keys, which come first, can be used."""

OUTSIDE: tuple[Callable[[Settings], Awaitable[Finding]], ...] = (
    files_folder,
    newest,
    erasures,
    private,
    time_zone,
    messengers,
    health_page,
    sign_of_life,
)

TELEGRAM: tuple[Callable[[Settings], Awaitable[Finding]], ...] = (telegram_token, telegram_updates)

MATRIX: tuple[Callable[[Settings], Awaitable[Finding]], ...] = (matrix_account,)
