"""HTTP: JMAP, what mail programs and other servers ask for before they talk, and pages for people."""
