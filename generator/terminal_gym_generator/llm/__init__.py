"""The second engine: a language model writes the tasks, the gates decide."""
