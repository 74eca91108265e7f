-- Emails are not seen any more of which every message is \Deleted (RFC 8621 §4.1.1): whoever has seen them is told that they
-- went. A Pillarbox that does not know the kinds of change that tell of such comings and goings must not open this.
CREATE TEMP TABLE unseen AS
SELECT account, email FROM message GROUP BY account, email HAVING min(flags & 8) > 0;

UPDATE mailbox SET highest_modseq = 1 + (SELECT max(c.modseq) FROM change c WHERE c.account = mailbox.account)
WHERE deleted > 0 AND account IN (SELECT account FROM unseen);

INSERT INTO change (account, modseq, n, kind, mailbox, first, last)
SELECT u.account, (SELECT 1 + max(c.modseq) FROM change c WHERE c.account = u.account),
    row_number() OVER (PARTITION BY u.account ORDER BY u.email) - 1, 7, NULL, u.email, u.email
FROM unseen u;

DROP TABLE unseen;
