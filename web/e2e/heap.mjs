/** A folder of thousands: scrolled to its end, done to as one and undone; found by chips; labelled, put off, woken, drawn into a folder. */

import { ada, ask, assert, folder, gone, reading, row, rows, signIn, story, toast, undo, until } from "./page.mjs";

const MANY = 2400;
const HEAP = "Notices";

story(async ({ open, step }) => {
  await ask("heap", ada.address, HEAP, MANY);
  const page = await open();
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const list = page.locator(".list-view");
  await signIn(page);

  step("scrolled to its end, with no gap");
  await folder(page, HEAP).click();
  await row(page, `Notice ${MANY}`).waitFor();
  const seen = new Set();
  const end = await list.evaluate((view) => view.scrollHeight);
  for (let top = 0; top <= end; top += 5_000) {
    await list.evaluate((view, at) => view.scrollTo(0, at), top);
    await until("every row of the view is there", () => gaps(list));
    for (const index of await rows(page).evaluateAll((all) => all.map((each) => Number(each.ariaRowIndex)))) seen.add(index);
  }
  await list.evaluate((view) => view.scrollTo(0, view.scrollHeight));
  await row(page, "Notice 1").last().waitFor();
  await until("every row of the view is there", () => gaps(list));
  assert.equal(await list.getAttribute("aria-rowcount"), String(MANY));
  assert.equal(await rows(page).last().getAttribute("aria-rowindex"), String(MANY));
  assert.ok((await rows(page).count()) < 100, "only what is seen is drawn");

  step("all of them at once, by keys");
  await press("Home", "*", "a");
  await page.getByText("2,400 selected").waitFor();
  await press("#");
  await toast(page, "2,400 messages").waitFor();
  await until("they are in the trash", async () => (await ask("count", ada.address, "Trash")) === MANY);
  assert.equal(await ask("count", ada.address, HEAP), 0);

  step("and back");
  await undo(page, "2,400 messages");
  await until("they are back", async () => (await ask("count", ada.address, HEAP)) === MANY);
  assert.equal(await ask("count", ada.address, "Trash"), 0);
  await row(page, `Notice ${MANY}`).waitFor();

  step("search by chips, as one types");
  const field = page.getByRole("combobox", { name: "Search" });
  await field.pressSequentially("from:jonas");
  await page.getByRole("option", { name: /Jonas Weber/ }).click();
  await page.getByRole("button", { name: "Remove From: jonas@weber.example" }).waitFor();
  await until("only his", async () => (await rows(page).count()) === 1);
  await field.pressSequentially("thermos");
  await row(page, "Walk on Sunday").waitFor();
  await field.pressSequentially(" is:star");
  await press("ArrowDown", "Enter");
  await page.getByText("Nothing found.").waitFor();
  await page.getByRole("button", { name: "Clear the search" }).click();
  await field.pressSequentially("has:att");
  await press("ArrowDown", "Enter");
  await row(page, "Minutes of the meeting").waitFor();
  await until("two are found", async () => (await rows(page).count()) === 2);
  await field.pressSequentially("chapter");
  await until("one is found", async () => (await rows(page).count()) === 1);
  await page.getByRole("button", { name: "Clear the search" }).click();
  await folder(page, "Inbox").click();
  await row(page, "Key to the workshop").waitFor();

  step("a label of its own");
  await row(page, "Key to the workshop").click();
  await press("l");
  await page.locator(".palette input").fill("Boats");
  await page.getByRole("option", { name: "Create the label “Boats”" }).click();
  await press("Escape");
  await row(page, "Key to the workshop").locator(".list-label", { hasText: "Boats" }).waitFor();
  await until("every program sees it", async () =>
    (await ask("flags", ada.address, "INBOX", "Key to the workshop")).includes("boats"),
  );
  await page.locator(".shell-folders").getByText("Boats").click();
  await until("it leads to what bears it", async () => (await rows(page).count()) === 1);
  await folder(page, "Inbox").click();

  step("snoozed, and brought back");
  await row(page, "Your journey to Bergen").click();
  await press("b");
  await page.getByRole("option", { name: /^Tomorrow/ }).click();
  await gone(row(page, "Your journey to Bergen"));
  await folder(page, "Snoozed").click();
  await row(page, "Your journey to Bergen").click();
  await reading(page).getByRole("button", { name: "Bring it back now" }).click();
  await gone(row(page, "Your journey to Bergen"));
  await folder(page, "Inbox").click();
  await row(page, "Your journey to Bergen").waitFor();

  step("snoozed, and woken by the clock");
  await row(page, "Recipe, as promised").click();
  await press("b");
  const own = page.locator(".palette-form");
  await own.waitFor();
  await own.evaluate((form) => {
    // nobody waits for the next full minute here
    form.noValidate = true;
    const at = new Date(Date.now() + 2000 - new Date().getTimezoneOffset() * 60_000);
    form.elements.at.step = "1";
    form.elements.at.value = at.toISOString().slice(0, 19);
    form.requestSubmit();
  });
  await toast(page, "Snoozed").last().waitFor();
  await gone(row(page, "Recipe, as promised"));
  await row(page, "Recipe, as promised").waitFor();
  assert.match(await rows(page).first().textContent(), /Recipe, as promised/);

  step("drawn into a folder");
  await row(page, "The piano tuner").dragTo(folder(page, "Archive"));
  await gone(row(page, "The piano tuner"));
  await until("it is there", async () => (await ask("subjects", ada.address, "Archive")).length === 1);
  await undo(page, "Moved to Archive");
  await row(page, "The piano tuner").waitFor();
});

/** True: the view is full of rows that stand for something; else where it is not. */
function gaps(list) {
  return list.evaluate((view) => {
    const box = view.getBoundingClientRect();
    for (let at = 10; at < box.height - 10; at += 20) {
      const found = document.elementFromPoint(box.x + box.width / 2, box.y + at)?.closest(".list-row");
      if (!found?.dataset.id) return at;
    }
    return true;
  });
}
