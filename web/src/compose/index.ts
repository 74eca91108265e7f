/** Writing. `import("../compose")` brings it; the editor for rich text comes when the first message is opened. */

export { openComposer } from "./composers";
export { Composers } from "./dock";
export { unsent } from "./outgoing";
export { fetchScheduled, openScheduled, scheduled } from "./scheduled";
export type { Opening } from "./snapshot";
