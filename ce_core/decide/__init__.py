"""From a task to the loss that fits it: the decision engine and its sentences."""
