/** `192.168.10.5` is `https://192.168.10.5:8006/`; undefined for what is no address. */
export function serverUrl(text: string): string | undefined {
  const written = /^https?:/.test(text) ? text : `https://${text}`;
  if (!URL.canParse(written)) return undefined;
  const url = new URL(written);
  if (url.port === '' && !/:443\b/.test(text)) url.port = '8006';
  return `https://${url.host}/`;
}
