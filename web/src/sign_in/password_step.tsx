import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { Button, IconButton } from "../parts/button";
import { hasPasskeys } from "./passkey";
import { Problem } from "./problem";
import type { StepProps } from "./sign_in";

/** Address and password; or a passkey. */
export function PasswordStep({ isBusy, problem, go, byPasskey, address }: StepProps & { address: string }) {
  const isShown = useSignal(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLInputElement>(address ? "[name=password]" : "[name=address]")?.focus(), []);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    go({ address: String(given.get("address")).trim(), password: String(given.get("password")), stay: given.has("stay") });
  };
  return (
    <form class="sign-in-form" ref={form} onSubmit={submit}>
      <h1>{t("shell.signInTitle")}</h1>
      <Problem text={problem} />
      <label class="field">
        <span class="field-label">{t("shell.address")}</span>
        <input
          class="input"
          name="address"
          type="email"
          inputMode="email"
          autocomplete="username webauthn"
          autocapitalize="none"
          spellcheck={false}
          required
          defaultValue={address}
        />
      </label>
      <div class="field">
        <label class="field-label" for="sign-in-password">
          {t("shell.password")}
        </label>
        <span class="sign-in-secret">
          <input
            class="input"
            id="sign-in-password"
            name="password"
            type={(isShown.value ? "text" : "password") as "password"}
            autocomplete="current-password"
            required
          />
          <IconButton
            icon={isShown.value ? "eye-off" : "eye"}
            label={t(isShown.value ? "shell.hidePassword" : "shell.showPassword")}
            onClick={() => (isShown.value = !isShown.value)}
          />
        </span>
      </div>
      <label class="sign-in-stay">
        <input type="checkbox" name="stay" defaultChecked />
        {t("shell.stay")}
      </label>
      <Button kind="primary" size="large" type="submit" busy={isBusy}>
        {t(isBusy ? "shell.signingIn" : "shell.signIn")}
      </Button>
      {hasPasskeys() && (
        <>
          <p class="sign-in-or">
            <span>{t("shell.or")}</span>
          </p>
          <Button size="large" icon="key-round" disabled={isBusy} onClick={byPasskey}>
            {t("shell.withPasskey")}
          </Button>
        </>
      )}
    </form>
  );
}
