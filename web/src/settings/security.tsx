/** Password, second factor, passkeys. */

import { t } from "../i18n";
import { MethodError } from "../jmap/errors";
import { Field, Form, Group } from "./form";
import { own, useKept } from "./kept";
import { Passkeys } from "./passkeys";
import { type Factors, SecondFactor } from "./second_factor";

export function Security() {
  const factors = useKept<Factors>("SecondFactor");
  return (
    <>
      <Group title={t("settings.password")} note={t("settings.passwordNote")}>
        <Form save={t("settings.changePassword")} saved={t("settings.passwordChanged")} onSubmit={changePassword}>
          <Field
            label={t("settings.currentPassword")}
            name="current"
            type="password"
            required
            autocomplete="current-password"
          />
          <div class="settings-pair">
            <Field label={t("settings.newPassword")} name="new" type="password" required autocomplete="new-password" />
            <Field label={t("settings.newAgain")} name="again" type="password" required autocomplete="new-password" />
          </div>
        </Form>
      </Group>
      <SecondFactor kept={factors} />
      <Passkeys onChange={factors.fetch} />
    </>
  );
}

async function changePassword(given: FormData, form: HTMLFormElement): Promise<void> {
  if (given.get("new") !== given.get("again")) throw new MethodError("invalidArguments", t("settings.notTheSame"));
  await own("Password/set", { current: given.get("current"), new: given.get("new") });
  form.reset();
}
