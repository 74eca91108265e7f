/** Codes of an app beside the password, and recovery codes for the day the phone is lost. */

import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import { Button } from "../parts/button";
import { confirm, Dialog } from "../parts/dialog";
import { Skeleton } from "../parts/empty";
import { toast } from "../parts/toast";
import { Field, Form, Group } from "./form";
import { type Kept, own } from "./kept";
import { problemOf } from "./problem";
import { RecoveryCodes } from "./secrets";
import { SquareCode } from "./square_code";

export interface Factors {
  totp: boolean;
  passkeys: number;
  recoveryCodes: number;
}
interface Begun {
  secret: string;
  uri: string;
}
interface Confirmed {
  recoveryCodes: readonly string[];
  /** How many other browsers have been signed out. */
  ended: number;
}

export function SecondFactor({ kept }: { kept: Kept<Factors> }) {
  const begun = useSignal<Begun | null>(null);
  const codes = useSignal<readonly string[]>([]);
  const ended = useSignal(0);
  const now = kept.value.value?.[0];
  const trying = (work: () => Promise<void>) => () =>
    void work().catch((error: unknown) => {
      const text = problemOf(error);
      if (text) toast({ text, kind: "problem" });
    });
  const begin = trying(async () => {
    begun.value = await own<Begun>("SecondFactor/begin");
  });
  const remove = trying(async () => {
    if (
      !(await confirm({
        title: t("settings.removeTotp"),
        text: t("settings.removeTotpMore"),
        yes: t("shell.remove"),
        isDangerous: true,
      }))
    )
      return;
    await own("SecondFactor/remove");
    await kept.fetch();
  });
  const renew = trying(async () => {
    codes.value = (await own<{ recoveryCodes: string[] }>("SecondFactor/renew")).recoveryCodes;
    ended.value = 0;
    await kept.fetch();
  });
  const confirmed = async (made: Confirmed) => {
    begun.value = null;
    codes.value = made.recoveryCodes;
    ended.value = made.ended;
    await kept.fetch();
  };
  return (
    <Group title={t("settings.secondFactor")} note={t("settings.secondFactorNote")}>
      {!now && <Skeleton lines={[70, 40]} />}
      {now && (
        <p class="settings-state" data-is={now.totp ? "on" : "off"}>
          {t(now.totp ? "settings.totpOn" : "settings.totpOff")}
        </p>
      )}
      {now && (
        <div class="settings-buttons">
          {now.totp ? (
            <Button onClick={remove}>{t("settings.removeTotp")}</Button>
          ) : (
            <Button icon="smartphone" onClick={begin}>
              {t("settings.addTotp")}
            </Button>
          )}
          {(now.totp || now.passkeys > 0) && (
            <Button icon="refresh-cw" onClick={renew}>
              {t("settings.newRecovery", { count: now.recoveryCodes })}
            </Button>
          )}
        </div>
      )}
      {begun.value && <Confirming begun={begun.value} onClose={() => (begun.value = null)} onDone={confirmed} />}
      <RecoveryCodes codes={codes} ended={ended.value} />
    </Group>
  );
}

function Confirming({
  begun,
  onClose,
  onDone,
}: {
  begun: Begun;
  onClose: () => void;
  onDone: (made: Confirmed) => Promise<void>;
}) {
  const submit = async (given: FormData) => {
    const code = String(given.get("code")).replaceAll(/\s/g, "");
    await onDone(await own<Confirmed>("SecondFactor/confirm", { code }));
  };
  return (
    <Dialog title={t("settings.addTotp")} onClose={onClose} size="small">
      <p>
        {t("settings.scan")} {t("settings.othersWillBeOut")}
      </p>
      <SquareCode text={begun.uri} label={t("settings.squares")} />
      <p class="settings-note">
        {t("settings.orType")} <code class="settings-code">{begun.secret}</code>
      </p>
      <Form save={t("settings.goOn")} onSubmit={submit}>
        <Field label={t("settings.code")} name="code" required autocomplete="one-time-code" />
      </Form>
    </Dialog>
  );
}
