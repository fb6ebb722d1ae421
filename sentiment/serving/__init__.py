"""The model service: one resident model that judges for the workers of a machine."""
