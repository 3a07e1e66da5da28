"""codes -> scores: clusterers, indices, honesty checks, the objective. Arrays in, numbers out."""
