import { expect, test } from "vitest";
import { browserOf } from "./devices";

test("a browser is named as people name it", () => {
  const agents = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox, Linux",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0": "Edge, Windows",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 Version/18.0 Safari/605.1": "Safari, macOS",
    "curl/8.5.0": "curl/8.5.0",
  };
  for (const [agent, name] of Object.entries(agents)) expect(browserOf(agent)).toBe(name);
});
