import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { Button } from "../parts/button";
import { hasPasskeys } from "./passkey";
import { Problem } from "./problem";
import type { StepProps } from "./sign_in";

export interface SecondStepProps extends StepProps {
  methods: readonly string[];
  address: string;
  again: () => void;
}

/** The code of an app, a recovery code, or a passkey. */
export function SecondStep({ isBusy, problem, go, byPasskey, methods, address, again }: SecondStepProps) {
  const isRecovery = useSignal(!methods.includes("totp") && methods.includes("recovery"));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget as HTMLFormElement).get("code")).replace(/\s+/g, "");
    go(isRecovery.peek() ? { recovery: code, code: undefined } : { code, recovery: undefined });
  };
  const isApp = !isRecovery.value;
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), [isApp, problem]);
  const hasCodes = methods.includes("totp") || methods.includes("recovery");
  return (
    <form class="sign-in-form" onSubmit={submit}>
      <h1>{t("shell.codeTitle")}</h1>
      <p class="sign-in-who">{address}</p>
      <Problem text={problem} />
      {hasCodes && (
        <>
          <label class="field" key={String(isApp)}>
            <span class="field-label">{t(isApp ? "shell.code" : "shell.recovery")}</span>
            <input
              class="input sign-in-code"
              name="code"
              inputMode={isApp ? "numeric" : "text"}
              pattern={isApp ? "[0-9 ]{6,8}" : undefined}
              autocomplete="one-time-code"
              autocapitalize="none"
              spellcheck={false}
              required
              ref={field}
              aria-describedby="sign-in-hint"
            />
            <span class="field-note" id="sign-in-hint">
              {t(isApp ? "shell.codeText" : "shell.recoveryText")}
            </span>
          </label>
          <Button kind="primary" size="large" type="submit" busy={isBusy}>
            {t("shell.verify")}
          </Button>
        </>
      )}
      {methods.includes("passkey") && hasPasskeys() && (
        <Button size="large" icon="key-round" disabled={isBusy} onClick={byPasskey}>
          {t("shell.withPasskey")}
        </Button>
      )}
      <div class="sign-in-ways">
        {methods.includes("recovery") && methods.includes("totp") && (
          <Button kind="quiet" size="small" onClick={() => (isRecovery.value = isApp)}>
            {t(isApp ? "shell.useRecovery" : "shell.useCode")}
          </Button>
        )}
        <Button kind="quiet" size="small" onClick={again}>
          {t("shell.otherAccount")}
        </Button>
      </div>
    </form>
  );
}
