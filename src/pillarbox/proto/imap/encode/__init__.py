"""Values to the bytes of responses, a file a family; what a server sends in bulk is joined from these."""
