/** Showing anew who one is, before what a passer-by at an open window should not do. */

import { signal } from "@preact/signals";
import { useId } from "preact/hooks";
import { t } from "../i18n";
import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { type Outcome, signIn, signInByPasskey } from "../sign_in/asking";
import { hasPasskeys } from "../sign_in/passkey";
import { client } from "../store/account";
import { Field } from "./form";
import { Cancelled } from "./problem";

const asked = signal<{ done: () => void; never: () => void; needsCode: boolean; problem: string } | null>(null);

/** Throws Cancelled. */
export function showAnew(): Promise<void> {
  return new Promise((done, failed) => {
    asked.value = { done, never: () => failed(new Cancelled()), needsCode: false, problem: "" };
  });
}

function heed(outcome: Outcome): void {
  const now = asked.peek();
  if (!now) return;
  switch (outcome.kind) {
    case "in":
      client().token = outcome.token;
      asked.value = null;
      now.done();
      return;
    case "code":
      asked.value = { ...now, needsCode: true, problem: "" };
      return;
    case "never mind":
      return;
    case "later":
      asked.value = { ...now, problem: t("settings.tooOften") };
      return;
    case "unreachable":
      asked.value = { ...now, problem: t("settings.unreachable") };
      return;
    default:
      asked.value = { ...now, problem: t(outcome.kind === "codeWrong" ? "settings.wrongCode" : "settings.wrongPassword") };
  }
}

/** Stands on every page of settings that may ask. */
export function Showing() {
  const form = useId();
  if (!asked.value) return null;
  const { needsCode, problem, never } = asked.value;
  const close = () => {
    asked.value = null;
    never();
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const code = String(given.get("code") ?? "").trim();
    const password = String(given.get("password"));
    heed(await signIn({ address: client().session.username, password, ...(code ? { code } : {}) }));
  };
  const foot = (
    <>
      {hasPasskeys() && (
        <Button icon="key-round" onClick={async () => heed(await signInByPasskey({ address: client().session.username }))}>
          {t("shell.withPasskey")}
        </Button>
      )}
      <Button kind="primary" type="submit" form={form}>
        {t("settings.goOn")}
      </Button>
    </>
  );
  return (
    <Dialog title={t("settings.isItYou")} size="small" onClose={close} foot={foot}>
      <form class="settings-form" id={form} onSubmit={submit}>
        <p>{t("settings.isItYouMore")}</p>
        {problem && (
          <p class="field-error" role="alert">
            {problem}
          </p>
        )}
        <Field label={t("shell.password")} name="password" type="password" required autocomplete="current-password" />
        {needsCode && <Field label={t("settings.code")} name="code" required autocomplete="one-time-code" />}
      </form>
    </Dialog>
  );
}
