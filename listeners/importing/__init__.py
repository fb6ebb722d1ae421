"""Posts out of files: readers, columns, rows and the run over them all."""
