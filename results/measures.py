"""What is measured of a clustering and of a model: the columns that several tables share."""

from math import inf

from results.columns import PART, PLACEHOLDER, VIEW, Better, Column

UP_FROM_0, SHARE, UP_TO_1 = (0.0, inf), (0.0, 1.0), (-inf, 1.0)
"""Bounds of scores and figures."""

BOTH_WAYS = (-1.0, 1.0)
"""Bounds of a silhouette."""

RAND_INDEX = (-0.5, 1.0)
"""Bounds of an adjusted Rand index (Chacón and Rastrojo 2022)."""

AGREEMENTS: tuple[tuple[str, str, Better, tuple[float, float]], ...] = (
    ("ari", "Adjusted Rand index with {}; -0.5 to 1, chance is 0.", "higher", RAND_INDEX),
    ("nmi", "Normalised mutual information with {}, 0 to 1.", "higher", SHARE),
    ("ami", "Adjusted mutual information with {}; at most 1, chance is 0.", "higher", UP_TO_1),
    (
        "purity",
        "Share of songs in the commonest class of their cluster by {}, 0 to 1.",
        "higher",
        SHARE,
    ),
    (
        "purity_floor",
        "Purity of one single cluster: share of the largest class of {}.",
        "none",
        SHARE,
    ),
)
"""Name, meaning with the place of the label's name, which way is better, and bounds."""

SCORES = (
    Column(
        "coherence",
        "number",
        "Coherence J, from 0: the least over the reference spaces of the task's views.",
        "",
        "higher",
        UP_FROM_0,
    ),
    Column(
        f"coherence_{VIEW}",
        "number",
        "Coherence J in the reference space of the view <view>, from 0.",
        "",
        "higher",
        UP_FROM_0,
    ),
    Column(
        "coherence_excess",
        "number",
        "Coherence less its mean on Gaussian null songs, by PCA and k-means at this count: the "
        "mean over the reference spaces of the task's views.",
        "",
        "higher",
    ),
    Column(
        "artist_filtered_coherence",
        "number",
        "Coherence J, from 0, in the first reference space with neighbours of other groups "
        "(artists) alone: what is left of it where no artist helps.",
        "",
        "higher",
        UP_FROM_0,
    ),
    Column(
        "silhouette", "number", "Silhouette in the code space, -1 to 1.", "", "higher", BOTH_WAYS
    ),
    Column(
        "davies_bouldin", "number", "Davies-Bouldin in the code space.", "", "lower", UP_FROM_0
    ),
    Column(
        "calinski_harabasz",
        "number",
        "Calinski-Harabasz in the code space.",
        "",
        "higher",
        UP_FROM_0,
    ),
    Column(
        "reference_silhouette",
        "number",
        "Silhouette in the first reference space.",
        "",
        "higher",
        BOTH_WAYS,
    ),
    Column(
        "null_excess",
        "number",
        "Silhouette above that of k-means on Gaussian codes of the same covariance, at most 1.",
        "",
        "higher",
        UP_TO_1,
    ),
    Column(
        "stability",
        "number",
        "Mean ARI of refits on half the training codes.",
        "",
        "higher",
        RAND_INDEX,
    ),
    *(
        Column(name + suffix, "number", meaning.format(label), "", better, bounds)
        for suffix, label in (("", "the primary label"), (f"_{PLACEHOLDER}", PLACEHOLDER))
        for name, meaning, better, bounds in AGREEMENTS
    ),
    Column(
        f"objective_{PART}",
        "number",
        "What the objective <name>, which is of somebody's own, gives.",
    ),
    *(
        Column(
            name,
            "number",
            f"{meaning}; at most 1, chance is 0.",
            better="higher",
            bounds=UP_TO_1,
            optional=True,
        )
        for name, meaning in (
            ("known_agreement", "Cohen's kappa with all that is known of some songs"),
            ("known_ari", "Adjusted Rand index with the labels of known songs"),
            ("known_pairs", "Cohen's kappa with known pairs of songs, same or different"),
        )
    ),
)
"""Scores of one clustering. Only those in the reference space, and those against labels, may be
compared between code spaces of different size."""

LOSS = Column(
    "reconstruction_loss",
    "number",
    "Sum over features, mean over songs.",
    "",
    "lower",
    UP_FROM_0,
)
KL = Column(
    "kl",
    "number",
    "KL divergence of code and prior, mean over songs.",
    "nats",
    bounds=UP_FROM_0,
)
FIGURES = (
    LOSS,
    KL,
    Column(
        "r2",
        "number",
        "Share of the songs' variance reconstructed, at most 1.",
        "",
        "higher",
        UP_TO_1,
    ),
    Column(
        "active_units", "integer", "Code dimensions whose variance is over 0.01.", bounds=UP_FROM_0
    ),
    Column(
        "effective_rank",
        "number",
        "Dimensions that the code's variance spreads over.",
        bounds=UP_FROM_0,
    ),
    Column(
        "total_correlation",
        "number",
        "Dependence between dimensions, as a Gaussian.",
        "nats",
        bounds=UP_FROM_0,
    ),
)
"""Figures of one trained model."""
