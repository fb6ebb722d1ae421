"""Making the model: vocabulary, German, heads, calibration, export (needs `kulanz[train]`)."""
