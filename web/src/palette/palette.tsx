/** Everything there is to do, found by a few letters; and the pickers that commands open. */
import { t } from "../i18n";
import { picker } from "../list/pickers";
import { isPaletteOpen } from "../shell/overlays";
import { Choices } from "./choices";
import { paletteOptions } from "./command_options";
import { LabelPicker } from "./label_picker";
import { FolderPicker, GoPicker, MovePicker } from "./move_picker";
import { SnoozePicker } from "./snooze_picker";

/** What is open of them; the code for it comes when one is opened first. */
export function Palette() {
  return (
    <>
      <Picker />
      {isPaletteOpen.value && (
        <Choices
          label={t("list.palette")}
          placeholder={t("list.paletteHint")}
          options={paletteOptions()}
          onClose={closePalette}
        />
      )}
    </>
  );
}

function closePalette(): void {
  isPaletteOpen.value = false;
}

function Picker() {
  const open = picker.value;
  switch (open?.kind) {
    case "move":
      return <MovePicker rows={open.rows} anchor={open.anchor} />;
    case "label":
      return <LabelPicker rows={open.rows} anchor={open.anchor} />;
    case "snooze":
      return <SnoozePicker rows={open.rows} anchor={open.anchor} />;
    case "folder":
      return <FolderPicker folder={open.folder} anchor={open.anchor} />;
    case "go":
      return <GoPicker />;
    default:
      return null;
  }
}
