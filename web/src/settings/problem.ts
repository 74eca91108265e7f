/** What the server objected to, for people. */

import { t } from "../i18n";
import { MethodError, Offline } from "../jmap/errors";

export function problemOf(error: unknown): string {
  if (error instanceof Offline) return t("settings.unreachable");
  if (!(error instanceof MethodError)) return error instanceof Cancelled ? "" : t("settings.failed");
  switch (error.type) {
    case "wrongPassword":
      return t("settings.wrongPassword");
    case "wrongCode":
      return t("settings.wrongCode");
    case "forbiddenFrom":
      return t("settings.forbiddenFrom");
    case "rateLimit":
      return t("settings.tooOften");
    case "overQuota":
    case "tooManyRecipients":
    case "limit":
      return t("settings.tooMany");
    default:
      return error.description ? t("settings.refused", { why: error.description }) : t("settings.failed");
  }
}

/** One has turned away from a question. */
export class Cancelled extends Error {}
