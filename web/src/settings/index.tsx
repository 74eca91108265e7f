/** The settings: a list of pages, and one of them. */

import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { IconButton } from "../parts/button";
import { Icon } from "../parts/icon";
import { address, back, go } from "../route";
import { offered, type Page } from "./pages";
import { Showing } from "./showing";
import "./settings.css";

/** `page` is the last part of /mail/settings/…: "general" where none is named. */
export function Settings({ page }: { page: string }) {
  const pages = offered();
  const open = pages.find((each) => each.name === page) ?? pages[0]!;
  return (
    <div class="settings">
      <nav class="settings-nav" aria-label={t("settings.title")}>
        <header class="settings-head">
          <IconButton
            icon="arrow-left"
            label={t("settings.back")}
            onClick={() => back({ name: "folder", mailboxId: null, threadId: null })}
          />
          <h1>{t("settings.title")}</h1>
        </header>
        <ul>
          {pages.map((each) => (
            <PageLink key={each.name} page={each} isOpen={each === open} />
          ))}
        </ul>
      </nav>
      <section class="settings-page" aria-labelledby="settings-page-title">
        <h2 id="settings-page-title">{t(open.title)}</h2>
        <open.component key={open.name} />
        <Showing />
      </section>
    </div>
  );
}

function PageLink({ page, isOpen }: { page: Page; isOpen: boolean }) {
  const to = { name: "settings", page: page.name } as const;
  const link = useRef<HTMLAnchorElement>(null);
  // on a phone the pages are a strip that is wider than the screen
  useEffect(() => {
    if (isOpen) link.current?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [isOpen]);
  return (
    <li>
      <a
        ref={link}
        class="settings-link"
        href={address(to)}
        aria-current={isOpen ? "page" : undefined}
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          go(to, { replace: true });
        }}
      >
        <Icon name={page.icon} />
        {t(page.title)}
      </a>
    </li>
  );
}
