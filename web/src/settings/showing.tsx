/** Showing anew who one is, before what a passer-by at an open window should not do. */

import { signal, useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { type Key, t } from "../i18n";
import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { type Outcome, signIn, signInByPasskey } from "../sign_in/asking";
import { hasPasskeys } from "../sign_in/passkey";
import { client } from "../store/account";
import { Field } from "./form";
import { Cancelled } from "./problem";

/** What may be shown beside the password; empty: nothing is asked for, as far as is known. */
type Methods = readonly string[];
const asked = signal<{ done: () => void; never: () => void; methods: Methods; problem: string } | null>(null);

/** Throws Cancelled. */
export function showAnew(): Promise<void> {
  return new Promise((done, failed) => {
    asked.value = { done, never: () => failed(new Cancelled()), methods: [], problem: "" };
  });
}

function heed(outcome: Outcome, wrong: Key = "settings.wrongPassword"): void {
  const now = asked.peek();
  if (!now) return;
  switch (outcome.kind) {
    case "in":
      client().token = outcome.token;
      asked.value = null;
      now.done();
      return;
    case "code":
      asked.value = { ...now, methods: outcome.methods, problem: "" };
      return;
    case "never mind":
      return;
    case "later":
      asked.value = { ...now, problem: t("settings.tooOften") };
      return;
    case "unreachable":
      asked.value = { ...now, problem: t("settings.unreachable") };
      return;
    case "another":
      asked.value = { ...now, problem: t("settings.anothersPasskey", { address: client().session.username }) };
      return;
    default:
      asked.value = { ...now, problem: t(outcome.kind === "failed" ? "settings.failed" : wrong) };
  }
}

/** Stands on every page of settings that may ask. */
export function Showing() {
  const form = useId();
  const wantsRecovery = useSignal(false);
  if (!asked.value) return null;
  const { methods, problem, never } = asked.value;
  const hasApp = methods.includes("totp");
  const hasRecovery = methods.includes("recovery");
  const isRecovery = hasRecovery && (wantsRecovery.value || !hasApp);
  const close = () => {
    asked.value = null;
    never();
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const code = String(given.get("code") ?? "").replaceAll(/\s/g, "");
    const password = String(given.get("password"));
    const beside = code ? { [isRecovery ? "recovery" : "code"]: code } : {};
    const outcome = await signIn({ address: client().session.username, password, ...beside });
    const wrong = isRecovery ? "shell.recoveryWrong" : "settings.wrongCode";
    heed(outcome, outcome.kind === "codeWrong" ? wrong : "settings.wrongPassword");
  };
  const foot = (
    <>
      {hasPasskeys() && (
        <Button icon="key-round" onClick={async () => heed(await signInByPasskey({ again: true }), "shell.passkeyNot")}>
          {t("settings.byPasskey")}
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
        {isRecovery && (
          <Field key="recovery" label={t("shell.recovery")} note={t("shell.recoveryText")} name="code" required autofocus />
        )}
        {hasApp && !isRecovery && (
          <Field key="app" label={t("settings.code")} name="code" required autocomplete="one-time-code" autofocus />
        )}
        {hasApp && hasRecovery && (
          <Button kind="quiet" size="small" onClick={() => (wantsRecovery.value = !isRecovery)}>
            {t(isRecovery ? "shell.useCode" : "shell.useRecovery")}
          </Button>
        )}
        {methods.length > 0 && !hasApp && !hasRecovery && <p class="settings-note">{t("settings.onlyPasskey")}</p>}
      </form>
    </Dialog>
  );
}
