"""JMAP for mail, without the mail (RFC 8621): what may be asked for, what may be set, and how answers look."""
