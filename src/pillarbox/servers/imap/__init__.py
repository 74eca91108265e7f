"""IMAP over the mail: `serve` drives the engine, a handler a command takes a parsed command, calls one verb and answers.

What a client may be told, and when, is `view`'s to say; what a message looks like to it is rendered at delivery by `forms`.
"""
