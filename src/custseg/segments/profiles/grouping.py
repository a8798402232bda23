"""Groups of products: the source's categories, or groups found in the descriptions."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfTransformer
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from custseg.settings import GroupSettings

    Floats = NDArray[np.float64]

OTHER: Final = "Other"
LOOKS: Final = frozenset(
    {
        *("red", "pink", "blue", "green", "white", "black", "ivory", "cream", "silver", "gold"),
        *("purple", "yellow", "orange", "brown", "grey", "gray", "turquoise", "lilac", "beige"),
        *("colour", "color", "coloured", "colored", "multicolour", "pastel", "clear", "natural"),
        *("set", "pack", "piece", "pair", "assorted", "asstd", "size", "design", "style"),
        *("small", "medium", "large", "mini", "jumbo", "big", "tall", "round", "square"),
    }
)
"""Words that say how a product looks or is packed, not what it is."""
_WORD: Final = r"[^\W\d_]{3,}"
_LEAST_SHARE: Final = 0.001
_NAME_TERMS: Final = 3
_CANDIDATES: Final = 9
_PRODUCTS_PER_GROUP: Final = 10
_MOST_TERMS: Final = 2_000
_MOST_FITTED: Final = 10_000


def product_groups(products: pd.DataFrame, settings: GroupSettings) -> pd.DataFrame:
    """Put every product into a group.

    Parameters
    ----------
    products
        product_id, its most frequent description and its most frequent category, sorted by
        product_id.
    settings
        The `[groups]` settings.

    Returns
    -------
    DataFrame
        product_id, group, group_name. Categories where the source has any, else groups found in
        the descriptions, named by their three heaviest terms; each of their products has one of
        them. Groups are numbered by falling number of products; "Other", all that is left, is 0.
    """
    categories = products["category"].replace(r"^\s*$", None, regex=True)
    names = categories if categories.notna().any() else _found(products["description"], settings)
    named = products[["product_id"]].assign(group_name=names.fillna(OTHER).astype(object))
    counts = named["group_name"].value_counts().drop(OTHER, errors="ignore")
    order = counts.reset_index().sort_values(
        ["count", "group_name"], ascending=[False, True], ignore_index=True
    )
    numbers = pd.Series(order.index + 1, index=order["group_name"])
    group = named["group_name"].map(numbers).fillna(0).astype("int64")
    return named.assign(group=group)[["product_id", "group", "group_name"]]


def _found(descriptions: pd.Series[str], settings: GroupSettings) -> pd.Series[str]:
    """The name of each description's group, missing where it belongs to none.

    Non-negative matrix factorisation of TF-IDF (Lee & Seung 1999) for up to nine numbers of groups,
    evenly spaced. The number counts for which the mean over products of their groups' coherence, 0
    where they have none, is highest. On Online Retail, mean coherence of 10 to 24 groups' names:
    .25; with K-means .17, after latent semantic analysis .04.
    """
    counts, terms = term_counts(descriptions)
    described = int((counts.getnnz(axis=1) > 0).sum())
    most = min(settings.most, described // _PRODUCTS_PER_GROUP, len(terms) - 1)
    names = pd.Series(None, index=descriptions.index, dtype=object)
    if most < 2:  # noqa: PLR2004  (one group divides nothing)
        return names
    weights = TfidfTransformer().fit_transform(counts)
    # A small catalogue has few groups, but a choice among them all the same.
    fewest = min(settings.fewest, max(2, most // 2))
    step = -(-len(descriptions) // _MOST_FITTED)
    best, highest = names, -np.inf
    with threadpool_limits(1), warnings.catch_warnings():
        # Not quite converged, a product or two at a group's edge may be on the other side.
        warnings.simplefilter("ignore", ConvergenceWarning)
        for number in np.unique(np.linspace(fewest, most, _CANDIDATES).astype(int)):
            model = NMF(int(number), init="nndsvd", tol=1e-3, random_state=0)
            strength = model.fit_transform(weights[::step])
            if step > 1:
                strength = model.transform(weights)
            topics = model.components_
            group = (strength * topics.sum(axis=1)).argmax(axis=1)
            belongs = _has_a_term(counts, topics, group)
            levels = np.array([coherence(counts, _top(topic)) for topic in topics])
            level = float((levels[group] * belongs).mean())
            if level > highest:
                labels = np.array([" · ".join(terms[_top(topic)]) for topic in topics], object)
                best, highest = names.mask(belongs, labels[group]), level
    return best


def _has_a_term(counts: csr_matrix, topics: Floats, group: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each description has one of the terms that name its group."""
    typical = np.zeros_like(topics)
    for row, topic in zip(typical, topics, strict=True):
        row[_top(topic)] = 1
    shared: NDArray[np.bool_] = (counts @ typical.T)[np.arange(len(group)), group] > 0
    return shared


def term_counts(descriptions: pd.Series[str]) -> tuple[csr_matrix, NDArray[np.object_]]:
    """Which terms each description has, descriptions × terms, and the terms.

    A term is a word of at least three letters, in lower case, a plural as its singular where that
    occurs too; no stop word, colour or size; in at least a thousandth of the descriptions and two.
    """
    words = descriptions.dropna().str.lower().str.findall(_WORD).explode().dropna().astype(object)
    singular = _singulars(words.unique())
    words = words.map(singular)
    words = words[~words.isin(ENGLISH_STOP_WORDS | LOOKS)]
    pairs = pd.DataFrame(
        {"row": descriptions.index.get_indexer(words.index), "term": words.to_numpy()}
    ).drop_duplicates()
    frequency = pairs["term"].value_counts().rename_axis("term").reset_index(name="n")
    frequency = frequency[frequency["n"] >= max(2, _LEAST_SHARE * len(descriptions))]
    frequency = frequency.sort_values(["n", "term"], ascending=[False, True]).head(_MOST_TERMS)
    terms = np.sort(frequency["term"].to_numpy(dtype=object))
    pairs = pairs[pairs["term"].isin(terms)]
    columns = pd.Index(terms).get_indexer(pairs["term"])
    shape = (len(descriptions), len(terms))
    return csr_matrix((np.ones(len(pairs)), (pairs["row"], columns)), shape=shape), terms


def coherence(counts: csr_matrix, terms: NDArray[np.int64]) -> float:
    """Mean normalised pointwise mutual information of each two of the terms over descriptions.

    1 where they come only together, 0 where independent, -1 where never together; 0 for one term
    alone. Bouma (2009); as topic coherence: Aletras & Stevenson (2013).
    """
    if len(terms) < 2:  # noqa: PLR2004  (a pair)
        return 0.0
    chosen = counts[:, terms]
    together = (chosen.T @ chosen).toarray() / counts.shape[0]
    alone = np.diag(together)
    first, second = np.triu_indices(len(terms), 1)
    joint, independent = together[first, second], alone[first] * alone[second]
    information = np.full(len(joint), -1.0)
    always = joint == 1
    information[always] = 1.0
    some = (joint > 0) & ~always
    information[some] = np.log(joint[some] / independent[some]) / -np.log(joint[some])
    return float(information.mean())


def _singulars(words: NDArray[np.object_]) -> dict[str, str]:
    """Each word's singular by English endings, where that is a word too."""
    known = set(words)

    def singular(word: str) -> str:
        if word.endswith("ss"):
            return word
        stems = (word.removesuffix(ending) for ending in ("s", "es"))
        return next((stem for stem in stems if stem != word and stem in known), word)

    return {word: singular(word) for word in words}


def _top(topic: Floats) -> NDArray[np.int64]:
    """The positions of a topic's heaviest terms, heaviest first; those without weight are none."""
    order = np.argsort(-topic, kind="stable")[:_NAME_TERMS]
    return order[topic[order] > 0]
