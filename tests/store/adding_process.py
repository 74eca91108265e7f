"""A process that adds messages to an account until it has added enough or is killed; it prints each when it is acknowledged.

python adding_process.py FOLDER ADDRESS NAME COUNT
"""

import asyncio
import sys

from contract.letters import letter
from pillarbox.store.sqlite import SqliteAccounts


async def main(folder: str, address: str, name: str, count: int) -> None:
    accounts = SqliteAccounts(folder)
    account = await accounts.account(address)
    assert account is not None
    mail = accounts.mail(account.id)
    box = (await mail.mailbox("INBOX")).id
    trash = (await mail.mailbox("Trash")).id
    for n in range(count):
        large = n % 5 == 4
        message = letter(f"{name} {n}", size=100_000 if large else 0)
        added = await mail.add(box, [message])
        sys.stdout.write(f"{added.uids[0]} {message.content.blob.hex()}\n")
        sys.stdout.flush()
        if n % 7 == 6:
            await mail.expunge(trash, None, only_deleted=False)
        if n % 3 == 2:
            await mail.add(trash, [letter(f"{name} going {n}", size=90_000)])
    await accounts.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
