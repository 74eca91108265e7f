/** A text with what was searched for in it. */
import { nearFirstHit, pieces } from "../search/marks";

export function Marked({ text, isCut = false }: { text: string; isCut?: boolean }) {
  return (
    <>
      {(isCut ? nearFirstHit(pieces(text)) : pieces(text)).map((piece, at) =>
        piece.isHit ? <mark key={at}>{piece.text}</mark> : <span key={at}>{piece.text}</span>,
      )}
    </>
  );
}
