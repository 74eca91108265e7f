/** Signing in: what is asked of the server, and what it may answer. */

import { type RequestJson, showPasskey } from "./passkey";

export type Outcome =
  | { kind: "in"; token: string }
  /** A second step is wanted: by an app's code, a recovery code, a passkey. */
  | { kind: "code"; methods: readonly string[] }
  | { kind: "wrong" }
  | { kind: "codeWrong" }
  /** A good passkey, of somebody else than whoever is signed in. */
  | { kind: "another" }
  | { kind: "later"; seconds: number }
  /** One has turned away from the browser's question. */
  | { kind: "never mind" }
  | { kind: "unreachable" }
  | { kind: "failed" };

export interface Given {
  address: string;
  password: string;
  code?: string;
  recovery?: string;
  /** false: it ends with the browser. */
  stay?: boolean;
}

interface Said {
  token?: string;
  error?: string;
  methods?: string[];
  retryAfter?: number;
}

export async function signIn(given: Given): Promise<Outcome> {
  const outcome = await ask("/sign-in", given);
  return outcome.kind === "wrong" && (given.code || given.recovery) ? { kind: "codeWrong" } : outcome;
}

/** By a passkey, which is all that is wanted; `again`: of whoever is signed in, and of nobody else. */
export async function signInByPasskey({ stay = true, again = false } = {}): Promise<Outcome> {
  let options: Response;
  try {
    options = await post("/sign-in/passkey/options", { again });
  } catch {
    return { kind: "unreachable" };
  }
  if (!options.ok) return outcomeOf(options);
  const { publicKey } = (await options.json()) as { publicKey: RequestJson };
  let credential: object | null;
  try {
    credential = await showPasskey(publicKey);
  } catch (error) {
    return { kind: (error as Error).name === "NotAllowedError" ? "never mind" : "wrong" };
  }
  if (!credential) return { kind: "never mind" };
  return ask("/sign-in/passkey", { credential, stay, again });
}

async function ask(url: string, body: object): Promise<Outcome> {
  try {
    return await outcomeOf(await post(url, body));
  } catch {
    return { kind: "unreachable" };
  }
}

function post(url: string, body: object): Promise<Response> {
  return fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

async function outcomeOf(response: Response): Promise<Outcome> {
  const said = (await response.json().catch(() => ({}))) as Said;
  if (response.ok && said.token) return { kind: "in", token: said.token };
  if (response.status === 429)
    return { kind: "later", seconds: said.retryAfter ?? Number(response.headers.get("retry-after") ?? 60) };
  if (response.status !== 401) return { kind: "failed" };
  if (said.error === "another") return { kind: "another" };
  return said.error === "code-needed" ? { kind: "code", methods: said.methods ?? ["totp"] } : { kind: "wrong" };
}
