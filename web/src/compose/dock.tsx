/** The corner of the page where messages are written: several at once, side by side. */

import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { registerKeys } from "../keys";
import { Button } from "../parts/button";
import { Skeleton } from "../parts/empty";
import { Icon } from "../parts/icon";
import { accountId, online } from "../store/account";
import { areMailboxesKnown } from "../store/mailboxes";
import { close, compositions, fetching, restore } from "./composers";
import type { Composition } from "./composition";
import { takeUnsent, unsent } from "./outgoing";
import { Panel, revealField, saveNow } from "./panel";
import { openScheduled, ScheduledDialog } from "./scheduled";
import { send, WhenDialog } from "./send";
import "./compose.css";

/** Put once into the page. */
export function Composers() {
  // whatever is saved or sent needs to know the folders
  const account = areMailboxesKnown.value ? accountId.value : null;
  useEffect(() => {
    if (account !== null) void restore();
  }, [account]);
  useEffect(() => {
    return registerKeys({ scope: "app", keys: { "g l": [() => t("compose.scheduled"), openScheduled] } });
  }, []);
  useEffect(() => {
    return registerKeys({
      scope: "compose",
      inFields: true,
      keys: {
        "Mod+Enter": [() => t("compose.send"), () => withFocused((each) => void send(each))],
        "Mod+s": [() => t("compose.saveNow"), () => withFocused((each) => void saveNow(each))],
        "Mod+Shift+c": [() => t("compose.addCc"), () => withFocused((each) => revealField(each, "cc"))],
        "Mod+Shift+b": [() => t("compose.addBcc"), () => withFocused((each) => revealField(each, "bcc"))],
        Escape: [() => t("compose.saveAndClose"), () => withFocused((each) => void close(each))],
      },
    });
  }, []);
  useEffect(
    () =>
      online.subscribe((isOnline) => {
        if (isOnline) for (const each of compositions.peek()) each.attachments.goOn();
      }),
    [],
  );
  return (
    <>
      <div class="compose-dock" data-many={compositions.value.length > 1 || undefined}>
        {compositions.value.map((each) => (
          <Panel key={each.key} composition={each} />
        ))}
        {fetching.value > 0 && <Fetching />}
        <Unsents />
      </div>
      <WhenDialog />
      <ScheduledDialog />
    </>
  );
}

/** The keys mean the message that has the focus; else they mean something else. */
function withFocused(run: (composition: Composition) => void): boolean {
  const key = document.activeElement?.closest<HTMLElement>("[data-compose]")?.dataset.compose;
  const composition = compositions.peek().find((each) => each.key === key);
  if (!composition) return false;
  run(composition);
  return true;
}

function Fetching() {
  return (
    <div class="compose-panel compose-fetching" data-look="open" aria-busy="true">
      <div class="compose-head" />
      <Skeleton lines={[30, 50, 90, 80, 60]} />
    </div>
  );
}

function Unsents() {
  const all = unsent.value;
  if (!all.length) return null;
  return (
    <div class="compose-unsent" role="status">
      <Icon name="wifi-off" size={16} />
      <span>{t("compose.unsent", { count: all.length })}</span>
      {all.map((each) => (
        <Button key={each.key} size="small" onClick={() => takeUnsent(each.key)}>
          {t("compose.editUnsent", { subject: each.snapshot.subject || t("compose.noSubject") })}
        </Button>
      ))}
    </div>
  );
}
