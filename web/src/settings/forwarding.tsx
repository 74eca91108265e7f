/** Where one's mail is sent on to. */

import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import { Skeleton } from "../parts/empty";
import { Field, Form, Group, Switch } from "./form";
import { update, useKept } from "./kept";

interface Forwarding {
  id: string;
  to: string[];
  keepCopy: boolean;
}

export function ForwardingPage() {
  const { value } = useKept<Forwarding>("Forwarding");
  const found = value.value?.[0];
  return found ? <Editor found={found} /> : <Skeleton />;
}

function Editor({ found }: { found: Forwarding }) {
  const keepsCopy = useSignal(found.keepCopy);
  const save = async (given: FormData) => {
    const to = addresses(String(given.get("to")));
    await update("Forwarding", "singleton", { to, keepCopy: keepsCopy.value });
  };
  return (
    <Group note={t("settings.forwardingNote")}>
      <Form save={t("shell.save")} onSubmit={save}>
        <Field label={t("settings.forwardTo")} note={t("settings.oneALine")} name="to" value={found.to.join("\n")} lines={3} />
        <Switch
          label={t("settings.keepCopy")}
          note={t("settings.keepCopyNote")}
          checked={keepsCopy.value}
          onChange={(keeps) => (keepsCopy.value = keeps)}
        />
      </Form>
    </Group>
  );
}

const addresses = (text: string): string[] => text.split(/[\s,;]+/).filter(Boolean);
