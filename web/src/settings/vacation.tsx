/** What those are told who write while one is away (RFC 8621 §8). */

import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import type { UTCDate } from "../jmap/types";
import { Skeleton } from "../parts/empty";
import { Field, Form, Group, Switch } from "./form";
import { update, useKept } from "./kept";
import { fromLocal, toLocal } from "./moments";

interface VacationResponse {
  id: string;
  isEnabled: boolean;
  fromDate: UTCDate | null;
  toDate: UTCDate | null;
  subject: string | null;
  textBody: string | null;
  htmlBody: string | null;
}

export function Vacation() {
  const { value } = useKept<VacationResponse>("VacationResponse");
  const found = value.value?.[0];
  return found ? <Editor found={found} /> : <Skeleton />;
}

function Editor({ found }: { found: VacationResponse }) {
  const isEnabled = useSignal(found.isEnabled);
  const save = (given: FormData) =>
    update("VacationResponse", "singleton", {
      isEnabled: isEnabled.value,
      fromDate: fromLocal(String(given.get("from"))),
      toDate: fromLocal(String(given.get("to"))),
      subject: String(given.get("subject")).trim() || null,
      textBody: String(given.get("text")).replaceAll("\r\n", "\n"),
      htmlBody: null,
    });
  return (
    <Group note={t("settings.vacationNote")}>
      <Form save={t("shell.save")} saved={t(isEnabled.value ? "settings.vacationOn" : "settings.vacationOff")} onSubmit={save}>
        <Switch label={t("settings.vacationEnabled")} checked={isEnabled.value} onChange={(on) => (isEnabled.value = on)} />
        <div class="settings-pair">
          <Field label={t("settings.from")} name="from" type="datetime-local" value={toLocal(found.fromDate)} />
          <Field label={t("settings.until")} name="to" type="datetime-local" value={toLocal(found.toDate)} />
        </div>
        <Field label={t("settings.subject")} note={t("settings.subjectNote")} name="subject" value={found.subject ?? ""} />
        <Field label={t("settings.text")} name="text" value={found.textBody ?? ""} lines={6} required={isEnabled.value} />
      </Form>
    </Group>
  );
}
