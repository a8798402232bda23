"""Load the fitted pipeline of a workspace, for users' own Python."""

from __future__ import annotations

import hashlib
import hmac
import math
import pickle
from importlib import import_module
from io import BytesIO
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, Final

from custseg.artifacts import ARTIFACTS
from custseg.errors import WorkspaceError
from custseg.workspace.inside import read_own
from custseg.workspace.manifest import read_manifest
from custseg.workspace.snapshot import RECORD, read_snapshot

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

_ARTIFACT: Final = "pipeline"
_MOST_BYTES: Final = 512 * 2**20
_ARRAY: Final = ("joblib.numpy_pickle", "NumpyArrayWrapper")
"""How joblib says that the bytes of an array follow."""
_ALLOWED: Final = frozenset(
    {
        ("custseg.segments.model.pipeline", "clip"),
        ("custseg.segments.model.pipeline", "transform"),
        ("custseg.segments.model.pipeline", "weigh"),
        ("custseg.segments.model.space", "Space"),
        ("numpy", "dtype"),
        ("numpy", "ndarray"),
        ("numpy._core.multiarray", "scalar"),
        ("numpy.core.multiarray", "scalar"),
        ("sklearn.cluster._kmeans", "KMeans"),
        ("sklearn.cluster._kmeans", "MiniBatchKMeans"),
        ("sklearn.pipeline", "Pipeline"),
        ("sklearn.preprocessing._data", "StandardScaler"),
        ("sklearn.preprocessing._function_transformer", "FunctionTransformer"),
    }
)
"""All that a pipeline of `build` is made of; no other name is looked up."""


def load_pipeline(location: str | Path) -> Pipeline:
    """Load the fitted scikit-learn pipeline of a workspace or of a published month.

    A pickle can run anything. This one is read only if its SHA-256 is in a record signed with your
    key, and only if it is made of the steps of custseg's pipelines; else nothing of it runs.

    Parameters
    ----------
    location
        A workspace, a folder of its `history`, or the `pipeline.joblib` in one of these.

    Raises
    ------
    WorkspaceError
        It is not there, no signed record has it as it is, or it names anything else.

    Examples
    --------
    >>> pipeline = custseg.load_pipeline("custseg-workspace")
    >>> list(pipeline.named_steps)
    ['transform', 'scale', 'clip', 'weigh', 'pca', 'kmeans']
    """
    path = Path(location)
    if path.is_dir():
        path /= ARTIFACTS[_ARTIFACT].file
    root, recorded = _recorded(path)
    try:
        content = read_own(path, root, _MOST_BYTES)
    except OSError as error:
        raise WorkspaceError(
            f"{path}: cannot be read: {error.strerror}.", "Run: custseg fit"
        ) from None
    if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), recorded):
        raise WorkspaceError(
            f"{path}: is not as its signed record says (its SHA-256 differs), so it is not loaded.",
            "Put it back from a backup, or make it anew: custseg run-all, or custseg history "
            "--rebuild",
        )
    return unpickled(content, path)


def unpickled(content: bytes, path: Path) -> Pipeline:
    """Unpickle a pipeline; whatever else it would build is refused before it is looked up.

    Raises
    ------
    WorkspaceError
        It names anything that no pipeline has, or is no pickle.
    """
    from sklearn.pipeline import Pipeline

    try:
        pipeline = _Unpickler(BytesIO(content), len(content)).load()
    except _UnexpectedError as error:
        raise WorkspaceError(
            f"{path}: holds {error}, which no pipeline of custseg has, so it is not loaded.",
            "Don't open it otherwise either. Make it anew: custseg fit --force",
        ) from None
    except Exception:  # noqa: BLE001  (bytes that are no such pickle can raise anything)
        pipeline = None
    if not isinstance(pipeline, Pipeline):
        raise WorkspaceError(
            f"{path}: is no pipeline that this version of scikit-learn can load.",
            "Make it anew: custseg fit --force",
        )
    return pipeline


def _recorded(path: Path) -> tuple[Path, str]:
    """The workspace that a pipeline is in, and its SHA-256 as a signed record has it."""
    folder = path.parent
    if (folder / RECORD).exists():
        return folder.parents[1], read_snapshot(folder, strict=True).sha256(_ARTIFACT)
    for record in read_manifest(folder / "manifest.json", strict=True).stages.values():
        if _ARTIFACT in record.outputs:
            return folder, record.outputs[_ARTIFACT].sha256
    raise WorkspaceError(
        f"{path}: is in no workspace that has a record of it.",
        "Name a workspace in which custseg run-all has run.",
    )


class _UnexpectedError(Exception):
    """A pickle holds what it should not."""


class _Array:
    """Stands for an array whose bytes follow in the file."""

    subclass: object
    shape: tuple[int, ...]
    order: str
    dtype: Any
    numpy_array_alignment_bytes: int | None = None


# Python's own unpickler, not that in C: joblib puts arrays between the opcodes of the pickle.
class _Unpickler(pickle._Unpickler):  # noqa: SLF001
    """Builds a pipeline of known parts, from joblib's format without compression."""

    stack: list[Any]
    dispatch: ClassVar[dict[int, Any]] = {**pickle._Unpickler.dispatch}  # noqa: SLF001

    def __init__(self, stream: BytesIO, size: int) -> None:
        super().__init__(stream)
        self._stream = stream
        self._size = size

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401
        """Return what a pickle names, if it is a part of a pipeline."""
        if (module, name) == _ARRAY:
            return _Array
        if (module, name) not in _ALLOWED:
            raise _UnexpectedError(f"{module}.{name}")
        return getattr(import_module(module), name)

    def persistent_load(self, pid: object) -> Any:  # noqa: ANN401, ARG002
        """Refuse what lies outside of the pickle."""
        raise _UnexpectedError("a reference to something outside")

    def get_extension(self, code: int) -> None:
        """Refuse names by number, which any library may have registered."""
        raise _UnexpectedError(f"the extension {code}")

    def _build(self) -> None:
        """Give an object its state; an array is then read from the bytes that follow."""
        target = self.stack[-2]
        if isinstance(target, type | FunctionType):
            raise _UnexpectedError("a change of its own parts")
        super().load_build()  # type: ignore[misc]
        if isinstance(target, _Array):
            self.stack[-1] = self._array(target)

    dispatch[pickle.BUILD[0]] = _build

    def _array(self, told: _Array) -> Any:  # noqa: ANN401
        import numpy as np

        kind = told.dtype
        if not isinstance(kind, np.dtype) or kind.hasobject or told.subclass is not np.ndarray:
            raise _UnexpectedError("an array of objects")
        if told.numpy_array_alignment_bytes:
            self._stream.read(self._stream.read(1)[0])
        count = math.prod(told.shape)
        if not 0 <= count * kind.itemsize <= self._size:
            raise _UnexpectedError("an array larger than its file")
        values = np.frombuffer(self._stream.read(count * kind.itemsize), kind, count).copy()
        return values.reshape(told.shape, order="F" if told.order == "F" else "C")
