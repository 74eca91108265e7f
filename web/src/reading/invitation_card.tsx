/** An invitation: what, when, where, with whom; and the answer to it. */

import { useSignal } from "@preact/signals";
import { type Key, locale, t } from "../i18n";
import { SUBMISSION } from "../jmap/session";
import type { Email } from "../jmap/types";
import { isMine } from "../list/mine";
import { Button } from "../parts/button";
import { Icon, type IconName } from "../parts/icon";
import { can } from "../store/account";
import { answerInvitation, identityFor } from "./answering";
import { type Answer, isAsking, saidBy, whenOf } from "./invitations";
import type { Invitation } from "./views";

const KINDS: Readonly<Record<string, Key>> = {
  REQUEST: "reading.inviteRequest",
  CANCEL: "reading.inviteCancel",
  REPLY: "reading.inviteReply",
  PUBLISH: "reading.invitePublish",
  COUNTER: "reading.inviteCounter",
};
const ANSWERS: readonly (readonly [Answer, Key, IconName])[] = [
  ["ACCEPTED", "reading.accept", "check"],
  ["TENTATIVE", "reading.maybe", "circle-question-mark"],
  ["DECLINED", "reading.decline", "x"],
];
const STATUS: Readonly<Record<string, Key>> = {
  ACCEPTED: "reading.hasAccepted",
  TENTATIVE: "reading.isTentative",
  DECLINED: "reading.hasDeclined",
};
const MOST_PEOPLE = 12;

export function InvitationCard({ email, invitation }: { email: Email; invitation: Invitation }) {
  const kind = KINDS[invitation.method.toUpperCase()] ?? "reading.invitePublish";
  return (
    <section class="reading-invitation" data-method={invitation.method.toUpperCase()} aria-label={t(kind)}>
      <p class="reading-invitation-kind">
        <Icon name="calendar" size={16} /> {t(kind)}
      </p>
      <h2>{invitation.summary || t("reading.noSubject")}</h2>
      <dl class="reading-details">
        <dt>{t("reading.when")}</dt>
        <dd>
          {whenOf(invitation, locale.value) || t("reading.unknownTime")}
          {invitation.recurs && <span class="reading-muted"> · {t("reading.recurs")}</span>}
        </dd>
        {invitation.location && (
          <>
            <dt>{t("reading.where")}</dt>
            <dd dir="auto">{invitation.location}</dd>
          </>
        )}
        {invitation.organizer && (
          <>
            <dt>{t("reading.organizer")}</dt>
            <dd>
              <bdi>{invitation.organizer.name || invitation.organizer.email}</bdi>
            </dd>
          </>
        )}
        {invitation.attendees.length > 0 && <Attendees invitation={invitation} />}
      </dl>
      {invitation.description && (
        <p class="reading-lines reading-muted" dir="auto">
          {invitation.description.slice(0, 2000)}
        </p>
      )}
      <Answers email={email} invitation={invitation} />
    </section>
  );
}

function Attendees({ invitation }: { invitation: Invitation }) {
  const rest = invitation.attendees.length - MOST_PEOPLE;
  return (
    <>
      <dt>{t("reading.attendees")}</dt>
      <dd>
        {invitation.attendees.slice(0, MOST_PEOPLE).map((who) => {
          const status = STATUS[who.status?.toUpperCase() ?? ""];
          return (
            <span key={who.email} class="reading-person" data-status={who.status?.toUpperCase()}>
              <bdi>{who.name || who.email}</bdi>
              {status && <span class="reading-muted"> ({t(status)})</span>}
            </span>
          );
        })}
        {rest > 0 && <span class="reading-muted">{t("reading.andMore", { count: rest })}</span>}
      </dd>
    </>
  );
}

function Answers({ email, invitation }: { email: Email; invitation: Invitation }) {
  const me = invitation.attendees.find((each) => isMine(each.email))?.email ?? identityFor(email)?.email ?? "";
  const said = useSignal<Answer | null>(saidBy(invitation, me));
  const busy = useSignal<Answer | null>(null);
  if (!isAsking(invitation, me) || !can(SUBMISSION)) return null;
  const answer = async (which: Answer) => {
    busy.value = which;
    if (await answerInvitation(email, invitation, which)) said.value = which;
    busy.value = null;
  };
  return (
    <fieldset class="reading-answers" aria-label={t("reading.answerInvitation")}>
      {ANSWERS.map(([which, label, icon]) => (
        <Button
          key={which}
          size="small"
          icon={icon}
          kind={said.value === which ? "primary" : "plain"}
          aria-pressed={said.value === which}
          busy={busy.value === which}
          disabled={busy.value !== null}
          onClick={() => void answer(which)}
        >
          {t(label)}
        </Button>
      ))}
    </fieldset>
  );
}
