/** Look of the page: two columns of servers where there is room, and the colours of the reader's system. */
export const PAGE_STYLE = `
:root{--bg:#fbfbfa;--card:#fff;--ink:#1c1e21;--dim:#5d6570;--line:#d8dce1;--red:#b3261e;--amber:#8a5a00;--green:#1b6e3c;--blue:#1d5fa8;
--redbg:#fdeceb;--amberbg:#fff5dc;--greenbg:#e8f6ed;--bluebg:#e9f1fb;--net2:#7a3fa0}
@media (prefers-color-scheme:dark){:root{--bg:#15171a;--card:#1e2125;--ink:#e7e9ec;--dim:#9aa3ad;--line:#3a3f46;--red:#ff8a80;--amber:#ffc760;
--green:#7fd79b;--blue:#8ab8f0;--redbg:#3a1f1e;--amberbg:#362b14;--greenbg:#1b3325;--bluebg:#1c2c40;--net2:#c79be6}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:1100px;margin:0 auto;padding:16px}
h1{margin:0;font-size:1.6rem}h2{font-size:1.1rem;margin:24px 0 8px}
.lead{margin:4px 0;font-size:1.1rem}
.verdict{display:inline-block;margin:4px 0;padding:4px 12px;border-radius:6px;font-weight:600;background:var(--greenbg);color:var(--green)}
.verdict.blocked,.verdict.incomplete{background:var(--redbg);color:var(--red)}.verdict.allowed{background:var(--amberbg);color:var(--amber)}
.servers{display:grid;gap:12px;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr))}
.server{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:8px}
svg{display:block;width:100%;max-width:420px;height:auto;margin:0 auto}
svg text{font:12px system-ui,sans-serif;fill:var(--ink)}
svg .dim{fill:var(--dim);font-size:11px}svg .title{font-weight:600;font-size:14px}svg .name{font-weight:600;font-size:13px}
svg .box{fill:var(--bg);stroke:var(--line);stroke-width:1.5}
svg .wire{stroke:var(--blue);stroke-width:3;fill:none}svg .wire.storage{stroke:var(--net2)}
svg .disk{fill:var(--bluebg);stroke:var(--line)}svg .disk.hit{fill:var(--redbg);stroke:var(--red);stroke-width:2}
svg .role{fill:var(--bluebg);stroke:none}
svg .create .box{fill:var(--greenbg);stroke:var(--green)}svg .update .box{fill:var(--amberbg);stroke:var(--amber)}
svg .import .box,svg .take .box,svg .move .box,svg .forget .box{fill:var(--bluebg);stroke:var(--blue)}
svg .replace .box,svg .lost .box,svg .remove .box{fill:var(--redbg);stroke:var(--red)}svg .remove .box{stroke-dasharray:6 4}
svg .create .what{fill:var(--green)}svg .update .what{fill:var(--amber)}svg .what{font-weight:600}
svg .remove .what,svg .replace .what,svg .lost .what{fill:var(--red)}
ul{margin:4px 0;padding-left:20px}li{margin:2px 0}
.finding{list-style:none;margin:6px 0 6px -20px;padding:6px 10px;border-left:4px solid var(--amber);background:var(--amberbg)}
.finding.blocked{border-color:var(--red);background:var(--redbg)}
code,pre{font:13px/1.5 ui-monospace,monospace}
pre{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:8px;white-space:pre-wrap}
table{border-collapse:collapse}th,td{text-align:left;padding:4px 12px 4px 0;border-bottom:1px solid var(--line);font-variant-numeric:tabular-nums}
.plan{margin:4px 0;color:var(--dim)}
.legend{color:var(--dim);font-size:.85rem}.key{margin-right:10px}
.key.create{color:var(--green)}.key.update{color:var(--amber)}.key.replace,.key.remove{color:var(--red)}
@media print{.server{break-inside:avoid}}
`;
