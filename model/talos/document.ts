/** A document of the machine configuration, or a part of the one big document. */
export type DocumentBody = Readonly<Record<string, unknown>>;

/** Head of a document besides the one big one. */
export const document = (kind: string) => ({ apiVersion: 'v1alpha1', kind });
