"""Large messages, named by their content."""
