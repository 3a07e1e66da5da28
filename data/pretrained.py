"""What `transformers` loads of an audio model: its feature extractor, its weights, its ears.

Whatever is wrong with a model becomes a sentence, and code of a model's own is never run.
"""

import os
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from data.errors import DataError, shortened

SECONDS = 10.0
"""Length of a window for models that take any, such as wav2vec 2 and HuBERT."""
_WHAT = "give the name of an audio model of transformers, or the folder of one"
_BOUNDS = 0.1, 60.0
"""Seconds of a window, whatever a feature extractor says."""
_RATES = 1000, 384_000
"""Samples per second."""
_UNUSED = "masked_spec_embed"
"""Weights that take part in training alone, which some models lack."""
_MERT = "mert_model", ("feature_extractor_cqt", "deepnorm")
"""A type of models that are HuBERT, but for these options, which are in code of their own."""


@dataclass(frozen=True)
class Tower:
    """The part of a model that hears.

    Parameters
    ----------
    modules : tuple of torch.nn.Module
        What takes part.
    prefixes : tuple of str
        How the names of their weights begin.
    run : callable
        From what the feature extractor gives, by name, to a tensor of (n, width).
    pooling : str
        How a window becomes one vector.
    """

    modules: tuple[Any, ...]
    prefixes: tuple[str, ...]
    run: Callable[[Mapping[str, Any]], Any]
    pooling: str = "mean over time of the last hidden states"


def libraries(name: str) -> tuple[Any, Any]:
    """Return torch and transformers, which tell of errors alone, and a terminal of progress.

    Raises
    ------
    DataError
        One is not installed, or ``name`` is the path of no folder.
    """
    if _is_path(name) and not os.path.isdir(name):
        raise DataError(f"there is no folder {shortened(name)}; {_WHAT}")
    try:
        torch, library = import_module("torch"), import_module("transformers")
        hub = import_module("huggingface_hub.utils.logging")
    except ImportError:
        raise DataError(
            f"--audio-model {shortened(name)} takes torch and transformers, which are not "
            "installed; `pip install -r requirements-torch.txt`, or leave the option out"
        ) from None
    library.logging.set_verbosity_error()
    if sys.stderr is None or not sys.stderr.isatty():
        library.logging.disable_progress_bar()
    hub.set_verbosity_error()
    return torch, library


def refusal(name: str, problem: str) -> DataError:
    """Return an error that says what is wrong with a model."""
    return DataError(f"--audio-model {shortened(name)} {problem}")


def tried(name: str, problem: str, load: Callable[..., Any], *given: Any, **how: Any) -> Any:
    """Call the library; whatever it raises on what is in a folder becomes a sentence."""
    try:
        return load(*given, **how)
    except Exception as error:  # a library of hundreds of models fails in as many ways
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise refusal(name, f"{problem} ({shortened(lines[0]).rstrip('.')}); {_WHAT}") from None


def _is_path(name: str) -> bool:
    """Return whether this cannot be a name on the hub, which is a word, or two and a slash."""
    return name.startswith((".", "~", "/")) or name.count("/") > 1


def read_config(library: Any, name: str) -> dict[str, Any]:
    """Return what config.json says."""
    return tried(name, "cannot be loaded", library.PretrainedConfig.get_config_dict, name)[0]


def load_extractor(library: Any, name: str) -> Any:
    """Load what makes the model's input of sound."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that AST's filters are as they were in training
            extractor = library.AutoFeatureExtractor.from_pretrained(name, trust_remote_code=False)
        sounds = _RATES[0] <= extractor.sampling_rate <= _RATES[1]
    except Exception:  # as above; what is said is longer than helpful
        sounds = False
    if not sounds:
        raise refusal(
            name,
            "has no feature extractor for sound (preprocessor_config.json), so it is no audio "
            f"model or not complete; {_WHAT}",
        )
    return extractor


def load_tower(
    torch: Any, library: Any, name: str, config: Mapping[str, Any]
) -> tuple[Any, Tower]:
    """Load a model, all of whose weights that hear are there, and return it with its ears."""
    net, missing = _load_network(torch, library, name, config)
    tower = _tower_of(net)
    lacking = sorted(
        key for key in missing if key.startswith(tower.prefixes) and not key.endswith(_UNUSED)
    )
    if lacking:
        raise refusal(
            name,
            f"lacks {len(lacking)} of its weights, the first {lacking[0]}, and random ones would "
            "take their place; give a model that is whole",
        )
    return net, tower


def _load_network(
    torch: Any, library: Any, name: str, config: Mapping[str, Any]
) -> tuple[Any, set[str]]:
    """Load the weights, and return the network with the names of weights that are missing."""
    how = {"dtype": torch.float32, "output_loading_info": True}
    (mert, options), kind = _MERT, config.get("model_type")
    if kind == mert:
        own = [option for option in options if config.get(option)]
        if own:
            raise refusal(
                name,
                f"needs code of its own for {' and '.join(own)}, which is never run; give "
                "another model",
            )
        known = {key: config[key] for key in config if key not in ("model_type", "auto_map")}
        load, how["config"] = library.HubertModel, library.HubertConfig.from_dict(known)
    elif isinstance(kind, str) and kind in library.CONFIG_MAPPING:
        load, how["trust_remote_code"] = library.AutoModel, False
    else:
        raise refusal(
            name,
            f"is of the type {shortened(repr(kind), 60)}, which transformers "
            f"{library.__version__} does not know, and code of a model's own is never run; give "
            "another model",
        )
    net, info = tried(name, "cannot be loaded", load.from_pretrained, name, **how)
    return net, set(info["missing_keys"])


def _tower_of(net: Any) -> Tower:
    """Return the part of a model that hears: CLAP's audio tower, an encoder, or all of it."""
    if net.config.model_type == "clap":
        # The extractor of models with fusion calls one window of a batch too long, at random.
        return Tower(
            (net.audio_model, net.audio_projection),
            ("audio_model.", "audio_projection."),
            lambda inputs: (
                net.get_audio_features(
                    input_features=inputs["input_features"],
                    is_longer=inputs["is_longer"] & False,
                ).pooler_output
            ),
            "projection of the audio tower, of length 1",
        )
    part = net.get_encoder() if getattr(net.config, "is_encoder_decoder", False) else net

    def run(inputs: Mapping[str, Any]) -> Any:
        key = next(key for key in ("input_values", "input_features") if key in inputs)
        return part(inputs[key]).last_hidden_state.mean(dim=1)

    return Tower((part,), ("" if part is net else "encoder.",), run)


def seconds_of(extractor: Any) -> float:
    """Return the length of the windows that a feature extractor is made for."""
    if type(extractor).__name__ == "ASTFeatureExtractor":  # counts frames of 25 ms every 10 ms
        seconds = (extractor.max_length - 1) * 0.01 + 0.025
    else:
        lengths = (getattr(extractor, key, None) for key in ("chunk_length", "max_length_s"))
        numbers = (length for length in lengths if isinstance(length, int | float) and length)
        seconds = next(numbers, SECONDS)
    return min(max(seconds, _BOUNDS[0]), _BOUNDS[1])
