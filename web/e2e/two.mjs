/** Two people: one shares a folder, the other sees it come, live; answers while one is away; two tabs, one connection; and nothing is left behind. */

import { ada, ask, assert, ben, folder, gone, row, rows, signIn, story, toast, until } from "./page.mjs";

const GERMAN = "Posteingang";

story(
  async ({ open, step }) => {
    const page = await open();
    const his = await open();
    step("both sign in");
    await signIn(page);
    await his.goto("/mail/");
    await his.getByLabel("Email address").fill(ben.address);
    await his.locator("#sign-in-password").fill(ben.password);
    await his.getByRole("button", { name: "Sign in", exact: true }).click();
    await folder(his, "Inbox").waitFor();

    step("a folder is made");
    await page.getByRole("button", { name: "New folder" }).click();
    const making = page.getByRole("dialog", { name: "New folder" });
    await making.getByLabel("Name").fill("Expedition");
    await making.getByRole("button", { name: "Create" }).click();
    await folder(page, "Expedition").waitFor();

    step("and shared");
    await folder(page, "Expedition").click({ button: "right" });
    await page.getByRole("menuitem", { name: "Share …" }).click();
    const line = page.getByRole("listitem").filter({ hasText: "Expedition" });
    await line.getByRole("button", { name: "Share" }).click();
    const sharing = page.getByRole("dialog", { name: "Share Expedition" });
    await sharing.getByLabel("Add somebody").selectOption({ label: ben.address });
    await sharing.getByRole("listitem").first().waitFor();
    await page.keyboard.press("Escape");
    await gone(sharing);
    await line.getByText(ben.address).waitFor();

    step("the other one sees it without doing anything");
    const theirs = his.locator(".shell-folders").getByText("Expedition");
    await theirs.waitFor();
    await theirs.click();
    await his.getByText("Nothing in this folder").waitFor();

    step("and what comes into it");
    await page.getByRole("button", { name: "Back to the mail" }).click();
    await row(page, "Photographs of the harbour").dragTo(folder(page, "Expedition"));
    await row(his, "Photographs of the harbour").waitFor();

    step("and puts something of theirs into it, by keys");
    await page.goto("/mail/settings/sharing");
    await line.getByRole("button", { name: "Share" }).click();
    await sharing.getByRole("combobox").first().selectOption({ label: "May read, add, remove and mark" });
    await ask("deliver", ben.address, "A bottle from the sea", "There is a map in it.");
    await folder(his, "Inbox").click();
    await row(his, "A bottle from the sea").click();
    await until("the folder may be filled", async () => {
      await his.keyboard.press("v");
      const choices = his.getByRole("dialog", { name: "Move to" });
      await choices.getByRole("combobox").fill("expedi");
      const isThere = await choices.getByRole("option").filter({ hasText: ada.address }).count();
      if (!isThere) await his.keyboard.press("Escape");
      return isThere > 0;
    });
    await his.keyboard.press("Enter");
    await toast(his, "Moved to Expedition").waitFor();
    await gone(row(his, "A bottle from the sea"));
    assert.ok((await ask("subjects", ada.address, "Expedition")).includes("A bottle from the sea"));
    await theirs.click();
    await row(his, "A bottle from the sea").waitFor();

    step("and no more, once it is not shared");
    await sharing.getByRole("button", { name: /^Remove/ }).click();
    await gone(sharing.getByRole("button", { name: /^Remove/ }));
    await page.keyboard.press("Escape");
    await gone(theirs);
    await folder(his, "Inbox").click();
    await his.getByText("Nothing has come yet").waitFor();

    step("away");
    await page.goto("/mail/settings/vacation");
    await page.getByRole("switch", { name: "Answer while I am away" }).click({ force: true });
    await page.getByLabel("Text").fill("I am on the river until Monday.");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved: it is on").waitFor();
    await page.reload();
    assert.equal(await page.getByLabel("Text").inputValue(), "I am on the river until Monday.");
    await ask(
      "submit",
      ben.address,
      ada.address,
      `From: <${ben.address}>\r\nTo: <${ada.address}>\r\nSubject: Tea?\r\n\r\nNow?\r\n`,
    );
    await row(his, "Tea?").waitFor();
    await row(his, "Tea?").click();
    await his.locator(".shell-reading").getByText("I am on the river until Monday.").waitFor();

    step("sent on");
    await page.goto("/mail/settings/forwarding");
    await page.getByLabel("Send on to").fill(ben.address);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    await ask("deliver", ada.address, "A parcel at the door", "It is heavy.");
    await row(his, "A parcel at the door").waitFor();

    step("two tabs, one connection");
    const other = await page.context().newPage();
    const sockets = [];
    other.on("websocket", (socket) => sockets.push(socket.url()));
    await other.goto("/mail/");
    await row(other, "A parcel at the door").waitFor();
    await ask("deliver", ada.address, "Heard in both", "Twice.");
    await row(other, "Heard in both").waitFor();
    assert.deepEqual(sockets, []);

    step("the first goes, the other listens on");
    await page.close();
    await ask("deliver", ada.address, "Heard alone", "Once.");
    await row(other, "Heard alone").waitFor();
    assert.equal(sockets.length, 1);

    step("in another language");
    await other.goto("/mail/settings/general");
    await other.getByRole("combobox", { name: "Language" }).selectOption({ label: "Deutsch" });
    await folder(other, GERMAN).waitFor();
    assert.equal(await other.locator("html").getAttribute("lang"), "de");
    await other.getByRole("combobox", { name: "Sprache" }).selectOption({ label: "English" });
    await folder(other, "Inbox").waitFor();

    step("signed out in one tab is signed out in all");
    const last = await other.context().newPage();
    await last.goto("/mail/");
    await row(last, "Heard alone").waitFor();
    await last.getByRole("button", { name: /^Account/ }).click();
    await last.getByRole("menuitem", { name: "Sign out" }).click();
    await last.getByLabel("Email address").waitFor();
    await other.getByLabel("Email address").waitFor();

    step("and nothing is left in the browser");
    const left = await last.evaluate(async () => {
      const names = (await indexedDB.databases()).map(({ name }) => name);
      const counts = await Promise.all(names.map(count));
      return { rows: counts.flat(), letters: Object.keys(localStorage).filter((key) => /letter|session/.test(key)) };

      async function count(name) {
        const database = await new Promise((done, failed) => {
          const asked = indexedDB.open(name);
          asked.onsuccess = () => done(asked.result);
          asked.onerror = failed;
        });
        const counts = [...database.objectStoreNames].map(
          (store) =>
            new Promise((done) => {
              const asked = database.transaction(store).objectStore(store).count();
              asked.onsuccess = () => done([store, asked.result]);
            }),
        );
        const all = await Promise.all(counts);
        database.close();
        return all.filter(([, many]) => many > 0);
      }
    });
    assert.deepEqual(left, { rows: [], letters: [] });
    assert.equal(await rows(last).count(), 0);
  },
  { complaints: [/401|WebSocket|ERR_ABORTED/] },
);
