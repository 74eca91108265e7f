"""Between messages and the JSON that JMAP has of them (RFC 8621 §4): read on one side, written on the other."""
