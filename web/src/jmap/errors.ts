/** What may become of a call. */

/** The server refused one call (RFC 8620 §3.6.2), or the whole request (§3.6.1). */
export class MethodError extends Error {
  constructor(
    readonly type: string,
    readonly description = "",
  ) {
    super(description ? `${type}: ${description}` : type);
    this.name = "MethodError";
  }
}

/** One object of a /set was refused (RFC 8620 §5.3). */
export class Refused extends MethodError {
  constructor(
    readonly id: string,
    type: string,
    description = "",
    readonly properties: readonly string[] = [],
  ) {
    super(type, description);
    this.name = "Refused";
  }
}

/** No answer came: no network, or no server. What was asked may be asked again. */
export class Offline extends Error {
  constructor(message = "offline") {
    super(message);
    this.name = "Offline";
  }
}

/** It was asked of an account that is shown no more: its ids would be taken for those of the one that is. */
export class Superseded extends Error {
  constructor() {
    super("superseded");
    this.name = "Superseded";
  }
}

/** The log-in is over; the app shows the page for signing in. */
export class SignedOut extends Error {
  constructor() {
    super("signed out");
    this.name = "SignedOut";
  }
}

/** Worth trying again as it is. */
export function isPassing(error: unknown): boolean {
  return error instanceof Offline || (error instanceof MethodError && PASSING.has(error.type));
}
const PASSING = new Set(["serverUnavailable", "serverFail", "serverPartialFail", "limit"]);
