"""Where a protocol meets the mail: each server drives its engine with a stream, and calls the mail's verbs."""
