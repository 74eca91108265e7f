/** The text of a message, in whichever form it is shown. */

import { t } from "../i18n";
import { Button } from "../parts/button";
import { Empty, Skeleton } from "../parts/empty";
import { Frame } from "./frame";
import { FIXED } from "./plain";
import { PlainBody } from "./plain_body";
import { askAgain, type Viewed } from "./views";

export interface BodyProps {
  viewed: Viewed | undefined;
  emailId: string;
  name: string;
  isPlain: boolean;
  isDarkened: boolean;
  foldsQuotes: boolean;
}

export function Body({ viewed, emailId, name, isPlain, isDarkened, foldsQuotes }: BodyProps) {
  if (viewed === undefined) return <Skeleton lines={[85, 95, 70, 90, 40]} />;
  const { view } = viewed;
  if (view === null) return <Failed emailId={emailId} error={viewed.error} />;
  if (view.html === null || isPlain) {
    if (view.text.trim() === "") return <p class="reading-muted">{t("reading.isEmpty")}</p>;
    return <PlainBody text={view.text} flow={FIXED} foldsQuotes={foldsQuotes} />;
  }
  return (
    <Frame
      html={view.html}
      isCleaned={viewed.isCleaned}
      dark={isDarkened}
      foldLabel={foldsQuotes ? t("reading.showQuote") : null}
      title={t("reading.frame", { name })}
    />
  );
}

function Failed({ emailId, error }: { emailId: string; error: Error | null }) {
  const isOffline = error?.name === "Offline";
  return (
    <Empty icon={isOffline ? "wifi-off" : "circle-alert"} title={t(isOffline ? "reading.offline" : "reading.failed")}>
      <p>{t(isOffline ? "reading.offlineMore" : "reading.failedMore")}</p>
      <Button icon="refresh-cw" onClick={() => askAgain(emailId)}>
        {t("shell.retry")}
      </Button>
    </Empty>
  );
}
