"""Every family by name. One with code of its own is a file; one that differs by a value is a row.

A variant of a family that is here, under a name of its own:
`dataclasses.replace(FAMILIES["mlp_vae"], name="small_vae", tuned={"width": 64})`. A family of
one's own is used, and a model of it loaded, once it stands here: `FAMILIES[family.name] = family`.
"""

from __future__ import annotations

from models import beta_tcvae, conditional_vae, linear, poe_vae, vade
from models.errors import ModelError, shown
from models.family import Family
from models.neural import NeuralFamily, deterministic


class Families(dict[str, Family]):
    """Families by name; the error for another name lists those that there are."""

    def __missing__(self, name: object) -> Family:
        raise ModelError(f"there is no family {shown(name)}; there are {', '.join(self)}")


FAMILIES = Families(
    (family.name, family)
    for family in (
        # A VAE with dense layers (Kingma and Welling 2014).
        NeuralFamily("mlp_vae", backbone="mlp"),
        # A VAE that convolves over mels and frames.
        NeuralFamily("conv_vae", optional=(), backbone="conv"),
        # One code of audio and lyrics, which join early in one encoder.
        NeuralFamily("hybrid_vae", inputs=("audio", "lyrics"), optional=(), auto="conv"),
        poe_vae.FAMILY,
        # A VAE with beta above one, for independent dimensions (Higgins et al. 2017).
        NeuralFamily("beta_vae", tuned={"beta": 4.0}),
        beta_tcvae.FAMILY,
        conditional_vae.FAMILY,
        vade.FAMILY,
        # The networks of a VAE with points for codes, and no KL term.
        NeuralFamily("autoencoder", loss=deterministic, stochastic=False),
        # The same with the network of `conv_vae`.
        NeuralFamily(
            "conv_autoencoder", optional=(), backbone="conv", loss=deterministic, stochastic=False
        ),
        linear.PCA_FAMILY,
        linear.RAW_FAMILY,
    )
)
"""Family name -> family, in the order of docs/families.md."""
