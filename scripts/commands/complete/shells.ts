import type { Shell } from './shell-names';

/** What each shell runs to complete a line: it asks `talos-proxmox complete`, and falls back to files where that says nothing. */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# talos-proxmox: completion for bash
_talos_proxmox() {
  local IFS=$'\\n'
  COMPREPLY=($(talos-proxmox complete bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [[ \${#COMPREPLY[@]} -eq 1 && $COMPREPLY == *: ]] && compopt -o nospace
  return 0
}
complete -o default -F _talos_proxmox talos-proxmox
`,
  zsh: `#compdef talos-proxmox
# talos-proxmox: completion for zsh
_talos_proxmox() {
  local -a lines
  lines=("\${(@f)$(talos-proxmox complete zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$lines[1]" ]]; then _describe 'talos-proxmox' lines; else _files; fi
}
if [[ "$funcstack[1]" == _talos-proxmox ]]; then _talos_proxmox "$@"; else compdef _talos_proxmox talos-proxmox; fi
`,
  fish: `# talos-proxmox: completion for fish
function __talos_proxmox
    set -l before (commandline -opc)
    set -l lines (talos-proxmox complete fish -- $before[2..-1] (commandline -ct) 2>/dev/null)
    if test (count $lines) -gt 0
        printf '%s\\n' $lines
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c talos-proxmox -f -a '(__talos_proxmox)'
`,
  // Older versions drop an argument that is empty: the last word gets a dot, which is taken off again.
  powershell: `# talos-proxmox: completion for PowerShell
Register-ArgumentCompleter -Native -CommandName talos-proxmox -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
  talos-proxmox complete powershell -- @words "$wordToComplete." 2>$null | ForEach-Object {
    $value, $text = $_ -split "\`t", 2
    if (-not $text) { $text = $value }
    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $text)
  }
}
`,
};
