/** The whole page: the mail, or the page for signing in. */

import { Questions } from "./parts/dialog";
import { Menus } from "./parts/menu";
import { Toasts } from "./parts/toast";
import { Shell } from "./shell/shell";
import { Failed, Starting } from "./shell/starting";
import { SignIn } from "./sign_in/sign_in";
import { visit } from "./store/visit";

export function App() {
  return (
    <>
      <Page />
      <Menus />
      <Questions />
      <Toasts />
    </>
  );
}

function Page() {
  switch (visit.value) {
    case "in":
      return <Shell />;
    case "out":
      return <SignIn />;
    case "failed":
      return <Failed />;
    default:
      return <Starting />;
  }
}
