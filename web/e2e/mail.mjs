/** A morning with the mail: read, search, write, file, mark, undo, hear of new mail, set the look, leave. */

import { ada, ask, assert, ben, folder, gone, reading, row, rows, signIn, story, toast, undo, until } from "./page.mjs";

story(async ({ open, step }) => {
  const page = await open();
  step("sign in");
  await signIn(page);
  assert.equal(await page.title().then((title) => /Inbox/.test(title)), true, await page.title());

  step("read a message");
  await row(page, "The slides for Thursday").click();
  const frame = page.frameLocator(".reading-frame");
  await frame.getByText("The room by the stairs is free").waitFor();
  await reading(page).getByRole("heading", { level: 1, name: "The slides for Thursday" }).waitFor();
  await until("it is read on the server", async () => {
    const flags = await ask("flags", ada.address, "INBOX", "The slides for Thursday");
    return flags.includes("\\Seen") || flags;
  });

  step("search as one types");
  await page.getByRole("combobox", { name: "Search" }).pressSequentially("herons");
  await row(page, "Walk on Sunday").waitFor();
  await until("only what fits", async () => (await rows(page).count()) === 1);
  await row(page, "Walk on Sunday").click();
  await reading(page).getByText("the herons are back").waitFor();
  await page.getByRole("button", { name: "Clear the search" }).click();
  await row(page, "Key to the workshop").waitFor();

  step("write, and take it back");
  await write(page, "Plans for the boat", "The glue is dry.");
  await undo(page, "Sent");
  const panel = page.locator(".compose-panel");
  await panel.waitFor();
  await panel.getByText("has not been sent").waitFor();
  assert.deepEqual(await ask("subjects", ben.address, "INBOX"), []);

  step("send it at once");
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await page.getByRole("link", { name: "Writing" }).click();
  await page.getByRole("combobox", { name: "Undo sending" }).selectOption({ label: "Send at once" });
  await page.getByRole("button", { name: "Back to the mail" }).click();
  await panel.getByRole("button", { name: "Send", exact: true }).click();
  await toast(page, "Sent").waitFor();
  await gone(panel);
  await until("the other one has it", async () => {
    const seen = await ask("subjects", ben.address, "INBOX");
    return seen.includes("Plans for the boat") || seen;
  });
  assert.deepEqual(await ask("subjects", ben.address, "INBOX"), ["Plans for the boat"]);
  assert.deepEqual(await ask("subjects", ada.address, "Sent"), ["Plans for the boat"]);
  assert.deepEqual(await ask("subjects", ada.address, "Drafts"), []);

  step("archive");
  await row(page, "Photographs of the harbour").click();
  await reading(page).getByRole("button", { name: "Archive", exact: true }).click();
  await gone(row(page, "Photographs of the harbour"));
  await until("it is in the archive", async () =>
    (await ask("subjects", ada.address, "Archive")).includes("Photographs of the harbour"),
  );

  step("undo");
  await undo(page, "Archived");
  await row(page, "Photographs of the harbour").waitFor();
  await until("it is back", async () => (await ask("subjects", ada.address, "INBOX")).includes("Photographs of the harbour"));

  step("move");
  await row(page, "Your journey to Bergen").click();
  await reading(page).getByRole("heading", { level: 1, name: "Your journey to Bergen" }).waitFor();
  await page.keyboard.press("m");
  await page.locator(".palette input").fill("Archive");
  await page.keyboard.press("Enter");
  await gone(row(page, "Your journey to Bergen"));
  await until("it is there", async () => (await ask("subjects", ada.address, "Archive")).includes("Your journey to Bergen"));

  step("mark unread");
  await row(page, "Key to the workshop").getByRole("checkbox").check({ force: true });
  await page.getByRole("toolbar").getByRole("button", { name: "Mark as unread" }).click();
  await page.locator(".list-row[data-unread]").filter({ hasText: "Key to the workshop" }).waitFor();
  await until(
    "the server knows",
    async () => !(await ask("flags", ada.address, "INBOX", "Key to the workshop")).includes("\\Seen"),
  );

  step("new mail comes by itself");
  await ask("deliver", ada.address, "A letter by hand", "I was in the street, and nobody was at home.");
  await row(page, "A letter by hand").waitFor();
  assert.match(await rows(page).first().textContent(), /A letter by hand/);

  step("what another program does is seen here");
  await ask("flag", ada.address, "INBOX", "A letter by hand", "\\Seen");
  await gone(page.locator(".list-row[data-unread]").filter({ hasText: "A letter by hand" }));

  step("another folder");
  await folder(page, "Archive").click();
  await row(page, "Your journey to Bergen").waitFor();
  await page.goBack();
  await row(page, "A letter by hand").waitFor();

  step("the look");
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await page.getByRole("combobox", { name: "Appearance" }).selectOption({ label: "Dark" });
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  await until("it is dark", async () => (await ground()) === "dark");
  await page.reload();
  await page.getByRole("combobox", { name: "Appearance" }).waitFor();
  assert.equal(await ground(), "dark");
  await page.getByRole("button", { name: "Back to the mail" }).click();

  step("sign out");
  await rows(page).first().waitFor();
  await page.getByRole("button", { name: /^Account/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("Email address").waitFor();
  await page.goto("/mail/");
  await page.getByLabel("Email address").waitFor();
  assert.equal(await rows(page).count(), 0);
});

async function write(page, subject, text) {
  await page.getByRole("button", { name: "Write", exact: true }).first().click();
  const panel = page.locator(".compose-panel");
  await panel.getByRole("combobox", { name: "To" }).fill(ben.address);
  await panel.getByLabel("Subject").fill(subject);
  await panel.getByRole("textbox", { name: "Text of the message" }).fill(text);
  await panel.getByRole("button", { name: "Send", exact: true }).click();
  await toast(page, "Sent").waitFor();
}
