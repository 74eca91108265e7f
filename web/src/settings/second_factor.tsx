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
import { Secrets } from "./secrets";
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

export function SecondFactor({ kept }: { kept: Kept<Factors> }) {
  const begun = useSignal<Begun | null>(null);
  const codes = useSignal<readonly string[]>([]);
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
    await kept.fetch();
  });
  const confirmed = async (recoveryCodes: readonly string[]) => {
    begun.value = null;
    codes.value = recoveryCodes;
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
      {codes.value.length > 0 && (
        <Secrets
          title={t("settings.recoveryCodes")}
          note={t("settings.recoveryNote")}
          words={codes.value}
          onClose={() => (codes.value = [])}
        />
      )}
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
  onDone: (recoveryCodes: readonly string[]) => Promise<void>;
}) {
  const submit = async (given: FormData) => {
    const code = String(given.get("code")).replaceAll(/\s/g, "");
    const answer = await own<{ recoveryCodes: string[] }>("SecondFactor/confirm", { code });
    await onDone(answer.recoveryCodes);
  };
  return (
    <Dialog title={t("settings.addTotp")} onClose={onClose} size="small">
      <p>{t("settings.scan")}</p>
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
