"""beta above one, reached by warm-up, for codes whose dimensions stand apart.

Higgins et al. 2017 for beta; Bowman et al. 2016 for the warm-up, without which a large beta can
switch dimensions off before they have learned anything.
"""

from models.hyperparameters import WARM_UP
from models.neural import NeuralFamily

FAMILY = NeuralFamily("beta_vae", extra=(WARM_UP,), tuned={"beta": 4.0})
