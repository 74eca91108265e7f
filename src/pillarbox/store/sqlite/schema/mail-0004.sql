-- Whom a message is shown as from and to (RFC 5957 §3), for whoever sorts by that; NULL: it was kept before anybody asked.
ALTER TABLE email ADD COLUMN display_from TEXT;
ALTER TABLE email ADD COLUMN display_to TEXT;
