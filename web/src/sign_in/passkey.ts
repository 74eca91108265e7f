/**
 * WebAuthn's objects to and from JSON (Web Authentication Level 3 §5.1.8 and §5.1.9): base64url where they have bytes. Browsers
 * do that by themselves, but not all that people have.
 */

interface DescriptorJson {
  id: string;
  type: string;
  transports?: string[];
}
export interface RequestJson {
  challenge: string;
  rpId?: string;
  timeout?: number;
  userVerification?: string;
  allowCredentials?: DescriptorJson[];
}

export interface CreationJson {
  challenge: string;
  user: { id: string };
  excludeCredentials?: DescriptorJson[];
}

export const hasPasskeys = (): boolean => typeof PublicKeyCredential !== "undefined";

function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function toText(bytes: ArrayBuffer): string {
  const plain = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const described = (given: DescriptorJson[] = []) => given.map((each) => ({ ...each, id: toBytes(each.id) }));

/** The browser asks for one; what it answers, for the server. null: there is none. Throws what the browser does. */
export async function showPasskey(json: RequestJson): Promise<object | null> {
  const { challenge, allowCredentials, ...rest } = json;
  const publicKey = { ...rest, challenge: toBytes(challenge), allowCredentials: described(allowCredentials) };
  const credential = await navigator.credentials.get({ publicKey: publicKey as PublicKeyCredentialRequestOptions });
  return credential && answer(credential as PublicKeyCredential, shown);
}

/** The browser makes one; what it answers, for the server. null: there is none. Throws what the browser does. */
export async function makePasskey(json: CreationJson): Promise<object | null> {
  const { challenge, user, excludeCredentials, ...rest } = json;
  const publicKey = {
    ...rest,
    challenge: toBytes(challenge),
    user: { ...user, id: toBytes(user.id) },
    excludeCredentials: described(excludeCredentials),
  };
  const credential = await navigator.credentials.create({
    publicKey: publicKey as unknown as PublicKeyCredentialCreationOptions,
  });
  return credential && answer(credential as PublicKeyCredential, made);
}

function answer<Response>(credential: PublicKeyCredential, said: (response: Response) => object): object {
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response: { clientDataJSON: toText(credential.response.clientDataJSON), ...said(credential.response as Response) },
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

const shown = (response: AuthenticatorAssertionResponse): object => ({
  authenticatorData: toText(response.authenticatorData),
  signature: toText(response.signature),
  userHandle: response.userHandle ? toText(response.userHandle) : null,
});

const made = (response: AuthenticatorAttestationResponse): object => ({
  attestationObject: toText(response.attestationObject),
  transports: response.getTransports?.() ?? [],
});
