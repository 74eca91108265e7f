/** At the top: the menu, the name of the house, the search box, and whose mail it is. */

import { t } from "../i18n";
import { Avatar } from "../parts/avatar";
import { IconButton } from "../parts/button";
import { closeMenu, type MenuItems, openMenu } from "../parts/menu";
import { go } from "../route";
import { accountId, session as signedIn } from "../store/account";
import { type Preferences, preferences, setPreferences } from "../store/preferences";
import { signOut, switchAccount } from "../store/visit";
import { Mark } from "./mark";
import { isDrawerOpen, openKeys, openPalette } from "./overlays";
import { SearchBar } from "./rooms";

export function Bar() {
  return (
    <header class="shell-bar">
      <IconButton
        class="shell-drawer-button"
        icon="menu"
        label={t("shell.showFolders")}
        aria-expanded={isDrawerOpen.value}
        onClick={() => (isDrawerOpen.value = !isDrawerOpen.value)}
      />
      <a
        class="shell-home"
        href="/mail/"
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          go({ name: "folder", mailboxId: null, threadId: null });
        }}
      >
        <Mark />
        <span class="shell-name">Pillarbox</span>
      </a>
      <div class="shell-search">
        <SearchBar />
      </div>
      <div class="shell-tools">
        <IconButton class="shell-wide-only" icon="command" label={t("shell.palette")} keys="Mod+k" onClick={openPalette} />
        <IconButton
          class="shell-wide-only"
          icon="settings"
          label={t("shell.settings")}
          keys="g s"
          onClick={() => go({ name: "settings", page: "general" })}
        />
        <Account />
      </div>
    </header>
  );
}

function Account() {
  const session = signedIn.value;
  const shown = session?.accounts[accountId.value]?.name ?? "";
  return (
    <button
      type="button"
      class="shell-account"
      aria-haspopup="menu"
      aria-label={`${t("shell.account")}: ${shown}`}
      title={shown}
      onClick={(event) => openMenu(t("shell.account"), itemsOf(), event.currentTarget)}
    >
      <Avatar name={null} email={shown} />
    </button>
  );
}

function itemsOf(): MenuItems {
  const session = signedIn.value;
  const accounts = Object.entries(session?.accounts ?? {});
  const { theme } = preferences.value;
  const themed = (value: Preferences["theme"], label: string) => ({
    label,
    isChecked: theme === value,
    run: () => setPreferences({ theme: value }),
  });
  return [
    ...(accounts.length > 1 ? [t("shell.accounts")] : []),
    ...accounts.map(([id, { name }]) => ({
      label: name,
      isChecked: id === accountId.value,
      run: () => {
        closeMenu();
        go({ name: "folder", mailboxId: null, threadId: null });
        void switchAccount(id);
      },
    })),
    null,
    t("shell.theme"),
    themed("system", t("shell.themeSystem")),
    themed("light", t("shell.themeLight")),
    themed("dark", t("shell.themeDark")),
    null,
    { label: t("shell.settings"), icon: "settings", keys: "g s", run: () => go({ name: "settings", page: "general" }) },
    { label: t("shell.palette"), icon: "command", keys: "Mod+k", run: openPalette },
    { label: t("shell.keys"), icon: "keyboard", keys: "?", run: openKeys },
    null,
    { label: t("shell.signOut"), icon: "log-out", run: () => void signOut() },
  ];
}
