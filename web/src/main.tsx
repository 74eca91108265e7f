import { render } from "preact";
import "./styles/tokens.css";
import "./styles/base.css";
import { App } from "./app";
import { languageOf, speak } from "./i18n";
import { dress } from "./shell/look";
import { fetchFirst } from "./shell/rooms";
import { preferences } from "./store/preferences";
import { start } from "./store/visit";
import { workerAddress } from "./trusted";

void begin();

/** Awaited within: WebKit lets rooms that import this file begin before a file that waits has been read to its end. */
async function begin(): Promise<void> {
  dress();
  const asked = start();
  fetchFirst();
  await speak(languageOf(preferences.peek().language));
  render(<App />, document.getElementById("app")!);
  await asked;
  // without one (an untrusted certificate, a private window) it starts with a network only
  if (import.meta.env.PROD) void navigator.serviceWorker?.register(workerAddress(), { scope: "/mail/" }).catch(() => {});
}
