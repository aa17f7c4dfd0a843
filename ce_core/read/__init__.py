"""From two arrays to a task: pairing their shapes, counting what they show, reading the task off it."""
