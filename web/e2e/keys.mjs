/** The same without a mouse. */

import { ada, ask, assert, ben, gone, reading, row, rows, story, toast, until } from "./page.mjs";

story(async ({ open, step }) => {
  const page = await open();
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const cursor = () => page.locator(".list-row[data-cursor]");
  step("sign in by Tab and Enter");
  await page.goto("/mail/");
  await page.locator("[name=address]:focus").waitFor();
  await page.keyboard.type(ada.address);
  await press("Tab");
  await page.keyboard.type(ada.password);
  await press("Enter");
  await rows(page).first().waitFor();

  step("j and k");
  await press("j");
  await cursor().filter({ hasText: "The slides for Thursday" }).waitFor();
  await press("j", "j");
  await cursor().filter({ hasText: "November at the museum" }).waitFor();
  await press("k");
  await cursor().filter({ hasText: "Walk on Sunday" }).waitFor();

  step("Enter and Escape");
  await press("Enter");
  await reading(page)
    .getByRole("heading", { level: 1, name: /Walk on Sunday/ })
    .waitFor();
  await press("Escape");
  await page.getByText("No message is open").waitFor();

  step("x and e");
  await press("j", "x");
  await page.locator(".list-row[aria-selected=true]").filter({ hasText: "November at the museum" }).waitFor();
  await press("e");
  await gone(row(page, "November at the museum"));
  await toast(page, "Archived").waitFor();
  await press("z");
  await row(page, "November at the museum").waitFor();
  await until("the server has it so", async () => {
    const seen = await ask("subjects", ada.address, "INBOX");
    return seen.includes("November at the museum: sorting by hand") || seen;
  });

  step("?");
  await press("?");
  const shown = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await shown.waitFor();
  assert.match(await shown.textContent(), /Archive/);
  await press("Escape");
  await gone(shown);

  step("/");
  await press("/");
  await page.keyboard.type("lighthouse");
  await until("one is found", async () => (await rows(page).count()) <= 2 && (await rows(page).count()) > 0);
  await press("Enter", "Escape");
  await press("/");
  await press("Escape", "Escape");
  await row(page, "Key to the workshop").waitFor();

  step("c");
  await page.locator(".list-view").focus();
  await press("c");
  await page.locator(".compose-panel [data-field=to] input:focus").waitFor();
  await page.keyboard.type(`${ben.address},`);
  await press("Tab");
  await page.keyboard.type("By keys alone");
  await press("Tab");
  await page.locator(".compose-rich:focus").waitFor();
  await page.keyboard.type("Nobody touched a mouse.");
  await press("Control+Enter");
  await toast(page, "Sent").waitFor();

  step("palette");
  await press("Control+k");
  await page.locator(".palette input:focus").waitFor();
  await page.keyboard.type("go to archive");
  await press("Enter");
  await page.locator(".list-title-name").filter({ hasText: "Archive" }).waitFor();
  await press("g", "i");
  await row(page, "Key to the workshop").waitFor();
});
