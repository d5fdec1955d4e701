"""Makes the map: places rows in the plane, so that similar rows lie together and move gently between two networks."""

import warnings
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from scipy.sparse import coo_matrix

Floats = NDArray[np.float32]

N_NEIGHBORS = 15  # umap's own default; it counts the row itself
FEW_ROWS = 10  # below this there are no neighborhoods to keep: two principal components suffice
MAX_ROWS = 50_000  # of more rows, a sample of this size is on the map
HELD = 0.6  # share of the rows that an update first holds: those whose places suit their new neighbors best
BURSTS, BURST_EPOCHS = 10, 10  # the other rows find their places in bursts; the held rows are put back after each burst
GENTLE, GENTLE_EPOCHS = 0.04, 100  # then all rows settle in small steps
BACK = 0.25  # the held rows go back this share of the way that repulsion, which is random, has pushed them
NOISE = 1e-4  # share of the start's width; without noise, duplicates would move as one forever


def project_map(
    points: ArrayLike, previous: ArrayLike | None = None, random_state: int = 0, keep: ArrayLike | None = None
) -> Floats:
    """Place rows in the plane with UMAP, on exact neighbors, from a known start.

    The first map starts from the two principal components. A map after a retraining starts from `previous`, and moves
    only the rows that have to move. It holds three rows in five, which already lie nearest to their new neighbors,
    while the others find their places among them; then all rows settle in small steps. The map is turned, mirrored,
    shifted and scaled as a whole onto the previous map (Procrustes), so a row that moves on the screen has moved in the
    data. Equal input and seed give the equal map.

    A first map takes `1,000,000 / n` epochs, at least 100 and at most 500 (what UMAP takes for small tables). On real
    tables of 1,000 to 10,000 rows, an update after ten more labels moved the median row at most half as far as it moves
    between two fresh maps, and had a trustworthiness within 0.02 of a fresh map's (benchmarks/maps.py).

    Parameters
    ----------
    points : (n, p) array, finite
    previous : (n, 2) array, optional
        An earlier map, to start from; rows of NaN have no place and start among their neighbors.
    random_state : int
    keep : positions of rows, optional
        Above 50,000 rows, a uniform sample of 50,000 rows is placed; it contains these rows (for example the labeled
        ones).

    Returns
    -------
    (n, 2) float32 array
        NaN for rows outside the sample; up to 50,000 rows there is no sample, and no NaN. With fewer than 10 rows, or
        points on a line, the map is the principal components, which lose nothing there; constant points share one
        place.

    Raises
    ------
    ValueError
        If a point is not finite, or the shapes do not fit.

    Notes
    -----
    Cost: O(n² p) for the neighbors in blocks (0.3 s at 10,000 x 20), O(n · epochs) for the layout; never n x n memory.

    References
    ----------
    McInnes, Healy, Melville: UMAP, arXiv 1802.03426. Gower: Generalized Procrustes analysis, Psychometrika 40 (1975).
    """
    X = _checked(points)
    start = None if previous is None else _checked_previous(previous, len(X))
    if len(X) > MAX_ROWS:
        rows = rows_on_map(len(X), keep, random_state)
        positions = np.full((len(X), 2), np.nan, np.float32)
        positions[rows] = project_map(X[rows], None if start is None else start[rows], random_state)
        return positions
    components = pca_map(X)
    if start is not None and np.isnan(start).all():
        start = None
    if len(X) < FEW_ROWS or _flat(components):
        return components if start is None else align(components, start)
    indices, distances = neighbors(X, min(N_NEIGHBORS, len(X) - 1))
    epochs = int(np.clip(1_000_000 // len(X), 100, 500))
    if start is None:
        return _layout(X, indices, distances, components, epochs, random_state)
    return align(_update(X, indices, distances, start, random_state), start, scale=True)


def pca_map(points: ArrayLike) -> Floats:
    """Project on the first two principal components: a map that is ready at once, while UMAP is still at work.

    Parameters
    ----------
    points : (n, p) array, finite

    Returns
    -------
    (n, 2) float32 array
        The mean is at the origin. A component that does not exist is zeros. The sign of a component is fixed: its
        largest loading is positive.

    Raises
    ------
    ValueError
        If a point is not finite.
    """
    X = _checked(points)
    n, p = X.shape
    positions = np.zeros((n, 2), np.float32)
    if n < 2 or p == 0:
        return positions
    from sklearn.decomposition import PCA

    scale = float(np.abs(X).max()) or 1.0  # squares of huge or tiny numbers leave float32
    centered = X / np.float32(scale)
    centered -= centered.mean(axis=0, dtype=np.float64).astype(np.float32)
    k = min(2, n, p)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # constant points: shares of a variance of zero
        components = PCA(k, random_state=0).fit_transform(centered)  # (n, k)
    positions[:, :k] = components * min(scale, float(np.finfo(np.float32).max) / (4 * p + 4))
    if n == 2:
        positions[:, 1] = 0.0  # two points have one direction: the rest is rounding
    return positions


def neighbors(points: ArrayLike, k: int) -> tuple[NDArray[np.int32], Floats]:
    """Find each row's k nearest rows exactly, the row itself first, by blocked matrix products.

    Parameters
    ----------
    points : (n, p) array, finite
    k : int, 1 <= k <= n

    Returns
    -------
    indices : (n, k) int32
        Column 0 is the row itself, also among duplicates of it.
    distances : (n, k) float32
        Euclidean, ascending; recomputed from differences, so that duplicates are at exactly 0.

    Raises
    ------
    ValueError
        If a point is not finite.

    Notes
    -----
    O(n² p) time and O(n k) memory. scikit-learn's brute force multiplies blocks of rows and keeps a heap per row;
    three times faster than `numpy.argpartition` over the same products.
    """
    from sklearn.neighbors import NearestNeighbors

    X = _checked(points)
    n = len(X)
    centered = X - X.mean(axis=0, dtype=np.float64).astype(np.float32)  # the products cancel far from the origin
    more = min(n, k + 5)  # products round: take a few more, then order them by their differences
    found = (
        NearestNeighbors(n_neighbors=more, algorithm="brute")
        .fit(centered)
        .kneighbors(return_distance=False, X=centered)
    )
    own = np.arange(n)[:, None]  # (n, 1)
    distances = np.empty((n, more), np.float32)
    step = max(1, 4_000_000 // max(1, more * X.shape[1]))
    for s in range(0, n, step):
        block = slice(s, s + step)
        difference = X[block, None].astype(np.float64) - X[found[block]]  # (step, more, p)
        distances[block] = np.sqrt(np.einsum("ijk,ijk->ij", difference, difference))
    missing = ~(found == own).any(axis=1)  # a row with many duplicates may not be among its own nearest
    found[missing, -1] = own[missing, 0]
    distances[found == own] = -1.0  # first in the order, whatever lies at distance 0
    order = np.lexsort((found, distances), axis=1)[:, :k]  # (n, k), ties to the lowest position
    distances = np.take_along_axis(distances, order, axis=1)
    distances[:, 0] = 0.0
    return np.take_along_axis(found, order, axis=1).astype(np.int32), distances


def align(moving: ArrayLike, fixed: ArrayLike, scale: bool = False) -> Floats:
    """Turn, mirror and shift a map onto another (orthogonal Procrustes), fitted to the rows that are on both maps.

    Parameters
    ----------
    moving, fixed : (n, 2) arrays
    scale : bool
        Also give `moving` the spread of `fixed` (root mean square about the mean). The size of a UMAP layout depends
        on the number of its epochs, not on the distances between rows: the layout of a shorter refit is a fifth
        smaller, so every row would move inward.

    Returns
    -------
    (n, 2) float32 array
    """
    from scipy.linalg import orthogonal_procrustes

    A, B = np.asarray(moving, np.float64), np.asarray(fixed, np.float64)
    both = np.isfinite(A).all(axis=1) & np.isfinite(B).all(axis=1)
    if not both.any():
        return A.astype(np.float32)
    center_a, center_b = A[both].mean(axis=0), B[both].mean(axis=0)
    turn, _ = orthogonal_procrustes(A[both] - center_a, B[both] - center_b)  # (2, 2)
    spread_a, spread_b = np.linalg.norm(A[both] - center_a), np.linalg.norm(B[both] - center_b)
    factor = spread_b / spread_a if scale and spread_a > 0 and spread_b > 0 else 1.0
    return (factor * (A - center_a) @ turn + center_b).astype(np.float32)


def warm_up() -> None:
    """Compile or load UMAP's loops with a small example, so that a worker's first map does not wait for them."""
    toy = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
    project_map(toy, previous=project_map(toy))


@cache
def _umap() -> Any:
    """Return the package umap; compile its loops once a machine (8 s) and not in every process.

    umap asks numba to keep some compiled loops on the disk. This function asks numba to keep all of them: beside the
    package, or in the user's cache if the package's folder is read-only.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "IProgress not found")  # in notebooks, about progress bars
        import umap.layouts
        import umap.umap_
        import umap.utils
    from numba.core.registry import CPUDispatcher

    for module in (umap.utils, umap.layouts, umap.umap_):
        for function in vars(module).values():
            if isinstance(function, CPUDispatcher) and function.__module__ == module.__name__:
                with suppress(RuntimeError):  # no folder to write to: compiled for this process alone
                    function.enable_caching()
    return umap


def _layout(
    X: Floats,
    indices: NDArray[np.int32],
    distances: Floats,
    start: Floats,
    epochs: int,
    random_state: int,
) -> Floats:
    """Run UMAP's own optimization from `start`, on known neighbors."""
    # UMAP stretches any start to 10 x 10 units. Noise of a ten-thousandth of that keeps duplicates apart.
    spread = start - start.min(axis=0)
    width = np.maximum(spread.max(axis=0), np.finfo(np.float32).tiny)
    rng = np.random.default_rng(random_state)
    begin = (10.0 * (spread / width) + rng.normal(scale=10 * NOISE, size=start.shape)).astype(np.float32)
    model = _umap().UMAP(
        n_neighbors=indices.shape[1],
        init=begin,
        n_epochs=epochs,
        random_state=random_state,
        n_jobs=1,  # parallel layouts are not repeatable
        precomputed_knn=(indices, distances),
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="precomputed_knn")  # it warns that new rows cannot be placed
        warnings.filterwarnings("ignore", message="n_neighbors")
        positions = np.asarray(model.fit_transform(X), np.float32)
    return positions - positions.mean(axis=0, dtype=np.float64).astype(np.float32)


def _update(X: Floats, indices: NDArray[np.int32], distances: Floats, previous: Floats, random_state: int) -> Floats:
    """Run UMAP's own steps from a previous map, first for the rows that are out of place.

    UMAP itself would stretch the start to a square, which moves every row before anything has changed.
    """
    fuzzy_simplicial_set = _umap().umap_.fuzzy_simplicial_set
    state = np.random.RandomState(random_state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # rows without edges, as among many duplicates
        graph = fuzzy_simplicial_set(X, indices.shape[1], state, "euclidean", knn_indices=indices, knn_dists=distances)[
            0
        ].tocoo()
    filled = _fill(previous, indices)
    width = np.ptp(filled, axis=0)
    start = (filled + state.normal(scale=NOISE, size=filled.shape) * width).astype(np.float32)
    away = np.linalg.norm(filled[indices[:, 1:]] - filled[:, None], axis=2).mean(axis=1)  # (n,) over (n, k - 1, 2)
    away[np.isnan(previous).any(axis=1)] = np.inf
    held = np.argsort(away, kind="stable")[: int(HELD * np.isfinite(away).sum())]
    positions = start.copy()
    for burst in range(BURSTS):
        positions = _steps(positions, graph, BURST_EPOCHS, BURSTS * BURST_EPOCHS, 1 - burst / BURSTS, state)
        positions[held] = start[held]
    positions = _steps(positions, graph, GENTLE_EPOCHS, GENTLE_EPOCHS, GENTLE, state)
    positions[held] += np.float32(BACK) * (start[held] - positions[held])
    return positions


def _steps(
    positions: Floats, graph: "coo_matrix", epochs: int, of: int, rate: float, state: np.random.RandomState
) -> Floats:
    """Run UMAP's layout for `epochs` epochs, the first of a run of `of` epochs, without a change of scale before it."""
    umap = _umap()
    kept = graph.data >= graph.data.max() / of  # UMAP would draw weaker edges not even once
    a, b = umap.umap_.find_ab_params(1.0, 0.1)  # UMAP's default spread and least distance
    found = umap.layouts.optimize_layout_euclidean(
        positions,
        positions,
        graph.row[kept].astype(np.int32),
        graph.col[kept].astype(np.int32),
        epochs,
        len(positions),
        umap.umap_.make_epochs_per_sample(graph.data[kept], of),
        a,
        b,
        state.randint(np.iinfo(np.int32).min + 1, np.iinfo(np.int32).max - 1, 3).astype(np.int64),
        initial_alpha=rate,
        densmap_kwds={},
        move_other=True,
    )
    return np.asarray(found, np.float32)


def _fill(start: Floats, indices: NDArray[np.int32]) -> Floats:
    """Give rows without a position the mean of their neighbors that have one, or else the mean of all rows."""
    filled = start.copy()
    missing = np.asarray(np.isnan(start).any(axis=1))
    if missing.any():
        around = start[indices[missing]]  # (m, k, 2)
        known = np.asarray(np.isfinite(around).all(axis=2))  # (m, k)
        total = np.where(known[:, :, None], around, 0).sum(axis=1)  # (m, 2)
        count = known.sum(axis=1)[:, None]
        filled[missing] = np.where(count > 0, total / np.maximum(count, 1), np.nanmean(start, axis=0))
    return filled


def rows_on_map(n: int, keep: ArrayLike | None = None, random_state: int = 0) -> NDArray[np.int64]:
    """Return the positions of the rows that a map of n rows shows, ascending: all, or a sample that contains `keep`.

    Parameters
    ----------
    keep : positions of rows, optional
        For example the labeled rows; of more than 50,000, the first 50,000.

    Raises
    ------
    ValueError
        If n is above 50,000, and `keep` holds a position below 0 or from n on.
    """
    if n <= MAX_ROWS:
        return np.arange(n)
    kept = np.unique(np.asarray([] if keep is None else keep, dtype=np.int64))
    if len(kept) and (kept[0] < 0 or kept[-1] >= n):
        raise ValueError(f"keep holds positions from {kept[0]} to {kept[-1]}, but there are {n} rows.")
    order = np.random.default_rng(random_state).permutation(n)
    others = order[~np.isin(order, kept)]
    return np.sort(np.concatenate([kept, others[: max(0, MAX_ROWS - len(kept))]])[:MAX_ROWS])


def _flat(components: Floats) -> bool:
    """Whether all points share one place or one line, so that there is nothing to lay out."""
    spread = np.ptp(components, axis=0)
    return bool(spread[1] <= 1e-5 * spread[0])


def _checked(points: ArrayLike) -> Floats:
    X = np.asarray(points)
    if X.ndim != 2:
        raise ValueError(f"points must have two dimensions (rows, numbers), not {X.ndim}.")
    with np.errstate(over="ignore"):
        X = X.astype(np.float32, copy=False)
    bad = ~np.isfinite(X).all(axis=1) if X.size else np.zeros(len(X), bool)
    if bad.any():
        raise ValueError(f"{int(bad.sum())} of {len(X)} points are not finite, the first in row {int(bad.argmax())}.")
    return X


def _checked_previous(previous: ArrayLike, n: int) -> Floats:
    start = np.asarray(previous, dtype=np.float32)
    if start.shape != (n, 2):
        raise ValueError(f"previous has the shape {start.shape}, but {n} points need ({n}, 2).")
    known = np.asarray(np.isfinite(start).all(axis=1))
    return np.where(known[:, None], start, np.float32(np.nan))
