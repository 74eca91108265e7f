/** A part of the page whose code comes when it is first wanted. */

import { type Signal, signal } from "@preact/signals";
import { type ComponentChildren, type ComponentType, h } from "preact";
import { t } from "../i18n";

interface Loaded<Props> {
  component: ComponentType<Props> | null;
  hasFailed: boolean;
}

/** `const Settings = lazy(() => import("../settings").then((room) => room.Settings))`; `.load()` fetches it ahead. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>, waiting?: () => ComponentChildren) {
  const loaded: Signal<Loaded<Props>> = signal({ component: null, hasFailed: false });
  let isAsked = false;
  const fetch = () => {
    if (isAsked) return;
    isAsked = true;
    load().then(
      (component) => {
        loaded.value = { component, hasFailed: false };
      },
      () => {
        isAsked = false;
        loaded.value = { component: null, hasFailed: true };
      },
    );
  };
  function Lazy(props: Props) {
    const { component, hasFailed } = loaded.value;
    if (component) return h(component, props);
    if (!hasFailed) {
      fetch();
      return <>{waiting?.()}</>;
    }
    return (
      <p class="lazy-failed" role="alert">
        {t("shell.partFailed")}{" "}
        <button type="button" class="button" onClick={fetch}>
          {t("shell.retry")}
        </button>
      </p>
    );
  }
  return Object.assign(Lazy, { load: fetch });
}
