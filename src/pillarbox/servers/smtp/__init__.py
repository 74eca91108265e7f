"""SMTP and LMTP over the mail: what is received is filed, or refused before it is acknowledged."""
