"""Who sent it, and what the next hop must show: one standard a file, pure.

What a check must know of the world it asks by yielding a question (`questions`), and is sent the answer: `net.dns` answers for
real, a table in a test. Nothing here waits, tells time, or opens anything.
"""
