/** Newsletters are left by one click, of which one is told before and after; also where the sender doesn't take it. */

import { assert, gone, reading, row, signIn, story, toast } from "./page.mjs";

story(
  async ({ open, step }) => {
    const page = await open({ serviceWorkers: "block" });
    const question = page.getByRole("dialog", { name: "Unsubscribe from Kites?" });
    const ask = async (subject) => {
      await row(page, subject).click();
      await reading(page).getByRole("heading", { level: 1, name: subject }).waitFor();
      await reading(page).getByRole("button", { name: "Unsubscribe" }).click();
      await question.getByText("The sender is told at once that you want no more of it.").waitFor();
    };
    await signIn(page);

    step("one thinks better of it");
    await ask("Kites of the week");
    await question.getByRole("button", { name: "Cancel" }).click();
    await gone(question);
    assert.equal(await page.locator(".toast").count(), 0);

    step("one leaves");
    await ask("Kites of the week");
    await question.getByRole("button", { name: "Unsubscribe" }).click();
    await toast(page, "The sender has been told.").waitFor();

    step("the sender doesn't take it");
    await ask("Kites that cling");
    await question.getByRole("button", { name: "Unsubscribe" }).click();
    await toast(page, "The sender did not take it.").waitFor();
  },
  { complaints: [/WebSocket/] },
);
