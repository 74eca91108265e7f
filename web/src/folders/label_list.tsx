/** The labels that somebody has named, below the folders: each leads to what bears it. */
import { t } from "../i18n";
import { go, route } from "../route";
import { writeTerm } from "../search/syntax";
import { preferences } from "../store/preferences";

export function LabelList() {
  const labels = Object.entries(preferences.value.labels).sort(([, one], [, other]) => one.name.localeCompare(other.name));
  if (labels.length === 0) return null;
  return (
    <section class="folders-labels" aria-label={t("list.labels")}>
      <h2 class="folders-title">{t("list.labels")}</h2>
      <ul>
        {labels.map(([keyword, label]) => {
          const query = writeTerm({ kind: "label", value: keyword, not: false });
          const isShown = route.value.name === "search" && route.value.query === query;
          return (
            <li key={keyword}>
              <button
                type="button"
                class="folders-label"
                aria-current={isShown ? "page" : undefined}
                onClick={() => go({ name: "search", query, threadId: null })}
              >
                <span class="folders-label-dot" data-hue={label.colour} />
                {label.name}
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
