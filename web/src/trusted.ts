/** What the browser takes for markup or for a program's address, where its policy has it taken from nobody else (Trusted Types). */

interface Policy {
  createHTML(text: string): string;
  createScriptURL(address: string): string;
}
interface Factory {
  createPolicy(name: string, rules: Policy): Policy;
}

const WORKER = "/mail/sw.js";
const rules: Policy = {
  createHTML: (text) => text,
  createScriptURL: (address) => {
    if (address !== WORKER) throw new TypeError(`no program of ours: ${address}`);
    return address;
  },
};
const { trustedTypes } = globalThis as { trustedTypes?: Factory };
const policy = trustedTypes?.createPolicy("pillarbox", rules) ?? rules;

/** The address of the one worker there is. */
export function workerAddress(): string {
  return policy.createScriptURL(WORKER);
}

/** Markup that was read from this page's own nodes, which have all been cleaned, to be put back as it was. */
export function ownMarkup(html: string): string {
  return policy.createHTML(html);
}
