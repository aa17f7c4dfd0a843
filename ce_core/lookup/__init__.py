"""What can be looked up: losses, findings, framework functions and concepts, alone or side by side."""
