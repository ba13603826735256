/** Name of the Terraform variable that holds the API token of a server; `TF_VAR_<name>` feeds it. */
export const tokenVariable = (serverKey: string): string =>
  `proxmox_${serverKey.replace(/[^A-Za-z0-9_]/g, '_')}_api_token`;
