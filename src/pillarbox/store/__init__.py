"""Keeping: what is kept (`models`, `changes`, `query`), the protocols of keeping it (`api`), and the backends.

What must hold in every backend, whatever fails (checked by `verify`, and by the tests at every close):

1. What a verb returned from is readable afterwards, exactly once, byte for byte, after kill -9 or a power cut;
   flag changes alone may be lost to a power cut (never to a crash of a process) within a second.
2. What a verb did not return from is either absent or whole.
3. A UID is never used twice in a mailbox nor lowered; UIDVALIDITY, HIGHESTMODSEQ and ModSeq never go back.
4. A moved message is in exactly one mailbox.
5. Counts and sizes kept beside the data equal a recount.
6. No blob dangles, none leaks.
"""
