/** Before the mail is there. */

import { t } from "../i18n";
import { Button } from "../parts/button";
import { Empty, Skeleton } from "../parts/empty";
import { start } from "../store/visit";
import "./shell.css";

/** What stands where a room's code has not come yet. */
export function Waiting() {
  return <Skeleton lines={[45, 80, 65, 75, 50]} />;
}

/** The frame, with grey bars where mail will be. */
export function Starting() {
  return (
    <div class="shell" data-open="false" aria-busy="true">
      <div class="shell-bar" />
      <div class="shell-panes">
        <div class="shell-folders">
          <Skeleton lines={[50, 70, 60, 65, 40]} />
        </div>
        <div class="shell-list">
          <Skeleton lines={[40, 90, 55, 80, 35, 85, 60, 75]} />
        </div>
        <div class="shell-reading" />
      </div>
    </div>
  );
}

export function Failed() {
  return (
    <main class="shell-failed">
      <Empty icon="wifi-off" title={t("shell.failed")}>
        <p>{t("shell.failedMore")}</p>
        <Button kind="primary" icon="refresh-cw" onClick={() => void start()}>
          {t("shell.retry")}
        </Button>
      </Empty>
    </main>
  );
}
