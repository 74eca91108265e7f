"""What must hold in an account's tables: each promise a sentence, and the query that finds what breaks it."""

PROMISES: tuple[tuple[str, str], ...] = (
    # What every account has.
    (
        "the account has {} rows of its own, and {} rows of another",
        """SELECT sum(account = :account), sum(account <> :account) FROM account
           HAVING coalesce(sum(account = :account), 0) <> 1 OR coalesce(sum(account <> :account), 0) <> 0""",
    ),
    (
        "there is no mailbox INBOX",
        "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM mailbox WHERE account = :account AND name = 'INBOX' AND selectable)",
    ),
    # Counts.
    (
        "mailbox {} counts {} messages, {} unseen, {} deleted, {} bytes, and has {}, {}, {}, {}",
        """SELECT b.name, b.messages, b.unseen, b.deleted, b.size, count(m.uid), coalesce(sum(1 - (m.flags & 1)), 0),
               coalesce(sum(m.flags & 8), 0) / 8, coalesce(sum(m.size), 0)
           FROM mailbox b LEFT JOIN message m ON m.account = b.account AND m.mailbox = b.id WHERE b.account = :account
           GROUP BY b.id
           HAVING b.messages <> count(m.uid) OR b.unseen <> coalesce(sum(1 - (m.flags & 1)), 0)
               OR b.deleted <> coalesce(sum(m.flags & 8), 0) / 8 OR b.size <> coalesce(sum(m.size), 0)""",
    ),
    (
        "content {} counts {} emails, and that is not how many have it",
        """SELECT id, emails FROM content WHERE account = :account
           EXCEPT SELECT content, count(*) FROM email WHERE account = :account GROUP BY content""",
    ),
    # Numbers that never go back.
    (
        "mailbox {} has UID {}, and its UIDNEXT is {}",
        """SELECT b.name, max(m.uid), b.uidnext FROM mailbox b JOIN message m ON m.account = b.account AND m.mailbox = b.id
           WHERE b.account = :account GROUP BY b.id HAVING max(m.uid) >= b.uidnext OR min(m.uid) < 1""",
    ),
    (
        "mailbox {} has recent messages from UID {}, and its UIDNEXT is {}",
        "SELECT name, recent_from, uidnext FROM mailbox WHERE account = :account AND NOT recent_from BETWEEN 1 AND uidnext",
    ),
    (
        "message {} of mailbox {} has modseq {}, and its mailbox {}",
        """SELECT m.uid, b.name, m.modseq, b.highest_modseq FROM message m
           JOIN mailbox b ON b.account = m.account AND b.id = m.mailbox
           WHERE m.account = :account AND (m.modseq > b.highest_modseq OR m.created > m.modseq)""",
    ),
    (
        "mailbox {} has modseqs {} and {}, and the account {}",
        """SELECT name, highest_modseq, modseq, (SELECT max(modseq) FROM change c WHERE c.account = b.account) AS highest
           FROM mailbox b WHERE account = :account AND max(highest_modseq, modseq, created) > coalesce(highest, 1)""",
    ),
    (
        "the next mailbox, UIDVALIDITY or email would be {}, {} or {}, which are taken",
        """SELECT next_mailbox, next_uidvalidity, next_email FROM account a WHERE account = :account
           AND (next_mailbox <= (SELECT coalesce(max(id), 0) FROM mailbox b WHERE b.account = a.account)
                OR next_uidvalidity <= (SELECT coalesce(max(uidvalidity), 0) FROM mailbox b WHERE b.account = a.account)
                OR next_email <= (SELECT coalesce(max(id), 0) FROM email e WHERE e.account = a.account))""",
    ),
    # References.
    (
        "message {} is in mailbox {}, which is not there or takes none",
        """SELECT uid, mailbox FROM message m WHERE account = :account AND NOT EXISTS
           (SELECT 1 FROM mailbox b WHERE b.account = m.account AND b.id = m.mailbox AND b.selectable)""",
    ),
    (
        "message {} of mailbox {} is email {}, which is not there, is going, or differs in size or date",
        """SELECT uid, mailbox, email FROM message m WHERE account = :account AND (NOT EXISTS
           (SELECT 1 FROM email e WHERE e.account = m.account AND e.id = m.email AND e.size = m.size
            AND e.received_at = m.received_at AND e.received_zone = m.received_zone)
           OR EXISTS (SELECT 1 FROM doomed_email d WHERE d.account = m.account AND d.email = m.email))""",
    ),
    (
        "email {} is in no mailbox, and nothing removes it",
        """SELECT id FROM email e WHERE account = :account
           AND NOT EXISTS (SELECT 1 FROM message m WHERE m.account = e.account AND m.email = e.id)
           AND NOT EXISTS (SELECT 1 FROM doomed_email d WHERE d.account = e.account AND d.email = e.id)""",
    ),
    (
        "email {} is to be removed, and is not there",
        """SELECT email FROM doomed_email d WHERE account = :account
           AND NOT EXISTS (SELECT 1 FROM email e WHERE e.account = d.account AND e.id = d.email)""",
    ),
    (
        "email {} has left a mailbox, and is not there",
        """SELECT email FROM departure d WHERE account = :account
           AND NOT EXISTS (SELECT 1 FROM email e WHERE e.account = d.account AND e.id = d.email)""",
    ),
    (
        "email {} is said to sleep, and is not there",
        """SELECT email FROM snooze s WHERE account = :account
           AND NOT EXISTS (SELECT 1 FROM email e WHERE e.account = s.account AND e.id = s.email)""",
    ),
    (
        "email {} is said to be gone, and is there",
        """SELECT email FROM gone g WHERE account = :account
           AND EXISTS (SELECT 1 FROM email e WHERE e.account = g.account AND e.id = g.email)""",
    ),
    (
        "email {} has no forms, no text, or a content that is not there or is another",
        """SELECT id FROM email e WHERE account = :account AND NOT
           (EXISTS (SELECT 1 FROM form f WHERE f.email = e.id AND f.account = e.account)
            AND EXISTS (SELECT 1 FROM text t WHERE t.email = e.id AND t.account = e.account
                        AND (t.header IS NOT NULL) = (e.kept & 1) AND (t.body IS NOT NULL) = (e.kept & 2) / 2)
            AND EXISTS (SELECT 1 FROM content c WHERE c.id = e.content AND c.account = e.account
                        AND c.blob = e.blob AND c.size = e.size))""",
    ),
    (
        "there are forms or a text of email {}, which is not there",
        """SELECT email FROM form WHERE NOT EXISTS (SELECT 1 FROM email e WHERE e.id = email)
           UNION SELECT email FROM text WHERE NOT EXISTS (SELECT 1 FROM email e WHERE e.id = email)""",
    ),
    (
        "message-ids lead to thread {}, which has no email",
        """SELECT DISTINCT thread FROM thread_ref r WHERE account = :account
           AND NOT EXISTS (SELECT 1 FROM email e WHERE e.account = r.account AND e.thread = r.thread)""",
    ),
    (
        "mailbox {} has {} messages, and {} unique-ids",
        """SELECT mailbox, count(*), count(DISTINCT coalesce(uidl, e.blob)) FROM message m JOIN email e ON e.id = m.email
           WHERE m.account = :account GROUP BY mailbox HAVING count(*) <> count(DISTINCT coalesce(uidl, e.blob))""",
    ),
    (
        "message {} of mailbox {} has a unique-id that POP3 cannot say",
        """SELECT uid, mailbox FROM message WHERE account = :account AND uidl IS NOT NULL
           AND (length(uidl) NOT BETWEEN 1 AND 70 OR uidl GLOB '*[^!-~]*')""",
    ),
    # What others see and may do.
    (
        "account {} has seen message {} of mailbox {}, which is not there, or is its own",
        """SELECT person, uid, mailbox FROM seen s WHERE account = :account AND (person = account OR NOT EXISTS
           (SELECT 1 FROM message m WHERE m.account = s.account AND m.mailbox = s.mailbox AND m.uid = s.uid))""",
    ),
    (
        "account {} has seen message {} of mailbox {} at modseq {}, which its mailbox has not come to",
        """SELECT person, uid, mailbox, s.modseq FROM seen s JOIN mailbox b ON b.account = s.account AND b.id = s.mailbox
           WHERE s.account = :account AND s.modseq > b.highest_modseq""",
    ),
    (
        "{} has rights in mailbox {}, which is not there",
        """SELECT identifier, mailbox FROM mailbox_right r WHERE account = :account
           AND NOT EXISTS (SELECT 1 FROM mailbox b WHERE b.account = r.account AND b.id = r.mailbox)""",
    ),
    (
        "there is an annotation {} of mailbox {}, which is not there",
        """SELECT name, mailbox FROM annotation n WHERE account = :account AND mailbox <> 0
           AND NOT EXISTS (SELECT 1 FROM mailbox b WHERE b.account = n.account AND b.id = n.mailbox)""",
    ),
    # The change log.
    (
        "the change log has a row of modseq {}, and it forgot all to {}",
        """SELECT c.modseq, a.forgotten FROM change c JOIN account a USING (account)
           WHERE account = :account AND c.modseq <= a.forgotten""",
    ),
    (
        "the change log's rows of modseq {} are not numbered from 0 on",
        "SELECT modseq FROM change WHERE account = :account GROUP BY modseq HAVING min(n) <> 0 OR max(n) <> count(*) - 1",
    ),
    (
        "the change log tells of kind {} of mailbox {}, {} to {}, which cannot be",
        """SELECT kind, mailbox, first, last FROM change c WHERE account = :account
           AND (NOT kind BETWEEN 1 AND 11 OR first > last OR (mailbox IS NULL) <> (kind >= 7)
                OR (kind <= 3 AND last >= (SELECT uidnext FROM mailbox b WHERE b.account = c.account AND b.id = c.mailbox)))""",
    ),
    (
        "the change log does not tell why message {} of mailbox {} has modseq {}",
        """SELECT uid, mailbox, m.modseq FROM message m JOIN account a USING (account) WHERE account = :account
           AND m.modseq > a.forgotten AND NOT EXISTS
           (SELECT 1 FROM change c WHERE c.account = m.account AND c.modseq = m.modseq AND c.mailbox = m.mailbox
            AND c.kind IN (1, 2) AND m.uid BETWEEN c.first AND c.last)""",
    ),
    (
        "the change log does not tell why account {} sees message {} of mailbox {} at modseq {}",
        """SELECT person, uid, mailbox, s.modseq FROM seen s JOIN account a USING (account) WHERE account = :account
           AND s.modseq > a.forgotten AND NOT EXISTS
           (SELECT 1 FROM change c WHERE c.account = s.account AND c.modseq = s.modseq AND c.mailbox = s.mailbox
            AND c.kind IN (1, 2) AND s.uid BETWEEN c.first AND c.last)""",
    ),
    (
        "the change log says that message {} of mailbox {} is gone",
        """SELECT uid, m.mailbox FROM change c CROSS JOIN message m ON m.account = c.account AND m.mailbox = c.mailbox
           WHERE c.account = :account AND c.kind = 3 AND m.uid BETWEEN c.first AND c.last""",
    ),
)
