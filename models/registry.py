"""Every family by name. Adding one is its file and a line here."""

from __future__ import annotations

from models import (
    autoencoder,
    beta_tcvae,
    beta_vae,
    conditional_vae,
    conv_autoencoder,
    conv_vae,
    hybrid_vae,
    linear,
    mlp_vae,
    poe_vae,
    vade,
)
from models.errors import ModelError, shown
from models.family import Family


class Families(dict[str, Family]):
    """Families by name; one that is not there is named, with those that are."""

    def __missing__(self, name: object) -> Family:
        raise ModelError(f"there is no family {shown(name)}; there are {', '.join(self)}")


FAMILIES = Families(
    (family.name, family)
    for family in (
        mlp_vae.FAMILY,
        conv_vae.FAMILY,
        hybrid_vae.FAMILY,
        poe_vae.FAMILY,
        beta_vae.FAMILY,
        beta_tcvae.FAMILY,
        conditional_vae.FAMILY,
        vade.FAMILY,
        autoencoder.FAMILY,
        conv_autoencoder.FAMILY,
        linear.PCA_FAMILY,
        linear.RAW_FAMILY,
    )
)
