"""What the system does, in no protocol's words: IMAP, POP3, LMTP and what comes later are translations of these verbs."""
