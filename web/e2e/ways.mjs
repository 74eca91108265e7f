/** Other ways of looking at it: from right to left, on a phone, without motion, with large letters; and axe finds nothing in what opens there. */

import { settled, violations } from "./axe.mjs";
import { assert, ben, folder, gone, reading, row, signIn, story, toast, until } from "./page.mjs";

story(async ({ open, step }) => {
  const found = [];
  const look = async (page, name) => {
    step(name);
    await settled(page);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${name} is too wide`);
    found.push(...(await violations(page, name)));
  };
  const asTests = { bypassCSP: true, serviceWorkers: "block" };

  step("from right to left");
  const page = await open({ ...asTests, colorScheme: "dark" });
  await signIn(page);
  await page.evaluate(() => {
    document.documentElement.dir = "rtl";
  });
  await row(page, "Walk on Sunday").first().click();
  await reading(page)
    .getByRole("heading", { level: 1, name: /Walk on Sunday/ })
    .waitFor();
  const at = async (locator) => (await locator.boundingBox()).x;
  assert.ok((await at(folder(page, "Inbox"))) > (await at(row(page, "Walk on Sunday").first())), "folders are on the right");
  assert.ok((await at(row(page, "Walk on Sunday").first())) > (await at(reading(page))), "one reads on the left");
  await look(page, "right to left, reading");

  step("what opens");
  await page.keyboard.press("b");
  await page.locator(".palette-form").waitFor();
  await look(page, "snooze");
  await page.keyboard.press("Escape");
  await page.keyboard.press("l");
  await page.locator(".palette input").waitFor();
  await look(page, "labels");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.locator(".palette input").waitFor();
  await look(page, "palette");
  await page.keyboard.press("Escape");
  await reading(page).getByRole("button", { name: "More for this message" }).last().click();
  await page.getByRole("menu").waitFor();
  await look(page, "more for a message");
  await page.keyboard.press("Escape");
  await gone(page.getByRole("menu"));
  await page.keyboard.press("/");
  await page.getByRole("listbox").waitFor();
  await look(page, "suggestions");
  await page.keyboard.type("minutes ");
  await page.getByRole("heading", { name: "Search results" }).waitFor();
  await look(page, "search results");
  await page.context().close();

  step("on a phone");
  const phone = await open({ ...asTests, viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true });
  await signIn(phone);
  await until("nothing moves for whoever wants nothing to move", async () => {
    const moving = await phone.evaluate(() => document.getAnimations().map((each) => each.effect.target?.className));
    return moving.length === 0 || moving;
  });
  await phone.getByRole("button", { name: "Show the folders" }).tap();
  await folder(phone, "Archive").waitFor();
  await look(phone, "folders on a phone");
  await folder(phone, "Inbox").tap();
  await row(phone, "Photographs of the harbour").waitFor(); // further down: nothing moves any more
  await row(phone, "Key to the workshop").tap();
  await reading(phone).getByText("please do not move the boat").waitFor();
  await look(phone, "a message on a phone");
  await reading(phone).getByRole("button", { name: "Archive", exact: true }).tap();
  await toast(phone, "Archived").waitFor();
  await gone(row(phone, "Key to the workshop"));
  await phone.getByRole("button", { name: "Write", exact: true }).locator("visible=true").tap();
  const panel = phone.locator(".compose-panel");
  await panel.getByRole("combobox", { name: "To" }).fill(`${ben.address},`);
  await panel.getByRole("textbox", { name: "Text of the message" }).fill("The drawing is attached.");
  await panel.getByRole("button", { name: "Send", exact: true }).tap();
  await phone.getByRole("dialog", { name: "Send it like this?" }).waitFor();
  await look(phone, "a question on a phone");
  await phone.getByRole("button", { name: "Go on writing" }).tap();
  await panel.getByRole("button", { name: "Send later" }).tap();
  await phone.getByRole("dialog", { name: "Send later" }).waitFor();
  await look(phone, "send later on a phone");
  await phone.keyboard.press("Escape");
  await panel.getByRole("button", { name: "Discard the draft" }).tap();
  for (const each of found) console.error(each);
  assert.equal(found.length, 0, `${found.length} violations`);
});
