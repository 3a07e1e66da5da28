"""Small audio models of each architecture, made of their configurations, with random weights."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

SMALL: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}
CONVOLUTIONS: dict[str, Any] = {
    "conv_dim": (8, 8, 8),
    "conv_kernel": (10, 8, 8),
    "conv_stride": (5, 8, 8),
    "num_feat_extract_layers": 3,
    "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 2,
}


def ast(folder: Path) -> None:
    """An Audio Spectrogram Transformer that hears a second."""
    import transformers as library

    config = library.ASTConfig(**SMALL, max_length=98, num_mel_bins=32)
    library.ASTModel(config).save_pretrained(folder)
    library.ASTFeatureExtractor(max_length=98, num_mel_bins=32).save_pretrained(folder)


def ast_of_classes(folder: Path) -> None:
    """The same as it is usually published, under a head that names classes."""
    import transformers as library

    config = library.ASTConfig(**SMALL, max_length=98, num_mel_bins=32, num_labels=3)
    library.ASTForAudioClassification(config).save_pretrained(folder)
    library.ASTFeatureExtractor(max_length=98, num_mel_bins=32).save_pretrained(folder)


def clap(folder: Path, fusion: bool = False) -> None:
    """A CLAP that hears a second, text tower included."""
    import transformers as library

    config = library.ClapConfig(
        text_config={**SMALL, "vocab_size": 50},
        audio_config={
            "spec_size": 64,
            "num_mel_bins": 16,
            "patch_size": 4,
            "patch_stride": [4, 4],
            "patch_embeds_hidden_size": 8,
            "depths": [1, 1],
            "num_attention_heads": [2, 2],
            "hidden_size": 16,
            "window_size": 4,
            "enable_fusion": fusion,
            "aff_block_r": 2,
        },
        projection_dim=12,
    )
    library.ClapModel(config).save_pretrained(folder)
    library.ClapFeatureExtractor(
        feature_size=16,
        sampling_rate=8000,
        hop_length=40,
        max_length_s=1,
        fft_window_size=256,
        frequency_max=4000,
        truncation="fusion" if fusion else "rand_trunc",
    ).save_pretrained(folder)


def clap_with_fusion(folder: Path) -> None:
    """A CLAP whose extractor calls a window of each batch too long, at random."""
    clap(folder, fusion=True)


def wav2vec2(folder: Path) -> None:
    """A wav2vec 2, whose windows have no length of their own."""
    import transformers as library

    library.Wav2Vec2Model(library.Wav2Vec2Config(**SMALL, **CONVOLUTIONS)).save_pretrained(folder)
    library.Wav2Vec2FeatureExtractor(sampling_rate=4000).save_pretrained(folder)


def hubert(folder: Path) -> None:
    """A HuBERT."""
    import transformers as library

    library.HubertModel(library.HubertConfig(**SMALL, **CONVOLUTIONS)).save_pretrained(folder)
    library.Wav2Vec2FeatureExtractor(sampling_rate=4000).save_pretrained(folder)


def mert(folder: Path, **options: object) -> None:
    """A HuBERT that is published as MERT is: of another type, with code that must not run."""
    hubert(folder)
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config |= {"model_type": "mert_model", "architectures": ["MERTModel"], **options}
    config["auto_map"] = {
        "AutoConfig": "own_code.MERTConfig",
        "AutoModel": "own_code.MERTModel",
    }
    path.write_text(json.dumps(config))
    (folder / "own_code.py").write_text(f"open({str(folder / 'ran')!r}, 'w').close()\n")


def whisper(folder: Path) -> None:
    """A Whisper that hears a second; its decoder takes no part."""
    import transformers as library

    config = library.WhisperConfig(
        vocab_size=50,
        num_mel_bins=16,
        d_model=16,
        encoder_layers=2,
        encoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_layers=1,
        decoder_attention_heads=2,
        decoder_ffn_dim=32,
        max_source_positions=50,
        max_target_positions=10,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
        suppress_tokens=None,
        begin_suppress_tokens=None,
    )
    library.WhisperModel(config).save_pretrained(folder)
    library.WhisperFeatureExtractor(feature_size=16, chunk_length=1).save_pretrained(folder)


MODELS: dict[str, Callable[[Path], None]] = {
    "ast": ast,
    "ast_of_classes": ast_of_classes,
    "clap": clap,
    "clap_with_fusion": clap_with_fusion,
    "wav2vec2": wav2vec2,
    "hubert": hubert,
    "mert": mert,
    "whisper": whisper,
}


def make(name: str, folder: Path) -> Path:
    """Make a model by name, the same at each call."""
    import torch

    torch.manual_seed(0)
    MODELS[name](folder)
    return folder
