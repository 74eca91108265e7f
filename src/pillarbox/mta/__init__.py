"""Mail on its way out: the queue worked off, routes, conversations with other servers, and what is reported of it all.

    dispatch     puts all of it together
    queue        claims what is due, by destinations in turn
    road         one next hop: what waits for it, how many conversations it bears (pure)
    relay        takes a message along a road, host after host
    route        which hosts, and what TLS each must show (asks by yielding); `hop`, `requirement`, `addresses` are its words
    calling      a connection opened, greeted, encrypted, logged in; `call` is one, `pool` keeps those that may be used again
    attempt      one message to one host, a verdict a recipient; `letter` is its content
    verdict      what a reply means; `outcome` what that means for the queue; `schedule` when next (pure)
    settling     what came of it, committed; `bounce` writes what the sender is told
    local        what is for our own mailboxes
    transcript   a conversation, for whoever asks why
    reports      DMARC and TLS reports, sent and taken in; `report_mail`, `report_files`, `tls_counts`

Promises: what was queued is tried until it is delivered, or returned, or its sender need not know. A recipient's result is
committed before the next attempt, and one that was delivered is never tried again. Nothing is both delivered and returned.
Nobody's mail waits for another destination's.
"""
