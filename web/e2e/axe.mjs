/** Whether everybody can use what is on the screen, as axe-core tells. */

import { createRequire } from "node:module";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Nothing moves or loads any more: half-faded colours are nobody's. */
export async function settled(page) {
  await page.waitForFunction(
    () => !document.querySelector("[aria-busy=true]") && document.getAnimations().every((each) => each.playState !== "running"),
  );
}

/** What axe-core finds. */
export async function violations(page, name) {
  await page.addScriptTag({ path: AXE });
  const { violations: all } = await page.evaluate(() =>
    // frames of mail hold what strangers have written
    globalThis.axe.run({ exclude: [".reading-frame"] }, { iframes: false, resultTypes: ["violations"] }),
  );
  return all.flatMap((rule) =>
    rule.nodes.map(
      (node) => `${name}: ${rule.id}: ${node.target.join(" ")}: ${node.failureSummary.replace(/\s+/g, " ").slice(0, 300)}`,
    ),
  );
}
