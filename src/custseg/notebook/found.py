"""What a fitted segmentation found: its tables, and answers on them."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklearn.exceptions import NotFittedError

from custseg.errors import UsageError, WorkspaceError
from custseg.notebook.showing import Shown, page_one

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from custseg.notebook.frames import Kind
    from custseg.offers.export.database import PublishedRows
    from custseg.offers.export.tables import GivenName
    from custseg.segments.model.as_sql import Dialect
    from custseg.settings import Settings
    from custseg.workspace.workspace import Workspace


class Found:
    """A workspace in which everything has run, seen from a notebook; None before that."""

    _home: Workspace | None
    _kind: Kind
    """Of the tables it gives."""

    def _settings(self) -> Settings:
        """The settings that hold for it."""
        raise NotImplementedError

    @property
    def customers_(self) -> Any:  # noqa: ANN401  (a table of the kind the orders came in)
        """One wide row per customer: segment, margin, what to expect, RFM scores, features."""
        return self.table("customers")

    @property
    def segments_(self) -> Any:  # noqa: ANN401  (likewise)
        """One row per segment: name, customers, orders, revenue and shares of these."""
        return self.table("profiles")

    @property
    def plans_(self) -> Any:  # noqa: ANN401  (likewise)
        """What to do with each segment, whom to contact, and what that may bring."""
        return self.table("plans")

    @property
    def ledger_(self) -> Any:  # noqa: ANN401  (likewise)
        """What each rule of cleaning removed: rows and value, and what was left."""
        return self.table("ledger")

    @property
    def k_scores_(self) -> Any:  # noqa: ANN401  (likewise)
        """The criteria of each number of segments, and which was chosen."""
        return self.table("k_scores")

    @property
    def labels_(self) -> NDArray[np.int64]:
        """The segment of each customer, in the order of `customers_`."""
        from custseg.engine.parquet import read_frame

        path = self._fitted().path("customers")
        return read_frame(path, ["segment"])["segment"].to_numpy()

    @property
    def as_of_(self) -> date:
        """The midnight that all of it is as of."""
        return date.fromisoformat(self._fitted().manifest().facts()["as_of"])

    def table(self, artifact: str) -> Any:  # noqa: ANN401  (a table of the kind the orders came in)
        """Return any table that the run made; docs/artifacts.md lists them.

        Raises
        ------
        UsageError
            There is no such table.
        WorkspaceError
            A run without studies did not make it.
        """
        from custseg.artifacts import ARTIFACTS
        from custseg.errors import did_you_mean

        home = self._fitted()
        tables = [name for name, one in ARTIFACTS.items() if one.storage == "table"]
        if artifact not in tables:
            raise UsageError(
                f'There is no table "{artifact}"{did_you_mean(artifact, tables)}.',
                "docs/artifacts.md lists them.",
            )
        if not home.path(artifact).is_file():
            raise WorkspaceError(f"{artifact}: this run did not make it.", "Set studies=True.")
        return self._kind.read(home.path(artifact))

    def explain(self, customer: str) -> Shown:
        """Tell why a customer is in their segment and not in the next, and what changed.

        Raises
        ------
        DataError
            There is no such customer.
        """
        from custseg.report.tables.customers import explanation
        from custseg.segments.customers.explanation import explain_customer
        from custseg.segments.customers.published import find_customer, published, read_month

        home, settings = self._fitted(), self._settings()
        snapshot = published(home, None)
        month, facts = read_month(snapshot, settings.segments), home.manifest().facts()
        earlier = home.history.started_from(snapshot)
        before = read_month(earlier, settings.segments) if earlier else None
        found = find_customer(month, str(customer), facts)
        told = explain_customer(found, month, before, settings.segments)
        return Shown(explanation(told, self._currency(settings, facts)))

    def report(self, path: str | Path) -> Path:
        """Write the report's page there, and beside it `evidence.html`, which it links to.

        Raises
        ------
        UsageError
            It cannot be written there.
        """
        home, target = self._fitted(), Path(path)
        try:
            shutil.copyfile(home.path("report"), target)
            shutil.copyfile(home.path("evidence"), target.with_name("evidence.html"))
        except OSError as error:
            raise UsageError(f"{target}: cannot be written: {error.strerror}.") from None
        return target

    def to_sql(self, dialect: Dialect, table: str = "features") -> str:
        """Return the model as one query, which gives a database's customers their segments.

        Parameters
        ----------
        dialect
            duckdb, postgres, spark, bigquery, snowflake or tsql.
        table
            The database's table that has the columns of the artifact features.

        Raises
        ------
        UsageError
            The dialect is none of these.
        """
        from custseg.segments.customers.published import published
        from custseg.segments.model.as_sql import DIALECTS, as_sql
        from custseg.segments.model.naming import rename

        if dialect not in DIALECTS:
            raise UsageError(
                # An address may hold a password.
                f"{dialect.partition(':')[0]}: no such dialect.",
                f"Known: {', '.join(DIALECTS)}. To write tables to a server: publish(ADDRESS).",
            )
        model = published(self._fitted(), None).read("model")
        names = rename(model.rules, self._settings().segments.names)
        return as_sql(model, names, dialect, table)

    def publish(
        self, to: str, what: GivenName = "segments", table: str | None = None
    ) -> PublishedRows:
        """Write a table of customers to a PostgreSQL server, as `custseg publish` does.

        Parameters
        ----------
        to
            The server's address; a password is better in PGPASSWORD or ~/.pgpass.
        what
            "segments" (a row per customer and as-of date published), "customers" (one wide row
            each) or "customers_by_month" (the segment at every as-of date).
        table
            Its name, or schema.name; by default customer_segments, custseg_customers or
            custseg_customers_by_month.

        Raises
        ------
        UsageError
            That is no address, table or name of one.
        DataError
            The server cannot be reached or refuses, or its table is another one.
        """
        from custseg.offers.export.database import Target, publish_customers
        from custseg.pipeline.staleness import Staleness

        home, settings = self._fitted(), self._settings()
        freshness = Staleness(home, settings)
        return publish_customers(home, settings, Target(to, what, table), freshness)

    def save(self, path: str | Path) -> Path:
        """Keep all that was found in a new folder, a workspace that `custseg.load` and `-w` read.

        It holds personal data, and is readable by you alone.

        Raises
        ------
        UsageError
            The folder is there already, or cannot be written.
        """
        home, target = self._fitted(), Path(path)
        try:
            with home.writing(self._settings().run.lock_timeout, runs="save"):
                shutil.copytree(home.root, target, ignore=_left_behind)
            target.chmod(0o700)
        except FileExistsError:
            raise UsageError(f"{target}: is there already.", "Choose another folder.") from None
        except OSError as error:
            raise UsageError(f"{target}: cannot be written: {error}.") from None
        return target

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there is something to look at."""
        return self._home is not None

    def _repr_html_(self) -> str:
        """Page one's table, for a notebook."""
        if self._home is None:
            return f"<pre>{self!r}: not fitted yet</pre>"
        return page_one(self._home)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """What Jupyter asks for first; scikit-learn's own would show parameters only."""
        return {"text/plain": repr(self), "text/html": self._repr_html_()}

    def _fitted(self) -> Workspace:
        if self._home is None:
            raise NotFittedError("This Segmentation is not fitted yet: call fit with orders first.")
        return self._home

    @staticmethod
    def _currency(settings: Settings, facts: Mapping[str, Any]) -> str:
        from custseg.words.figures import currency_sign

        return settings.report.currency or currency_sign(facts.get("currency", ""))


def _left_behind(folder: str, names: list[str]) -> set[str]:
    """What of a workspace is no result: locks, unfinished files and what was downloaded."""
    del folder
    return {name for name in names if name.startswith(".") or name == "source"}
