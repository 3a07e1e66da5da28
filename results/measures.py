"""What is measured of a clustering and of a model: the columns that several tables share."""

from results.columns import PLACEHOLDER, Better, Column

AGREEMENTS: tuple[tuple[str, str, Better], ...] = (
    ("ari", "Adjusted Rand index with {}; at most 1, chance is 0.", "higher"),
    ("nmi", "Normalised mutual information with {}, 0 to 1.", "higher"),
    ("ami", "Adjusted mutual information with {}; at most 1, chance is 0.", "higher"),
    ("purity", "Share of songs in the commonest class of their cluster by {}, 0 to 1.", "higher"),
    ("purity_floor", "Purity of one single cluster: share of the largest class of {}.", "none"),
)
"""Name, meaning with the place of the label's name, and which way is better."""

SCORES = (
    Column("coherence", "number", "Coherence J in the reference space, from 0.", "", "higher"),
    Column(
        "coherence_excess",
        "number",
        "Coherence above its mean on Gaussian null songs like these: of PCA and k-means at this "
        "latent size, for the winner in a comparison of its own configuration.",
        "",
        "higher",
    ),
    Column("silhouette", "number", "Silhouette in the code space, -1 to 1.", "", "higher"),
    Column("davies_bouldin", "number", "Davies-Bouldin in the code space.", "", "lower"),
    Column("calinski_harabasz", "number", "Calinski-Harabasz in the code space.", "", "higher"),
    Column("reference_silhouette", "number", "Silhouette in the reference space.", "", "higher"),
    Column(
        "null_excess",
        "number",
        "Silhouette above that of k-means on Gaussian codes of the same covariance, at most 1.",
        "",
        "higher",
    ),
    Column("stability", "number", "Mean ARI of refits on half the training codes.", "", "higher"),
    *(
        Column(name + suffix, "number", meaning.format(label), "", better)
        for suffix, label in (("", "the primary label"), (f"_{PLACEHOLDER}", PLACEHOLDER))
        for name, meaning, better in AGREEMENTS
    ),
)
"""Scores of one clustering. Only those in the reference space, and those against labels, may be
compared between code spaces of different size."""

LOSS = Column("reconstruction_loss", "number", "Sum over features, mean over songs.", "", "lower")
KL = Column("kl", "number", "KL divergence of code and prior, mean over songs.", "nats")
FIGURES = (
    LOSS,
    KL,
    Column("r2", "number", "Share of the songs' variance reconstructed, at most 1.", "", "higher"),
    Column("active_units", "integer", "Code dimensions whose variance is over 0.01."),
    Column("effective_rank", "number", "Dimensions that the code's variance spreads over."),
    Column("total_correlation", "number", "Dependence between dimensions, as a Gaussian.", "nats"),
)
"""Figures of one trained model."""
