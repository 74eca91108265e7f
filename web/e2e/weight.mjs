/** The first load, from nothing to a list of mail: how much comes over the wire. */

import { assert, signIn, story } from "./page.mjs";

const MOST = 100_000;

story(async ({ open, step }) => {
  const page = await open({ serviceWorkers: "block" });
  const asked = [];
  page.on("response", (response) => {
    if (new URL(response.url()).pathname.startsWith("/mail/")) asked.push(response);
  });
  step("sign in");
  await page.goto("/mail/");
  await page.getByLabel("Email address").waitFor();
  const first = await weigh(asked);
  step("the first load");
  assert.ok(first.total < MOST, JSON.stringify(first));
  assert.deepEqual(first.bare, [], "not compressed");
  await signIn(page);
  console.log(`first load: ${first.total} bytes in ${first.count} files`);
});

async function weigh(responses) {
  let total = 0;
  const bare = [];
  const seen = [...responses];
  for (const response of seen) {
    const { responseBodySize, responseHeadersSize } = await response.request().sizes();
    total += responseBodySize + responseHeadersSize;
    const coding = await response.headerValue("content-encoding");
    if (coding !== "br" && responseBodySize > 1500) bare.push(response.url());
  }
  return { total, count: seen.length, bare };
}
