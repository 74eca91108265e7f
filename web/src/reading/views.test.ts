import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Client } from "../jmap/client";
import { type Session, WEBMAIL } from "../jmap/session";
import type { Email } from "../jmap/types";
import { forgetAll, setClient } from "../store/account";
import { learn } from "../store/emails";
import { DEFAULTS, setPreferences } from "../store/preferences";
import { askAgain, askAgainFrom, prefetch, viewSignal } from "./views";

const session = {
  capabilities: { [WEBMAIL]: {} },
  primaryAccounts: {},
  accounts: { A1: {} },
  apiUrl: "/jmap/api",
} as unknown as Session;
let asked: { ids: string[]; pictures: boolean }[] = [];
let isReachable = true;

/** Those of kites ("K…") have pictures, and whoever sent "Kx" may be anybody. */
function viewOf(id: string) {
  const verdict = id === "Kx" ? "unverified" : "verified";
  return { id, html: "", text: "", pictures: { held: id.startsWith("K") ? 1 : 0, shown: 0 }, sender: { verdict } };
}

async function answer(_: string, init: RequestInit): Promise<Response> {
  if (!isReachable) throw new TypeError("no network");
  const { methodCalls } = JSON.parse(String(init.body)) as {
    methodCalls: [string, { ids: string[]; pictures: boolean }, string][];
  };
  const methodResponses = methodCalls.map(([method, args, id]) => {
    if (method !== "EmailView/get") return [method, { list: [] }, id];
    asked.push({ ids: args.ids, pictures: args.pictures });
    return [method, { list: args.ids.filter((each) => each !== "Mgone").map(viewOf) }, id];
  });
  return Response.json({ methodResponses });
}

const settled = () => new Promise((done) => setTimeout(done));

beforeEach(() => {
  asked = [];
  isReachable = true;
  setClient(new Client(session, "", answer));
});
afterEach(() => {
  setPreferences({ pictures: DEFAULTS.pictures });
  forgetAll();
});

describe("views", () => {
  it("of one moment are asked for together, and once", async () => {
    const one = viewSignal("M1");
    prefetch(["M1", "M2"]);
    await settled();
    viewSignal("M2");
    await settled();
    expect(asked).toEqual([{ ids: ["M1", "M2"], pictures: false }]);
    expect(one.value?.view?.id).toBe("M1");
  });

  it("are asked for in parts that the server takes", async () => {
    prefetch(Array.from({ length: 45 }, (_, index) => `M${index}`));
    await settled();
    expect(asked.map(({ ids }) => ids.length)).toEqual([20, 20, 5]);
  });

  it("have pictures once somebody wants them, and from then on", async () => {
    const one = viewSignal("M1");
    await settled();
    askAgain("M1", true);
    await settled();
    askAgain("M1");
    await settled();
    expect(asked.map(({ pictures }) => pictures)).toEqual([false, true, true]);
    expect(one.value?.pictures).toBe(true);
  });

  it("have them at once for whoever always wants them", async () => {
    setPreferences({ pictures: "always" });
    viewSignal("M1");
    await settled();
    expect(asked[0]?.pictures).toBe(true);
  });

  it("of a sender who is trusted from now on have them, too, where they are here already", async () => {
    const from = (email: string) => [{ name: null, email }];
    for (const [id, email] of Object.entries({
      K1: "Kites@k.example",
      K2: "kites@k.example",
      K3: "x@k.example",
      Kx: "kites@k.example",
    }))
      learn({ id, from: from(email) } as Email, "row");
    prefetch(["K1", "K2", "K3", "Kx", "M1"]);
    await settled();
    askAgainFrom("kites@k.example");
    await settled();
    expect(asked.at(-1)).toEqual({ ids: ["K1", "K2"], pictures: true });
  });

  it("that were seen stay when the network goes", async () => {
    const one = viewSignal("M1");
    await settled();
    isReachable = false;
    askAgain("M1", true);
    await settled();
    expect(one.value?.view?.id).toBe("M1");
  });

  it("say so where there is none", async () => {
    const gone = viewSignal("Mgone");
    await settled();
    expect(gone.value?.view).toBeNull();
    expect(gone.value?.error?.message).toBe("gone");
    isReachable = false;
    const far = viewSignal("M9");
    await settled();
    expect(far.value?.error?.name).toBe("Offline");
  });
});
