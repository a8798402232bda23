"""The estimator: from order lines to segments, as `run-all` makes them."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self
from weakref import finalize

from custseg.errors import WorkspaceError
from custseg.notebook.found import Found
from custseg.notebook.frames import Kind, kind_of, paths_of, write_orders
from custseg.pipeline.runner import Runner
from custseg.pipeline.stages import STAGES
from custseg.settings.loading import load_settings
from custseg.workspace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import numpy as np
    from numpy.typing import NDArray

    from custseg.pipeline.outcomes import Listener
    from custseg.settings import Settings
    from custseg.workspace.manifest import Source

    class BaseEstimator:
        """scikit-learn's as a type checker is to see it: of a base without types all is Any."""

        def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002
            """Return the parameters."""
            raise NotImplementedError

        def set_params(self, **params: Any) -> Self:  # noqa: ANN401
            """Set parameters."""
            raise NotImplementedError
else:
    from sklearn.base import BaseEstimator

_ORDERS: Final = "orders.parquet"
_SHORT: Final = 15.0
"""Seconds after which silence would look as if nothing went on."""
_OWN: Final = {"k": "model.k", "as_of": "clean.as_of", "studies": "run.thorough"}
"""Parameters that are settings, by their dotted key."""


class Segmentation(Found, BaseEstimator):
    """Segments of a shop's customers, made from its order lines.

    `fit` does what `custseg run-all` does, so equal orders and settings give equal segments, bit
    for bit. Tables come back in the kind the orders came in: pandas, Polars, Arrow or ibis; from a
    path, as pandas.

    Parameters
    ----------
    k
        Number of segments, or "auto": the choice of `select_k`.
    as_of
        Midnight to segment as of (a date, or an ISO date); None: after the last day of the orders.
    studies
        Whether to run the side studies too: what customers are expected to spend, how well past
        forecasts did. They take most of the time.
    workspace
        Folder that keeps what is found, so that next month's segments start from this month's.
        None: a temporary one, gone with the estimator.
    verbose
        0: `fit` writes nothing; 1: a line on stderr for each stage. None: these lines too, but not
        of a fit that is over within 15 seconds.
    settings
        Other settings by their section, such as `clean={"returns": "drop"}`; docs/settings.md lists
        them. They take the place of those of a `custseg.toml` in the current folder.

    Examples
    --------
    >>> shop = custseg.Segmentation(k=3, studies=False).fit("orders.csv")
    >>> int(shop.segments_["customers"].sum()), len(shop.labels_)
    (120, 120)
    >>> shop.predict("orders.csv")["segment"].tolist() == shop.labels_.tolist()
    True
    """

    def __init__(
        self,
        k: int | Literal["auto"] = "auto",
        as_of: date | str | None = None,
        *,
        studies: bool = True,
        workspace: str | Path | None = None,
        verbose: int | None = None,
        **settings: Mapping[str, Any],
    ) -> None:
        self.k = k
        self.as_of = as_of
        self.studies = studies
        self.workspace = workspace
        self.verbose = verbose
        self._sections = settings
        self._kind = Kind()
        self._home: Workspace | None = None

    def fit(
        self,
        orders: Any,  # noqa: ANN401  (a table of any library, or a path)
        y: object = None,  # noqa: ARG002  (scikit-learn's pipelines give it)
        *,
        columns: Mapping[str, str] | None = None,
    ) -> Self:
        """Segment the customers of order lines.

        Parameters
        ----------
        orders
            A table of pandas, Polars, Arrow or ibis, or what `custseg run-all` takes as SOURCE.
        columns
            Which column holds what, such as `{"customer_id": "Kunde"}`; what it does not name is
            found by names and content, as on the command line.

        Raises
        ------
        CustsegError
            The orders cannot be used, settings do not fit, or nothing sensible can be fitted.

        Warns
        -----
        UserWarning
            The shop is too small: all customers are in one segment.
        """
        home, settings = self._place(), self._settings(columns)
        self._kind = kind_of(orders) or Kind()
        with tempfile.TemporaryDirectory() as scratch:
            source = self._source(orders, settings, home, Path(scratch))
            Runner(home, settings, self._options(columns), self._listener()).run_all(source)
        self._home = home
        facts = home.manifest().facts()
        if facts["k"] == 1:
            warnings.warn(facts["k_reason"], UserWarning, stacklevel=2)
        return self

    def fit_predict(
        self,
        orders: Any,  # noqa: ANN401  (a table of any library, or a path)
        y: object = None,
        *,
        columns: Mapping[str, str] | None = None,
    ) -> NDArray[np.int64]:
        """Segment customers; return the segment of each, in the order of `customers_`."""
        return self.fit(orders, y, columns=columns).labels_

    def predict(
        self,
        orders: Any,  # noqa: ANN401  (a table of any library, or a path)
        *,
        columns: Mapping[str, str] | None = None,
        as_of: date | str | None = None,
    ) -> Any:  # noqa: ANN401  (a table of the kind the orders are of)
        """Put the customers of other order lines into these segments, without a new fit.

        Returns
        -------
        table
            A row per customer, as `custseg.score_customers` gives it.

        Raises
        ------
        CustsegError
            The orders cannot be used, or lack what the model needs.
        """
        import pyarrow as pa

        from custseg.offers.export.scores import Request, score_source

        home, settings = self._fitted(), self._settings(columns, as_of)
        kind = kind_of(orders) or Kind()
        with tempfile.TemporaryDirectory() as scratch:
            source = self._source(orders, settings, home, Path(scratch), other=True)
            asked = Request(source, output=Path(scratch, "scores.parquet"))
            scored = score_source(home, settings, asked).customers
        return kind.give(pa.Table.from_pandas(scored, preserve_index=False))

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002  (scikit-learn's)
        """Return the parameters, sections of settings among them."""
        return super().get_params(deep) | dict(self._sections)

    def set_params(self, **params: Any) -> Self:  # noqa: ANN401  (scikit-learn's)
        """Set parameters, sections of settings among them; what is fitted stays as it is."""
        own = {name for name in super().get_params() if name in params}
        super().set_params(**{name: params[name] for name in own})
        self._sections = self._sections | {k: v for k, v in params.items() if k not in own}
        return self

    def _listener(self) -> Listener | None:
        """What tells of a fit; None for nothing."""
        from custseg.cli.progress import PlainProgress

        if self.verbose == 0:
            return None
        return PlainProgress(_SHORT if self.verbose is None else 0)

    def _place(self) -> Workspace:
        """The workspace to fit in."""
        if self.workspace is not None:
            return Workspace(Path(self.workspace))
        # A new one each time: another shop's orders are no next month of these.
        folder = tempfile.mkdtemp(prefix="custseg-")
        finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Workspace(Path(folder, "workspace"))

    def _options(
        self, columns: Mapping[str, str] | None = None, as_of: date | str | None = None
    ) -> dict[str, Any]:
        """The parameters as settings, by dotted key."""
        found = {
            f"{section}.{key}": value
            for section, values in self._sections.items()
            for key, value in values.items()
        }
        day = as_of or self.as_of
        given = {"model.k": None if self.k == "auto" else self.k, "clean.as_of": day and str(day)}
        found |= {key: value for key, value in given.items() if value is not None}
        found["run.thorough"] = self.studies
        if columns:
            found["source.columns"] = dict(columns)
        return found

    def _settings(
        self, columns: Mapping[str, str] | None = None, as_of: date | str | None = None
    ) -> Settings:
        settings = load_settings(None, self._options(columns, as_of))
        if settings.playbook.texts:
            from custseg.offers.playbook.own_texts import check

            check(settings, None)
        return settings

    @staticmethod
    def _source(
        orders: Any,  # noqa: ANN401  (a table of any library, or a path)
        settings: Settings,
        home: Workspace,
        scratch: Path,
        *,
        other: bool = False,
    ) -> Source:
        """What is read: a path or address as given, or the file that a table is written to."""
        from custseg.sources.files.locate import choose

        if kind_of(orders) is None:
            given = paths_of(orders)
            recorded = None if other else home.manifest().source
            return choose(given, None, recorded, settings.source, replace=False)
        if other:
            path = scratch / _ORDERS
            write_orders(orders, path)
        else:
            path = home.download(_ORDERS)
            with home.writing(settings.run.lock_timeout, runs="fit"):
                write_orders(orders, scratch / _ORDERS)
                with home.replacing(path) as stream, (scratch / _ORDERS).open("rb") as written:
                    shutil.copyfileobj(written, stream)
        return choose([str(path)], None, None, settings.source, replace=True)


def load(path: str | Path) -> Segmentation:
    """Open a workspace, one that `save` or a run made, as a fitted `Segmentation`.

    Parameters
    ----------
    path
        The folder. Its records must bear your signature (docs/privacy.md); nothing of it is run.

    Raises
    ------
    WorkspaceError
        There is no finished run in it, or its records are not signed by you.

    Examples
    --------
    >>> shop = custseg.load("custseg-workspace")
    >>> shop.customers_.shape
    (120, 44)
    """
    home = Workspace(Path(path))
    records = home.manifest().stages
    if "customers" not in records:
        raise WorkspaceError(f"{path}: holds no finished run.", "Run: custseg run-all")
    found: dict[str, Any] = {}
    for record in records.values():
        found |= record.options
    params: dict[str, Any] = {n: found.pop(key) for n, key in _OWN.items() if key in found}
    # A setting of that run's time may have left them out: what it made says so.
    params.setdefault("studies", any(name in STAGES and STAGES[name].side for name in records))
    for dotted, value in found.items():
        section, _, key = dotted.partition(".")
        params.setdefault(section, {})[key] = value
    opened = Segmentation(workspace=path, **params)
    opened._home = home  # noqa: SLF001  (of this class)
    return opened
