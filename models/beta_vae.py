"""beta above one, for codes whose dimensions stand apart (Higgins et al. 2017)."""

from models.neural import NeuralFamily

FAMILY = NeuralFamily("beta_vae", tuned={"beta": 4.0})
