"""The rows of the table, a file for each thing that is measured."""
