/** On a train: what was read is there without a network, and what is done there is done when there is one again. */

import { ada, ask, assert, gone, reading, row, rows, signIn, story, until } from "./page.mjs";

const SUBJECT = "The slides for Thursday";

story(
  async ({ open, step }) => {
    const page = await open();
    step("read, with a network");
    await signIn(page);
    await row(page, SUBJECT).click();
    await page.frameLocator(".reading-frame").getByText("The room by the stairs is free").waitFor();
    await row(page, "Key to the workshop").click();
    await reading(page).getByText("please do not move the boat").waitFor();
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    // files that came before the worker are kept from the second load on
    await page.reload();
    await row(page, SUBJECT).waitFor();
    await reading(page).getByText("please do not move the boat").waitFor();
    await page.waitForLoadState("networkidle");

    step("no network");
    await page.context().setOffline(true);
    await page.reload();
    await row(page, SUBJECT).waitFor();
    await page.getByText("No connection").first().waitFor();
    await row(page, "Key to the workshop").click();
    await reading(page).getByText("please do not move the boat").waitFor();
    await row(page, SUBJECT).click();
    await reading(page).getByRole("heading", { level: 1, name: SUBJECT }).waitFor();

    step("archive without a network");
    await row(page, "Key to the workshop").click();
    await reading(page).getByText("please do not move the boat").waitFor();
    await page.keyboard.press("e");
    await gone(row(page, "Key to the workshop"));
    assert.ok((await ask("subjects", ada.address, "INBOX")).includes("Key to the workshop"));

    step("the network is back");
    await page.context().setOffline(false);
    await until("it is archived", async () => {
      const seen = await ask("subjects", ada.address, "Archive");
      return seen.includes("Key to the workshop") || seen;
    });
    await gone(rows(page).filter({ hasText: "Key to the workshop" }));
  },
  { complaints: [/ERR_INTERNET_DISCONNECTED|Failed to fetch|WebSocket/] },
);
