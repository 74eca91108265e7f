"""Pillarbox measured beside Dovecot and Postfix, on one machine, in one run, with the same mail.

`python -m bench` starts Dovecot (mdbox, LMTP) with Postfix in front of it, and Pillarbox, each in a throw-away folder and on
loopback; loads both with the same messages; measures the rows of `bench.rows` on one after the other; prints and writes
`bench/RESULTS.md`. Without Dovecot and Postfix, or not as root (which Postfix needs), ours is measured alone.

What is counted is the CPU time, user and system, of all processes of the server (`bench.processes`), which is steadier than
the wall clock; the load comes from one process that does little more than write and read sockets (`bench.wire`).
"""
