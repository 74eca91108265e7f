/** What happens between pressing "Send" and sending: what is missing is said, what might be forgotten is asked, and when it is to go. */

import { signal, useSignal } from "@preact/signals";
import { t } from "../i18n";
import { Button } from "../parts/button";
import { middleDate } from "../parts/date";
import { confirm, Dialog } from "../parts/dialog";
import { toast } from "../parts/toast";
import { sent, show } from "./composers";
import type { Composition } from "./composition";
import { type Hint, hintsFor } from "./hints";
import { mostHold, sendComposition } from "./outgoing";
import { choices, fromLocal, localValue, wrongTime } from "./schedule";
import type { Hold } from "./sending";

const asking = signal<Composition | null>(null);

/** Asks when it is to go. */
export function askWhen(composition: Composition): void {
  asking.value = composition;
}

/** Sends it, or says why not. True: it is on its way. */
export async function send(composition: Composition, hold?: Hold): Promise<boolean> {
  // what is typed becomes a chip, and what the editor holds is read, when the focus goes
  (document.activeElement as HTMLElement | null)?.blur();
  if (composition.state.peek() === "sending" || !isReady(composition)) return false;
  if (!(await isMeant(composition))) return false;
  const isSent = await sendComposition(composition, hold);
  if (isSent) sent(composition);
  else show(composition);
  return isSent;
}

function isReady(composition: Composition): boolean {
  const problem = (text: string) => {
    toast({ kind: "problem", text, seconds: 8 });
    show(composition);
    return false;
  };
  if (!composition.recipients().length) return problem(t("compose.noRecipients"));
  const wrong = composition.wrongRecipients();
  if (wrong.length) return problem(t("compose.wrongRecipients", { addresses: wrong.map((each) => each.email).join(", ") }));
  if (!composition.identity.peek()) return problem(t("compose.noIdentity"));
  if (composition.attachments.isUploading) return problem(t("compose.stillUploading"));
  if (composition.attachments.isStuck) return problem(t("compose.stuckFiles"));
  return true;
}

async function isMeant(composition: Composition): Promise<boolean> {
  const hints = hintsFor({
    subject: composition.subject.peek(),
    text: composition.plain(),
    attachments: composition.attachments.all.peek().length,
    seen: composition.to.peek().length + composition.cc.peek().length,
  });
  if (!hints.length) return true;
  return confirm({
    title: t("compose.sendAnyway"),
    text: hints.map(said).join(" "),
    yes: t("compose.send"),
    no: t("compose.goOnWriting"),
  });
}

function said(hint: Hint): string {
  if (hint.kind === "attachment") return t("compose.hint_attachment", { word: hint.word });
  if (hint.kind === "many") return t("compose.hint_many", { count: hint.count });
  return t(hint.kind === "subject" ? "compose.hint_subject" : "compose.hint_empty");
}

/** Put once into the page. */
export function WhenDialog() {
  const composition = asking.value;
  if (!composition) return null;
  const onTime = (at: Date) => {
    asking.value = null;
    void send(composition, { until: at });
  };
  return (
    <ChooseTime
      title={t("compose.sendLater")}
      yes={t("compose.schedule")}
      onTime={onTime}
      onClose={() => (asking.value = null)}
    />
  );
}

interface ChooseTimeProps {
  title: string;
  yes: string;
  onTime: (at: Date) => void;
  onClose: () => void;
}

export function ChooseTime({ title, yes, onTime, onClose }: ChooseTimeProps) {
  const now = new Date();
  const value = useSignal(localValue(choices(now)[0]?.at ?? new Date(now.getTime() + 86_400_000)));
  const problem = useSignal("");
  const own = () => {
    const at = fromLocal(value.peek());
    const wrong = wrongTime(at, new Date(), mostHold());
    if (at && !wrong) onTime(at);
    else
      problem.value = wrong ? t(`compose.time_${wrong}`, { when: middleDate(new Date(Date.now() + mostHold() * 1000)) }) : "";
  };
  return (
    <Dialog title={title} size="small" onClose={onClose}>
      <div class="compose-times">
        {choices(now)
          .filter(({ at }) => !wrongTime(at, now, mostHold()))
          .map(({ key, at }) => (
            <Button key={key} onClick={() => onTime(at)}>
              <span>{t(`compose.${key}`)}</span>
              <span class="compose-time">{middleDate(at)}</span>
            </Button>
          ))}
      </div>
      <form
        class="compose-own-time"
        onSubmit={(event) => {
          event.preventDefault();
          own();
        }}
      >
        <label class="field">
          <span class="field-label">{t("compose.ownTime")}</span>
          <input
            class="input"
            type="datetime-local"
            value={value}
            min={localValue(now)}
            onInput={(event) => (value.value = event.currentTarget.value)}
            aria-describedby="compose-time-problem"
          />
        </label>
        <p class="compose-wrong" id="compose-time-problem" role="alert">
          {problem.value}
        </p>
        <Button kind="primary" type="submit">
          {yes}
        </Button>
      </form>
    </Dialog>
  );
}
