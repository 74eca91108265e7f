/** What is to be sent later: seen, sent now, put off, or taken back to be written on. */

import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { SUBMISSION } from "../jmap/session";
import type { EmailAddress, GetAnswer, Id } from "../jmap/types";
import { Button, IconButton } from "../parts/button";
import { middleDate } from "../parts/date";
import { Dialog } from "../parts/dialog";
import { Empty, Skeleton } from "../parts/empty";
import { nameOf } from "../parts/name";
import { toast } from "../parts/toast";
import { can, client } from "../store/account";
import { clippedEmail } from "../store/clipping";
import { onChanged } from "../store/live";
import { openComposer } from "./composers";
import { boxes } from "./outgoing";
import { ChooseTime } from "./send";
import { cancelCall, cancelled, type Hold, outcomeOf, resendCall, type Scheduled } from "./sending";

interface Submission {
  id: Id;
  identityId: Id;
  emailId: Id;
  envelope: { mailFrom: { email: string }; rcptTo: { email: string }[] } | null;
  sendAt: string;
  undoStatus: string;
}
interface Waiting extends Scheduled {
  sendAt: string;
  subject: string | null;
  recipients: readonly EmailAddress[];
}

const isOpen = signal(false);
const list = signal<readonly Waiting[] | null>(null);
/** What waits on the server, the next first; null: not asked for yet. */
export const scheduled = list;

/** Shows what is to be sent later. */
export function openScheduled(): void {
  isOpen.value = true;
}

export async function fetchScheduled(): Promise<void> {
  if (!can(SUBMISSION)) {
    list.value = [];
    return;
  }
  const answers = await client().request([
    ["EmailSubmission/query", { filter: { undoStatus: "pending" }, limit: 200 }, "q"],
    ["EmailSubmission/get", { "#ids": { resultOf: "q", name: "EmailSubmission/query", path: "/ids" } }, "s"],
    [
      "Email/get",
      {
        "#ids": { resultOf: "s", name: "EmailSubmission/get", path: "/list/*/emailId" },
        properties: ["id", "subject", "to", "cc", "bcc"],
      },
      "e",
    ],
  ]);
  const result = <T,>(id: string) => {
    const found = answers.find((each) => each.callId === id);
    return found && !found.error ? (found.result as GetAnswer<T>).list : [];
  };
  const emails = new Map(
    result<{ id: Id; subject: string | null } & Record<"to" | "cc" | "bcc", EmailAddress[] | null>>("e").map((each) => [
      each.id,
      each,
    ]),
  );
  list.value = result<Submission>("s")
    .filter((each) => each.undoStatus === "pending" && new Date(each.sendAt).getTime() > Date.now() && emails.has(each.emailId))
    .map((each) => waitingOf(each, clippedEmail(emails.get(each.emailId)!)))
    .sort((one, other) => (one.sendAt < other.sendAt ? -1 : 1));
}

function waitingOf(
  one: Submission,
  email: { subject: string | null } & Record<"to" | "cc" | "bcc", EmailAddress[] | null>,
): Waiting {
  const recipients = [...(email.to ?? []), ...(email.cc ?? []), ...(email.bcc ?? [])];
  return {
    submissionId: one.id,
    emailId: one.emailId,
    identityId: one.identityId,
    from: one.envelope?.mailFrom.email ?? "",
    to: one.envelope?.rcptTo.map((each) => each.email) ?? recipients.map((each) => each.email),
    sendAt: one.sendAt,
    subject: email.subject,
    recipients,
  };
}

async function cancel(each: Waiting): Promise<boolean> {
  const error = cancelled(await client().request([cancelCall(each.submissionId, boxes())]), each.submissionId);
  if (error) toast({ kind: "problem", text: t(error.type === "cannotUnsend" ? "compose.tooLate" : "compose.notUndone") });
  return error === null;
}

async function edit(each: Waiting): Promise<void> {
  if (!(await cancel(each))) return;
  isOpen.value = false;
  await openComposer({ mode: "draft", emailId: each.emailId });
}

async function resend(each: Waiting, hold: Hold): Promise<void> {
  if (!(await cancel(each))) return;
  const made = { method: "Email/set", callId: "make", result: { created: { letter: { id: each.emailId } } }, error: null };
  const outcome = outcomeOf([made, ...(await client().request([resendCall(each, hold, boxes())]))]);
  if (outcome.kind === "refused")
    toast({ kind: "problem", text: t("compose.refusedLater", { subject: each.subject ?? t("compose.noSubject") }) });
  else
    toast({ text: hold && "until" in hold ? t("compose.scheduledFor", { when: middleDate(hold.until) }) : t("compose.sent") });
}

/** Put once into the page. */
export function ScheduledDialog() {
  return isOpen.value ? <List /> : null;
}

function List() {
  const putOff = useSignal<Waiting | null>(null);
  const busy = useSignal<Id | null>(null);
  useEffect(() => {
    void fetchScheduled().catch(() => {
      list.value = [];
    });
    return onChanged("EmailSubmission", () => void fetchScheduled().catch(() => {}));
  }, []);
  const act = async (each: Waiting, what: () => Promise<void>) => {
    busy.value = each.submissionId;
    await what().catch(() => toast({ kind: "problem", text: t("compose.notUndone") }));
    await fetchScheduled().catch(() => {});
    busy.value = null;
  };
  if (putOff.value) {
    const each = putOff.value;
    const onTime = (at: Date) => {
      putOff.value = null;
      void act(each, () => resend(each, { until: at }));
    };
    return (
      <ChooseTime
        title={t("compose.changeTime")}
        yes={t("compose.schedule")}
        onTime={onTime}
        onClose={() => (putOff.value = null)}
      />
    );
  }
  return (
    <Dialog title={t("compose.scheduled")} onClose={() => (isOpen.value = false)}>
      {list.value === null && <Skeleton lines={[60, 80, 50]} />}
      {list.value?.length === 0 && (
        <Empty icon="calendar-clock" title={t("compose.nothingScheduled")}>
          <p>{t("compose.nothingScheduledMore")}</p>
        </Empty>
      )}
      <ul class="compose-scheduled">
        {list.value?.map((each) => (
          <li key={each.submissionId} aria-busy={busy.value === each.submissionId || undefined}>
            <span class="compose-scheduled-what">
              <strong dir="auto">{each.subject || t("compose.noSubject")}</strong>
              <span>
                {t("compose.scheduledLine", { when: middleDate(each.sendAt), who: each.recipients.map(nameOf).join(", ") })}
              </span>
            </span>
            <IconButton icon="calendar-clock" label={t("compose.changeTime")} onClick={() => (putOff.value = each)} />
            <IconButton icon="send" label={t("compose.sendNow")} onClick={() => void act(each, () => resend(each, null))} />
            <Button size="small" onClick={() => void act(each, () => edit(each))}>
              {t("compose.edit")}
            </Button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
