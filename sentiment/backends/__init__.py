"""The models that the classifier can think with, behind one interface."""
