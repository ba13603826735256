/** Shells that can complete our commands. */
export const SHELL_NAMES = ['bash', 'zsh', 'fish', 'powershell'] as const;

export type Shell = (typeof SHELL_NAMES)[number];
