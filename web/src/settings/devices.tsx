/** Who is let in: passwords of devices, browsers that are signed in, programs that were allowed. */

import { useSignal } from "@preact/signals";
import { type Key, t } from "../i18n";
import { Button } from "../parts/button";
import { relativeDate } from "../parts/date";
import { Dialog } from "../parts/dialog";
import { Skeleton } from "../parts/empty";
import { Icon } from "../parts/icon";
import { toast } from "../parts/toast";

import { Field, Form, Group } from "./form";
import { create, destroy, useKept } from "./kept";
import { problemOf } from "./problem";
import { Secrets } from "./secrets";

interface AppPassword {
  id: string;
  name: string;
  protocols: string[] | null;
  createdAt: string;
  lastUsedAt: string | null;
  lastAddress: string;
}
interface SignIn extends AppPassword {
  kind: "browser" | "program";
  userAgent: string;
  isCurrent: boolean;
}

const PROTOCOLS = ["imap", "pop3", "smtp", "jmap"] as const;

export function Devices() {
  return (
    <>
      <Group title={t("settings.setUp")} note={t("settings.setUpNote")}>
        <a class="button" data-kind="plain" data-size="normal" href="/setup" target="_blank" rel="noopener">
          <Icon name="smartphone" size={17} />
          {t("settings.setUpLink")}
        </a>
      </Group>
      <AppPasswords />
      <SignIns />
    </>
  );
}

function AppPasswords() {
  const { value, fetch } = useKept<AppPassword>("AppPassword");
  const isAdding = useSignal(false);
  const secret = useSignal("");
  const add = async (given: FormData) => {
    const protocols = PROTOCOLS.filter((each) => given.get(each) === "on");
    const made = await create<{ secret: string }>("AppPassword", {
      name: String(given.get("name")).trim(),
      protocols: protocols.length === PROTOCOLS.length ? null : protocols,
    });
    isAdding.value = false;
    secret.value = made.secret;
    await fetch();
  };
  return (
    <Group title={t("settings.appPasswords")} note={t("settings.appPasswordsNote")}>
      <Kept found={value.value} type="AppPassword" fetch={fetch} />
      <Button icon="plus" onClick={() => (isAdding.value = true)}>
        {t("settings.addAppPassword")}
      </Button>
      {isAdding.value && (
        <Dialog title={t("settings.addAppPassword")} size="small" onClose={() => (isAdding.value = false)}>
          <Form save={t("settings.make")} onSubmit={add}>
            <Field label={t("settings.name")} note={t("settings.deviceNote")} name="name" required />
            <fieldset class="settings-boxes">
              <legend class="field-label">{t("settings.goodFor")}</legend>
              {PROTOCOLS.map((each) => (
                <label key={each}>
                  <input type="checkbox" name={each} defaultChecked />
                  {t(`settings.${each}` as Key)}
                </label>
              ))}
            </fieldset>
          </Form>
        </Dialog>
      )}
      {secret.value && (
        <Secrets
          title={t("settings.appPassword")}
          note={t("settings.onceNote")}
          words={[secret.value]}
          onClose={() => (secret.value = "")}
        />
      )}
    </Group>
  );
}

function SignIns() {
  const { value, fetch } = useKept<SignIn>("SignIn");
  return (
    <Group title={t("settings.signIns")} note={t("settings.signInsNote")}>
      <Kept found={value.value} type="SignIn" fetch={fetch} />
    </Group>
  );
}

function Kept({
  found,
  type,
  fetch,
}: {
  found: readonly (AppPassword | SignIn)[] | null;
  type: "AppPassword" | "SignIn";
  fetch: () => Promise<void>;
}) {
  if (found === null) return <Skeleton lines={[80, 60]} />;
  const end = async (id: string) => {
    try {
      await destroy(type, id);
      await fetch();
    } catch (error) {
      const text = problemOf(error);
      if (text) toast({ text, kind: "problem" });
    }
  };
  if (found.length === 0) return <p class="settings-note">{t("settings.none")}</p>;
  return (
    <ul class="settings-list">
      {found.map((each) => (
        <li key={each.id} class="settings-item">
          <Icon name={"kind" in each && each.kind === "browser" ? "monitor" : "smartphone"} />
          <div class="settings-item-text">
            <strong>
              {each.name || browserOf("userAgent" in each ? each.userAgent : "")}
              {"isCurrent" in each && each.isCurrent && <span class="settings-tag">{t("settings.thisOne")}</span>}
            </strong>
            <span class="settings-note">{used(each)}</span>
            {each.protocols && <span class="settings-note">{each.protocols.join(", ")}</span>}
          </div>
          <Button size="small" onClick={() => void end(each.id)}>
            {t("settings.end")}
          </Button>
        </li>
      ))}
    </ul>
  );
}

function used({ lastUsedAt, lastAddress, createdAt }: AppPassword): string {
  if (!lastUsedAt) return t("settings.neverUsed", { when: relativeDate(createdAt) });
  const when = relativeDate(lastUsedAt);
  return lastAddress ? t("settings.lastUsedFrom", { when, where: lastAddress }) : t("settings.lastUsed", { when });
}

/** Those first that also say they are the others. */
const BROWSERS = ["Edg", "OPR", "Firefox", "Chrome", "Safari"] as const;

/** "Firefox, Linux" */
export function browserOf(agent: string): string {
  const browser = BROWSERS.find((each) => agent.includes(`${each}/`));
  const system = /Android|iPhone|iPad|Mac OS X|Windows|Linux/.exec(agent)?.[0];
  const named: Record<string, string> = { Edg: "Edge", OPR: "Opera", "Mac OS X": "macOS" };
  return (
    [browser, system]
      .filter((each) => each !== undefined)
      .map((each) => named[each] ?? each)
      .join(", ") || agent
  );
}
