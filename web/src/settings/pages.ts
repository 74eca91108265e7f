/** The pages of the settings, in the order of the list beside them. */

import type { ComponentType } from "preact";
import type { Key } from "../i18n";
import { FORWARDING, PEOPLE, PRINCIPALS, SUBMISSION, VACATION } from "../jmap/session";
import type { IconName } from "../parts/icon";
import { can } from "../store/account";
import { Devices } from "./devices";
import { ForwardingPage } from "./forwarding";
import { General } from "./general";
import { Identities } from "./identities";
import { Reading } from "./reading";
import { Security } from "./security";
import { Sharing } from "./sharing";
import { Vacation } from "./vacation";
import { Writing } from "./writing";

export interface Page {
  name: string;
  title: Key;
  icon: IconName;
  component: ComponentType;
  /** Without it on the server, there is no such page. */
  needs?: string;
}

export const PAGES: readonly Page[] = [
  { name: "general", title: "settings.general", icon: "sliders-horizontal", component: General },
  { name: "reading", title: "settings.reading", icon: "mail-open", component: Reading },
  { name: "writing", title: "settings.writing", icon: "pencil", component: Writing },
  { name: "identities", title: "settings.identities", icon: "user", component: Identities, needs: SUBMISSION },
  { name: "vacation", title: "settings.vacation", icon: "calendar", component: Vacation, needs: VACATION },
  { name: "forwarding", title: "settings.forwarding", icon: "forward", component: ForwardingPage, needs: FORWARDING },
  { name: "sharing", title: "settings.sharing", icon: "users", component: Sharing, needs: PRINCIPALS },
  { name: "security", title: "settings.security", icon: "shield", component: Security, needs: PEOPLE },
  { name: "devices", title: "settings.devices", icon: "smartphone", component: Devices, needs: PEOPLE },
];

/** Those there are on this server. */
export const offered = (): readonly Page[] => PAGES.filter((page) => page.needs === undefined || can(page.needs));
