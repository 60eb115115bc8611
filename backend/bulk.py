"""Many rows by one statement, for the few places where thousands are written at once.

A row is a sequence of values as the driver takes them (`plain` makes them so). PostgreSQL gets a column
of values at a time, or one value where all rows have the same, and unfolds them itself; SQLite, which is
in this process, a row at a time. Either is several times quicker than parameters by name for each row.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, TypeAlias

from sqlalchemy import ARRAY, BindParameter, ColumnElement, Table, bindparam, func, select, update
from sqlalchemy import Update as UpdateStatement
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from backend.vault.model import microseconds

Row: TypeAlias = Sequence[object]
Values: TypeAlias = Mapping[str, ColumnElement[Any]]
Statement: TypeAlias = postgresql.Insert | sqlite.Insert | UpdateStatement


def plain(value: object) -> object:
    """The value as both drivers take it."""
    return microseconds(value) if isinstance(value, datetime) else value


class _Bulk(ABC):
    """One statement in two forms, which take rows of the values of `columns`; the first tells them apart."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self._table = table
        self._unfolding: dict[frozenset[str], Statement] = {}
        single = self._single({name: bindparam(_name(name)) for name in columns})
        compiled = single.compile(dialect=sqlite.dialect())
        names = [_name(name) for name in columns]
        self._text = str(compiled)
        self._order = itemgetter(*map(names.index, getattr(compiled, "positiontup", ())))

    @abstractmethod
    def _single(self, values: Values) -> Statement:
        """The statement for one row, for SQLite."""

    @abstractmethod
    def _many(self, values: Values) -> Statement:
        """The statement for the rows that these expressions unfold into, for PostgreSQL."""

    async def __call__(self, session: AsyncSession, rows: Sequence[Row]) -> None:
        """Run it for these rows, in this order."""
        if not rows:
            return
        connection = await session.connection()
        if connection.dialect.name == "sqlite":
            await connection.exec_driver_sql(self._text, [*map(self._order, rows)])
            return
        values = dict(zip(self.columns, zip(*rows, strict=True), strict=True))
        same = frozenset(
            name for name in self.columns[1:] if values[name].count(values[name][0]) == len(rows)
        )
        if same not in self._unfolding:
            self._unfolding[same] = self._unfolded(same)
        given = {_name(name): each[0] if name in same else each for name, each in values.items()}
        await connection.execute(self._unfolding[same], given)

    def _unfolded(self, same: frozenset[str]) -> Statement:
        """The statement where the columns in `same` have one value in all rows."""
        apart = [name for name in self.columns if name not in same]
        arrays = (self._parameter(name, many=True) for name in apart)
        rows = func.unnest(*arrays).table_valued(*apart).render_derived()
        return self._many(
            {name: self._parameter(name) if name in same else rows.c[name] for name in self.columns}
        )

    def _parameter(self, column: str, *, many: bool = False) -> BindParameter[Any]:
        """A parameter of the column's type, without what makes Python values of it."""
        kind = self._table.c[column].type
        raw = getattr(kind, "impl_instance", kind)
        return bindparam(_name(column), type_=ARRAY(raw) if many else raw)


def _name(column: str) -> str:
    """A parameter's name, which must not be the column's own."""
    return f"given_{column}"


class Insert(_Bulk):
    """Adds rows to a table. Those whose unique column `once` stands there already are passed over."""

    def __init__(self, table: Table, *, once: str | None = None) -> None:
        self._once = once
        columns = [column.name for column in table.columns if column is not table.autoincrement_column]
        self._defaults = {name: getattr(table.c[name].default, "arg", None) for name in columns}
        super().__init__(table, columns)

    def row(self, values: Mapping[str, object]) -> list[object]:
        """A row of these values by column name; those that are left out have their column's default."""
        return [plain(values.get(name, self._defaults[name])) for name in self.columns]

    def _single(self, values: Values) -> Statement:
        single = sqlite.insert(self._table).values(dict(values))
        return single.on_conflict_do_nothing(index_elements=[self._once]) if self._once else single

    def _many(self, values: Values) -> Statement:
        many = postgresql.insert(self._table).from_select(list(values), select(*values.values()))
        return many.on_conflict_do_nothing(index_elements=[self._once]) if self._once else many


class Update(_Bulk):
    """Sets columns of the rows that `key` names. A row is the key's value, then the columns' values."""

    def __init__(self, table: Table, key: str, *columns: str) -> None:
        self._key = key
        super().__init__(table, [key, *columns])

    def _single(self, values: Values) -> Statement:
        changed = {name: value for name, value in values.items() if name != self._key}
        return update(self._table).where(self._table.c[self._key] == values[self._key]).values(changed)

    _many = _single
