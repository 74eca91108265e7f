"""POP3 over the mail: a locked maildrop, listed, fetched from, and emptied at QUIT."""
