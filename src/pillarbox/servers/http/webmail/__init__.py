"""The webmail's files, as they are built from web/, and what a browser is told about them."""
