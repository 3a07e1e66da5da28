"""Every column of every table: name, type, unit, which way is better, and what it means.

The store refuses what is not declared here, the files carry these words in their metadata, and
docs/tables.md is made from them. A new column is one line in this file, a new score one in
`results.measures`.
"""

from dataclasses import replace

from results.columns import PART, PLACEHOLDER, Column, Table
from results.measures import FIGURES, KL, LOSS, SCORES, SHARE

SCHEMA_VERSION = "2"

RUN = (
    Column("run", "category", "Name of the run.", required=True),
    Column("task", "category", "Task that the run searched.", required=True),
)
ROLES = ("search", "baseline", "finalist", "null")
CONSENSUS = "consensus"
"""Role of rows that are of no trial, but of what the best models agree on."""
SPLITS = ("train", "validation", "test")
MOST_TRIALS = 10_000
"""That a search may have, and each other role with it."""
STATUSES = ("complete", "infeasible", "pruned", "failed")

TRIAL = (
    Column("trial", "integer", "Number of the trial; in a search Optuna's.", required=True),
    Column(
        "role",
        "category",
        "Why it was run; a finalist is a trial trained again on a fresh seed; null: "
        "the winner trained on songs without clusters.",
        values=ROLES,
        required=True,
    ),
)
CLUSTERED = (
    replace(TRIAL[0], meaning="Number of the trial; of a consensus one below all others."),
    replace(
        TRIAL[1],
        meaning=f"{TRIAL[1].meaning[:-1]}; consensus: what the best models agree on.",
        values=(*ROLES, CONSENSUS),
    ),
)
"""The same where a row can be of a consensus."""
SEED = Column("seed", "integer", "Seed of training and clustering.", required=True)
SPLIT = Column("split", "category", "Part of the songs.", values=SPLITS, required=True)
SONG = Column("id", "text", "Id of the song.", required=True)
METHOD_NAME = Column(
    "method",
    "category",
    "What clustered the songs: a family, with its trial where it is not its best.",
    required=True,
)
AGREEMENT = Column(
    "agreement",
    "number",
    "Share of the models' votes that put the song into the cluster; consensus alone.",
    "",
    "higher",
    SHARE,
    optional=True,
)
EXEMPLAR, BORDER = EXEMPLARS = ("exemplar", "border")
METHOD = (
    Column("family", "category", "Family of encoders."),
    Column("view", "category", "How the songs are presented to the family."),
    Column("reducer", "category", "What stands between the codes and the clusterer."),
    Column(
        "comparable",
        "flag",
        "Whether silhouette, davies_bouldin and calinski_harabasz are those of codes: not behind "
        "UMAP, which pulls clusters apart.",
    ),
)
LATENT = (
    Column("latent_size", "integer", "Dimensions of the code."),
    Column("beta", "number", "Weight of the KL divergence in the loss."),
)
CLUSTERER = Column("clusterer", "category", "What clusters the codes.")
N_CLUSTERS = Column("n_clusters", "integer", "Clusters asked for.")
OBJECTIVE = Column("objective", "number", "What the search optimises.")
GUARDS = (
    Column("guard", "text", "Guards that failed, in words; missing if none did."),
    *(
        Column(f"guard_{name}", "number", f"What the guard {name} was held against: {meaning}.")
        for name, meaning in (
            ("active_units", "dimensions of the code in use"),
            ("balance", "exp(entropy of the training clusters) / number of clusters"),
            ("r2", "R2 of the reconstruction of validation songs"),
            ("shuffle_drop", "R2 lost when codes are shuffled among the songs"),
            ("coverage", "share of songs that are not noise"),
            (
                "count",
                "clusters found by a clusterer that chooses their number over the fewest allowed, "
                "or the most allowed over those found; 1 within the range",
            ),
            ("finite", "share of the scores that are finite numbers"),
            (PART, "that of somebody's own"),
        )
    ),
)

HYPERPARAMETERS = (
    Column("learning_rate", "number", "Step size of the optimiser.", optional=True),
    Column("batch_size", "integer", "Songs in one training step.", optional=True),
    Column("backbone", "category", "Network of the audio: mlp, conv, or auto.", optional=True),
    Column("width", "integer", "Units of the first dense layer.", optional=True),
    Column("depth", "integer", "Dense layers of the mlp backbone.", optional=True),
    Column(
        "variance_kept",
        "number",
        "Share of the songs' variance in the components that dense layers are given.",
        optional=True,
    ),
    Column("filters", "integer", "Filters of the first convolution.", optional=True),
    Column("stages", "integer", "Convolutions of stride 2.", optional=True),
    Column("residual", "integer", "Residual blocks in each stage.", optional=True),
    Column("warm_up", "integer", "Epochs in which beta grows to its value.", optional=True),
    Column("n_components", "integer", "Gaussians of a mixture prior.", optional=True),
    Column("pretraining", "number", "Share of epochs before a mixture starts.", optional=True),
    Column("condition", "category", "Label column that the model is given.", optional=True),
    Column(f"setting_{PART}", "number", "Hyperparameter <name> of a family of somebody's own."),
    Column(f"choice_{PART}", "category", "Hyperparameter <name> of a family of somebody's own."),
)
"""Hyperparameters that only some families have, named as in the task file but for the last."""

NAMED_SETTINGS = frozenset(
    column.name for column in (*LATENT, *HYPERPARAMETERS) if not column.is_pattern
)
"""Hyperparameters that have a column of their name."""

_TABLES = (
    Table(
        "trials",
        "One row per trial, failures included. Scores are of validation songs, for "
        "finalists of test songs.",
        (
            *RUN,
            *TRIAL,
            Column("status", "category", "How it ended.", values=STATUSES, required=True),
            Column("error_kind", "category", "Class of the error that it failed with."),
            Column("error", "text", "Why it failed."),
            *GUARDS,
            Column(
                "leaks",
                "category",
                "Label that the model was given, itself or by a column that determines it; such a "
                "trial is in no ranking.",
            ),
            *METHOD,
            *LATENT,
            N_CLUSTERS,
            CLUSTERER,
            *HYPERPARAMETERS,
            SEED,
            OBJECTIVE,
            *SCORES,
            *FIGURES,
            Column(
                "kl_per_dimension",
                "numbers",
                "KL divergence of each code dimension, mean over songs, in the order of the code; "
                "one that is active has more than 0.005, unless the prior is a mixture.",
                "nats",
            ),
            Column("epochs", "integer", "Epochs trained."),
            Column("reused_from", "integer", "Trial whose trained model answered this one."),
            Column("train_seconds", "number", "Time to train.", "s", "lower"),
            Column("score_seconds", "number", "Time to score.", "s", "lower"),
            Column("started", "time", "When the trial started.", "UTC"),
            Column("host", "category", "Machine that ran the trial."),
        ),
        key=("role", "trial", "seed"),
        most_rows=len(ROLES) * MOST_TRIALS,
    ),
    Table(
        "clusterings",
        "One row per trial, clusterer and number of clusters.",
        (
            *RUN,
            *CLUSTERED,
            SEED,
            SPLIT,
            CLUSTERER,
            N_CLUSTERS,
            Column("n_clusters_found", "integer", "Clusters that have songs."),
            Column("coverage", "number", "Share of songs that are not noise, 0 to 1."),
            Column("balance", "number", "exp(entropy of the cluster shares) / clusters, 0 to 1."),
            Column("smallest_cluster", "number", "Share of songs in the smallest cluster."),
            Column("silhouette_songs", "integer", "Songs that the silhouettes are over."),
            Column("gap", "number", "Gap statistic in the first reference space.", "", "higher"),
            Column(
                "prediction_strength",
                "number",
                "Prediction strength, 0 to 1; .8 is the usual bar.",
                "",
                "higher",
            ),
            Column(
                "mean_agreement",
                "number",
                "Mean ARI with the other finalists' partitions into as many clusters.",
                "",
                "higher",
            ),
            Column("bic", "number", "Bayesian information criterion of a mixture.", "", "lower"),
            OBJECTIVE,
            *SCORES,
            Column("status", "category", "Whether every guard held.", values=STATUSES[:2]),
            *GUARDS,
        ),
        key=("role", "trial", "seed", "split"),
    ),
    Table(
        "epochs",
        "Learning curves, one row per epoch.",
        (
            *RUN,
            *TRIAL,
            SEED,
            Column("epoch", "integer", "Number of the epoch, from 1.", required=True),
            Column("loss", "number", "Loss on training songs.", "", "lower"),
            LOSS,
            KL,
            Column("validation_loss", "number", "Loss on validation songs.", "", "lower"),
            replace(LOSS, name="validation_reconstruction_loss"),
            replace(KL, name="validation_kl"),
            Column("seconds", "number", "Time of the epoch.", "s", "lower"),
        ),
        key=("role", "trial", "seed"),
    ),
    Table(
        "comparison",
        "The best of each family, every baseline, a consensus: means and 95 % intervals over "
        "fresh seeds.",
        (
            *RUN,
            *METHOD,
            CLUSTERER,
            N_CLUSTERS,
            *LATENT,
            *CLUSTERED,
            *(column for score in (*SCORES, *FIGURES) for column in score.interval()),
            replace(OBJECTIVE, meaning="Mean on validation songs, by which methods are chosen."),
            Column("optimism", "number", "Objective in the search less that on fresh seeds."),
            Column(
                "seed_stability", "number", "Mean ARI between the seeds' partitions.", "", "higher"
            ),
            Column(
                "n_clusters_suggested",
                "integer",
                "Count whose coherence is furthest above chance.",
            ),
            Column(
                "n_clusters_suggested_low", "integer", "Smallest count that does about as well."
            ),
            Column(
                "n_clusters_suggested_high", "integer", "Largest count that does about as well."
            ),
            Column(
                "ari_gain", "number", "Test ARI less that of PCA.", "", "higher", optional=True
            ),
            Column("ari_gain_low", "number", "Lower end of its 95 % interval.", optional=True),
            Column("ari_gain_high", "number", "Upper end of its 95 % interval.", optional=True),
            Column("p_value", "number", "Of the gain, two-sided, after Holm.", optional=True),
            Column("n_seeds", "integer", "Seeds that the means are over."),
            Column("n_infeasible", "integer", "Seeds on which a guard failed."),
            SPLIT,
            Column(
                "selection",
                "category",
                "How it was chosen, if labels or known songs took part.",
                optional=True,
            ),
            Column(
                "known_agreement_cross_fitted",
                "number",
                "Agreement with one half of the known songs of what the other half chooses; mean.",
                "",
                "higher",
                optional=True,
            ),
            Column(
                "in_running",
                "flag",
                "Whether known songs cannot tell it from the one that agrees best.",
                optional=True,
            ),
            Column(
                "test_songs",
                "integer",
                "Test songs that nothing was known of, which alone the scores are of.",
                optional=True,
            ),
            Column("verdict", "text", "What the figures say, in words."),
            Column("warnings", "text", "Labels that explain the clusters better, in words."),
        ),
        most_rows=10_000,
    ),
    Table(
        "songs",
        "One row per song.",
        (
            SONG,
            Column("title", "text", "Title of the song.", optional=True),
            SPLIT,
            Column(PLACEHOLDER, "category", "Label of the song; missing if unknown."),
        ),
        most_rows=1_000_000,
    ),
    Table(
        "assignments",
        "Which song is in which cluster, for finalists, baselines and a consensus.",
        (
            SONG,
            SPLIT,
            METHOD_NAME,
            CLUSTERED[0],
            SEED,
            Column("n_clusters", "integer", "Clusters asked for.", required=True),
            Column("cluster", "integer", "Cluster, from 0; noise is -1.", required=True),
            AGREEMENT,
            Column("known", "flag", "Whether a person said something of the song.", optional=True),
            Column(
                "query_rank",
                "integer",
                "Place among the songs to ask about next.",
                optional=True,
            ),
        ),
        key=("trial", "seed"),
    ),
    Table(
        "map",
        "Where each song lies on the maps of the methods that were compared.",
        (
            SONG,
            Column("title", "text", "Title of the song.", optional=True),
            Column("artist", "text", "Artist of the song; missing if unknown.", optional=True),
            SPLIT,
            METHOD_NAME,
            CLUSTERED[0],
            SEED,
            Column("n_clusters", "integer", "Clusters asked for.", required=True),
            Column("cluster", "integer", "Cluster, from 0; noise is -1.", required=True),
            AGREEMENT,
            *(
                Column(
                    f"{way}_{axis}",
                    "number",
                    f"Where the song lies on the map by {named}, {direction}{which}.",
                    optional=way != "pca",
                )
                for way, named, which in (
                    ("pca", "PCA", ""),
                    ("tsne", "t-SNE", "; missing where it is not in the sample that was laid out"),
                    ("umap", "UMAP", "; missing where it is not in the sample that was laid out"),
                )
                for axis, direction in (("x", "from the left"), ("y", "from below"))
            ),
            Column(
                "exemplar",
                "category",
                "Whether the song stands for its cluster, or lies between it and another; missing "
                "for most.",
                values=EXEMPLARS,
                optional=True,
            ),
            Column(
                "audio_path",
                "text",
                "Clip of the song, a path within the run folder; missing where there is none.",
                optional=True,
            ),
            Column(
                PLACEHOLDER,
                "category",
                "Label of the song; missing if unknown. A label with the name of another column "
                "of this table is left out.",
            ),
        ),
    ),
    Table(
        "clusters",
        "What the clusters of the methods on the maps are like.",
        (
            METHOD_NAME,
            CLUSTERED[0],
            SEED,
            Column("cluster", "integer", "Cluster, from 0.", required=True),
            Column("songs", "integer", "Songs of all parts in the cluster.", required=True),
            replace(AGREEMENT, meaning=f"Mean over its songs. {AGREEMENT.meaning}"),
            Column(
                "name",
                "text",
                "Suggested from the label, the sound and the words that tell it from the others.",
                optional=True,
            ),
            Column(
                "distinction",
                "text",
                "How its songs sound beside the others, in words; missing where nothing stands "
                "out.",
                optional=True,
            ),
            Column("words", "text", "Words that are typical of its lyrics.", optional=True),
            *(
                Column(name, "number", f"Mean over its songs. {meaning}", unit, optional=True)
                for name, meaning, unit in (
                    ("loudness", "Mean level of the sound.", "dB"),
                    ("brightness", "Spectral centroid.", "Hz"),
                    (
                        "brightness_band",
                        "The same where the frequencies of the maps are not known, from 0.",
                        "mel band",
                    ),
                    ("change", "Mean difference between neighbouring frames.", "dB"),
                    ("range", "Loud frames above quiet ones.", "dB"),
                )
            ),
        ),
    ),
)
TABLES = {table.name: table for table in _TABLES}
