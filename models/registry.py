"""Every family by name. Adding one is its file and a line here."""

from __future__ import annotations

from models import autoencoder, linear, mlp_vae
from models.family import Family

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        mlp_vae.FAMILY,
        autoencoder.FAMILY,
        linear.PCA_FAMILY,
        linear.RAW_FAMILY,
    )
}
