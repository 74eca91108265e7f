/** What "?" shows: every key that answers now, by room. */

import { type Key, t } from "../i18n";
import { registered, type Scope } from "../keys";
import { Dialog } from "../parts/dialog";
import { Caps } from "../parts/menu";
import { areKeysOpen } from "./overlays";

const ORDER = ["app", "list", "reading", "folders", "search", "compose"];

export function KeyList() {
  if (!areKeysOpen.value) return null;
  return (
    <Dialog title={t("shell.keys")} size="large" isText onClose={() => (areKeysOpen.value = false)}>
      <div class="shell-keys">
        {grouped(registered.value).map(([scope, keys]) => (
          <section key={scope}>
            <h3>{t(`shell.scope_${scope}` as Key)}</h3>
            <dl>
              {keys.map(([label, ways]) => (
                <div key={label}>
                  <dt>{label}</dt>
                  <dd>
                    {ways.map((way) => (
                      <Way key={way} keys={way} />
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function Way({ keys }: { keys: string }) {
  const [first = "", second] = keys.split(" ");
  return (
    <span class="shell-way">
      <Caps keys={first} />
      {second && (
        <>
          {" "}
          {t("shell.key_then")} <Caps keys={second} />
        </>
      )}
    </span>
  );
}

/** Scope → what is done → the keys that do it; without those that have no words (a menu's arrows). */
export function grouped(scopes: readonly Scope[]): [scope: string, keys: [label: string, ways: string[]][]][] {
  const rooms = new Map<string, Map<string, string[]>>();
  for (const { scope, keys } of scopes) {
    const room = rooms.get(scope) ?? new Map<string, string[]>();
    for (const [key, [label]] of Object.entries(keys)) {
      const words = typeof label === "string" ? label : label();
      if (words) room.set(words, [...new Set([...(room.get(words) ?? []), key])]);
    }
    if (room.size && ORDER.includes(scope)) rooms.set(scope, room);
  }
  return ORDER.filter((scope) => rooms.has(scope)).map((scope) => [scope, [...(rooms.get(scope) ?? [])]]);
}
