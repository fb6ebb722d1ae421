"""The model card: what the model is made of, how good it is and where it fails, written from measurements."""
