/** What is attached, with how far it has come, and what went wrong with it in words. */

import { bytes, number, t } from "../i18n";
import { IconButton } from "../parts/button";
import { Icon, type IconName } from "../parts/icon";
import type { Attached, Attachments } from "./attachments";

export function Files({ attachments }: { attachments: Attachments }) {
  const shown = attachments.all.value.filter(
    (each) => each.cid === null || each.state === "failed" || each.state === "tooLarge" || each.state === "offline",
  );
  if (!shown.length) return null;
  return (
    <ul class="compose-files" aria-label={t("compose.attachments")}>
      {shown.map((each) => (
        <Line key={each.key} file={each} attachments={attachments} />
      ))}
    </ul>
  );
}

function Line({ file, attachments }: { file: Attached; attachments: Attachments }) {
  const { state, done, size } = file;
  const part = size ? Math.min(1, done / size) : 0;
  const isUnderway = state === "uploading" || state === "waiting";
  return (
    <li class="compose-file" data-state={state}>
      <Icon name={iconOf(file.type)} size={16} />
      <span class="compose-file-name" dir="auto" title={file.name}>
        {file.name}
      </span>
      <span class="compose-file-note" role={isUnderway ? undefined : "status"}>
        {noteOf(file, attachments)}
      </span>
      {isUnderway && (
        <progress class="compose-progress" max={1} value={part} aria-label={t("compose.uploading", { name: file.name })} />
      )}
      {(state === "failed" || state === "offline") && (
        <IconButton
          icon="rotate-ccw"
          iconSize={15}
          label={t("compose.tryAgain", { name: file.name })}
          onClick={() => attachments.retry(file.key)}
        />
      )}
      <IconButton
        icon="x"
        iconSize={15}
        label={t(isUnderway ? "compose.cancelUpload" : "compose.removeFile", { name: file.name })}
        onClick={() => attachments.remove(file.key)}
      />
    </li>
  );
}

function noteOf({ state, done, size }: Attached, { limits }: Attachments): string {
  if (state === "uploading") return number(size ? Math.min(1, done / size) : 0, { style: "percent" });
  if (state === "waiting") return t("compose.fileWaits");
  if (state === "failed") return t("compose.fileFailed");
  if (state === "offline") return t("compose.fileOffline");
  if (state === "tooLarge")
    return t(size > limits.one ? "compose.fileTooLarge" : "compose.filesTooLarge", {
      size: bytes(size),
      most: bytes(size > limits.one ? limits.one : limits.all),
    });
  return bytes(size);
}

function iconOf(type: string): IconName {
  if (type.startsWith("image/")) return "image";
  if (type === "message/rfc822") return "mail";
  if (/zip|compressed|x-tar|gzip|x-7z|rar/.test(type)) return "file-archive";
  return /^text\/|pdf|document/.test(type) ? "file-text" : "file";
}
