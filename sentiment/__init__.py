"""The room that understands: the classifier, assessments, corrections, training and evaluation."""
