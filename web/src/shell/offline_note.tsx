/** A line that says that the server cannot be reached, and what that means. */

import { t } from "../i18n";
import { Icon } from "../parts/icon";
import { online } from "../store/account";
import { waiting } from "../store/outbox";

export function OfflineNote() {
  const count = waiting.value.length;
  return (
    <div class="shell-offline" role="status">
      {!online.value && (
        <p>
          <Icon name="wifi-off" size={16} /> {count ? t("shell.offlineWaiting", { count }) : t("shell.offline")}
        </p>
      )}
    </div>
  );
}
