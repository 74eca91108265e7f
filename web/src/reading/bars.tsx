/** Bars between the head of a message and its text: what is held back, and what is asked. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import type { Email } from "../jmap/types";
import { Button, IconButton } from "../parts/button";
import { Icon, type IconName } from "../parts/icon";
import { nameOf } from "../parts/name";
import { preferences, setPreferences } from "../store/preferences";
import { refuseReceipt, sendReceipt, wantsReceipt } from "./answering";
import type { Sealing } from "./sealing";
import { isVouchedFor } from "./sender";
import { askAgain, askAgainFrom, type Viewed } from "./views";

export function Bar({ icon, children }: { icon: IconName; children: ComponentChildren }) {
  return (
    <div class="reading-bar" role="note">
      <Icon name={icon} size={17} />
      {children}
    </div>
  );
}

/** Remote pictures tell their sender that, when and where they were looked at: so they wait until somebody wants them. */
export function PicturesBar({ email, viewed }: { email: Email; viewed: Viewed }) {
  const isClosed = useSignal(false);
  const held = viewed.view?.pictures.held ?? 0;
  const from = email.from?.[0]?.email ?? "";
  if (held === 0 || isClosed.value || viewed.pictures || preferences.value.pictures === "never") return null;
  const always = () => {
    const address = from.toLowerCase();
    const others = preferences.peek().picturesFrom.filter((each) => each !== address);
    setPreferences({ picturesFrom: [...others, address] });
    askAgainFrom(address);
  };
  const mayTrust = from !== "" && isVouchedFor(viewed.view?.sender);
  return (
    <Bar icon="image">
      <span class="reading-bar-text">{t("reading.picturesHeld", { count: held })}</span>
      <span class="reading-bar-buttons">
        <Button size="small" onClick={() => askAgain(email.id, true)}>
          {t("reading.showPictures")}
        </Button>
        {mayTrust && (
          <Button size="small" kind="quiet" onClick={always} title={from}>
            {t("reading.alwaysFrom", { name: from })}
          </Button>
        )}
        <IconButton icon="x" label={t("reading.dismiss")} onClick={() => (isClosed.value = true)} />
      </span>
    </Bar>
  );
}

/** Pictures that show nothing count who reads what: they are never fetched, and that is all there is to say. */
export function TrackersNote({ viewed }: { viewed: Viewed }) {
  const count = viewed.view?.pictures.trackers ?? 0;
  if (count === 0) return null;
  return (
    <p class="reading-trackers">
      <Icon name="eye-off" size={14} />
      {t("reading.trackers", { count })}
    </p>
  );
}

/** What is signed, encrypted or wrapped is told in words; nothing of it is checked here. */
export function SealingBar({ sealing }: { sealing: Sealing }) {
  return (
    <Bar icon={sealing.isClosed ? "lock" : "shield"}>
      <span class="reading-bar-text">{t(sealing.says)}</span>
    </Bar>
  );
}

export function ReceiptBar({ email, viewed }: { email: Email; viewed: Viewed }) {
  const isBusy = useSignal(false);
  if (!viewed.view || !wantsReceipt(email, viewed.asides, viewed.view.sender.verdict)) return null;
  const [to] = viewed.asides.receiptTo;
  const send = async () => {
    isBusy.value = true;
    await sendReceipt(email);
    isBusy.value = false;
  };
  return (
    <Bar icon="check">
      <span class="reading-bar-text">{t("reading.receiptAsked", { name: to ? nameOf(to) : "" })}</span>
      <span class="reading-bar-buttons">
        <Button size="small" busy={isBusy.value} onClick={send}>
          {t("reading.receiptSend")}
        </Button>
        <Button size="small" kind="quiet" onClick={() => void refuseReceipt(email)}>
          {t("reading.receiptRefuse")}
        </Button>
      </span>
    </Bar>
  );
}

/** A draft is no message yet. */
export function DraftBar({ onWrite }: { onWrite: () => void }) {
  return (
    <Bar icon="pencil">
      <span class="reading-bar-text">{t("reading.isDraft")}</span>
      <span class="reading-bar-buttons">
        <Button size="small" onClick={onWrite}>
          {t("reading.goOnWriting")}
        </Button>
      </span>
    </Bar>
  );
}
