import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { errorCode } from '../../../model/support/files';
import { ASIDE } from '../platform/write-together';
import { decryptText, encryptAs } from '../project/sops';

/** A file that only its team can read, on its way to the disk. */
export type Sealed = { readonly file: string; readonly text: string } | { readonly problem: string };

/** Encrypts the secrets of a cluster for the keys that `.sops.yaml` says. What nobody here can read would be lost at once. */
export async function sealBundle(file: string, clear: string): Promise<Sealed> {
  const encrypted = await encryptAs(file, clear);
  if ('problem' in encrypted) return encrypted;
  const readBack = await decryptText(file, encrypted.text);
  return 'problem' in readBack ? readBack : { file, text: encrypted.text };
}

/** Writes a file that nobody may have written before. @returns why it could not be done */
export function writeOnce({
  file,
  text,
}: {
  readonly file: string;
  readonly text: string;
}): string | undefined {
  const aside = `${file}${ASIDE}`;
  try {
    writeFileSync(aside, text, { flush: true });
    // A rename would replace what somebody has put there in between.
    linkSync(aside, file);
    return undefined;
  } catch (cause) {
    return `${file}: cannot be written (${errorCode(cause)}); check the folder and its permissions`;
  } finally {
    rmSync(aside, { force: true });
  }
}
