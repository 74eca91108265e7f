/** The page for signing in: address and password, then a second step where the account has one; or a passkey alone. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { Mark } from "../shell/mark";
import { enter, wasEnded } from "../store/visit";
import { type Given, type Outcome, signIn, signInByPasskey } from "./asking";
import { PasswordStep } from "./password_step";
import { SecondStep } from "./second_step";
import "./sign_in.css";

export interface StepProps {
  isBusy: boolean;
  problem: string;
  go: (given: Partial<Given>) => void;
  byPasskey: () => void;
}

export function SignIn() {
  const given = useSignal<Given>({ address: remembered(), password: "", stay: true });
  const methods = useSignal<readonly string[] | null>(null);
  const isBusy = useSignal(false);
  const problem = useSignal(wasEnded.peek() ? t("shell.signedOut") : "");
  useEffect(() => {
    document.title = t("shell.signInTitle");
  });
  const ask = async (asking: Promise<Outcome>, shown: Shown) => {
    isBusy.value = true;
    problem.value = "";
    const outcome = await asking;
    if (outcome.kind === "code") methods.value = outcome.methods;
    else problem.value = outcome.kind === "in" ? await entered(outcome.token, given.peek().address) : said(outcome, shown);
    isBusy.value = false;
  };
  const step: StepProps = {
    isBusy: isBusy.value,
    problem: problem.value,
    go: (more) => {
      given.value = { ...given.peek(), ...more };
      void ask(signIn(given.peek()), given.peek().recovery ? "recovery" : "code");
    },
    byPasskey: () => void ask(signInByPasskey(given.peek()), "passkey"),
  };
  const again = () => {
    methods.value = null;
    problem.value = "";
    given.value = { address: "", password: "", stay: given.peek().stay };
  };
  return (
    <main class="sign-in">
      <div class="sign-in-card">
        <Mark size={46} />
        {methods.value === null ? (
          <PasswordStep {...step} address={given.value.address} />
        ) : (
          <SecondStep {...step} methods={methods.value} address={given.value.address} again={again} />
        )}
      </div>
      <p class="sign-in-foot">
        <a href="/setup">{t("shell.setup")}</a>
      </p>
    </main>
  );
}

/** What is wrong with it; "" where nothing is. */
async function entered(token: string, address: string): Promise<string> {
  try {
    localStorage.setItem(KEPT, address);
  } catch {
    // typed again next time
  }
  try {
    await enter(token);
    return "";
  } catch {
    return t("shell.serverFailed");
  }
}

type Shown = "code" | "recovery" | "passkey";

function said(outcome: Outcome, shown: Shown): string {
  switch (outcome.kind) {
    case "wrong":
      return t(shown === "passkey" ? "shell.passkeyNot" : "shell.wrong");
    case "codeWrong":
      return t(shown === "recovery" ? "shell.recoveryWrong" : "shell.codeWrong");
    case "later":
      return t("shell.tooMany", { count: outcome.seconds });
    case "unreachable":
      return t("shell.unreachable");
    case "failed":
      return t("shell.serverFailed");
    default:
      return "";
  }
}

const KEPT = "pillarbox.address";
function remembered(): string {
  try {
    return localStorage.getItem(KEPT) ?? "";
  } catch {
    return "";
  }
}
