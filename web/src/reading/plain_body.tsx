/** A message of plain text: quotes by their depth, links as links, the signature set back. */

import { useMemo } from "preact/hooks";
import { t } from "../i18n";
import { linkOf, pieces } from "./links";
import { type Block, blocksOf, type Flow } from "./plain";
import { writeTo } from "./write";

export function PlainBody({ text, flow, foldsQuotes }: { text: string; flow: Flow; foldsQuotes: boolean }) {
  const blocks = useMemo(() => blocksOf(text, flow), [text, flow]);
  return (
    <div class="reading-plain" dir="auto">
      <Blocks blocks={blocks} depth={0} foldsQuotes={foldsQuotes} />
    </div>
  );
}

function Blocks({ blocks, depth, foldsQuotes }: { blocks: readonly Block[]; depth: number; foldsQuotes: boolean }) {
  return blocks.map((block, index) => {
    const key = `${index}-${block.kind}`;
    if (block.kind === "text") return <Lines key={key} lines={block.lines} />;
    if (block.kind === "signature")
      return (
        <div key={key} class="reading-signature">
          <Lines lines={block.lines} />
        </div>
      );
    const quote = (
      <blockquote class="reading-quote" data-depth={(depth % 4) + 1}>
        <Blocks blocks={block.blocks} depth={depth + 1} foldsQuotes={foldsQuotes} />
      </blockquote>
    );
    if (!block.isTrailing || !foldsQuotes) return <div key={key}>{quote}</div>;
    return (
      <details key={key} class="reading-fold">
        <summary>{t("reading.showQuote")}</summary>
        {quote}
      </details>
    );
  });
}

/** Lines as they are: blanks and ends of lines count. */
function Lines({ lines }: { lines: readonly string[] }) {
  return (
    <p class="reading-lines">
      {lines.map((line, index) => (
        <Line key={index} line={line} isLast={index === lines.length - 1} />
      ))}
    </p>
  );
}

function Line({ line, isLast }: { line: string; isLast: boolean }) {
  return (
    <>
      {pieces(line).map((piece, index) => {
        const key = `${index}`;
        return piece.href === null ? piece.text : <TextLink key={key} href={piece.href} text={piece.text} />;
      })}
      {isLast ? "" : "\n"}
    </>
  );
}

function TextLink({ href, text }: { href: string; text: string }) {
  const link = linkOf(href);
  if (link?.kind === "mail")
    return (
      <a
        href={href}
        onClick={(event) => {
          event.preventDefault();
          void writeTo(href);
        }}
      >
        {text}
      </a>
    );
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {text}
    </a>
  );
}
