"""IMAP4rev1 and IMAP4rev2 without the network (RFC 3501, RFC 9051 and their extensions).

`commands`, `criteria`, `attributes`, `events` and `responses` are the vocabulary; `server` is the conversation.
"""
