package measure

// style is the style sheet of the page, in light and dark.
const style = `:root{--page:#f9f9f7;--card:#fff;--ink:#14171a;--soft:#5b6066;--line:#e3e3df;--on:#2a78d6;--off:#b9bec5;--dot:#14171a;
--s0:#2a78d6;--s1:#e34948;--s2:#86b6ef;--s3:#c9c9c3;--i0:#fff;--i1:#fff;--i2:#14171a;--i3:#14171a;--warn:#fff4d6;--warnline:#eda100}
@media (prefers-color-scheme:dark){:root{--page:#111312;--card:#1a1c1b;--ink:#eceeed;--soft:#a0a6a3;--line:#2e3230;--on:#3987e5;--off:#5a605d;--dot:#fff;
--s0:#3987e5;--s1:#d64545;--s2:#24508c;--s3:#454b48;--i0:#fff;--i1:#fff;--i2:#fff;--i3:#eceeed;--warn:#332a10;--warnline:#c98500}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:860px;margin:0 auto;padding:40px 20px 56px}
header{margin-bottom:24px}
.tool{margin:0;color:var(--soft);font-size:13px;letter-spacing:.02em}
h1{font-size:28px;line-height:1.2;margin:4px 0 8px;letter-spacing:-.01em}
.machine{margin:0;color:var(--soft)}
h2{font-size:18px;margin:0 0 4px}
section,details{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:20px 24px;margin:16px 0}
section p{margin:0 0 14px;color:var(--soft);overflow-wrap:anywhere}
.warning{background:var(--warn);border-left:4px solid var(--warnline);border-radius:6px;padding:10px 14px;margin:10px 0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(180px,1fr));gap:12px;background:none;border:0;padding:0}
.cards div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px}
.cards h3{margin:0;font-size:13px;font-weight:500;color:var(--soft);white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.cards b{display:block;font-size:24px;line-height:1.3;letter-spacing:-.01em}
.cards span{font-size:13px;color:var(--soft)}
.plot{overflow-x:auto}
svg{display:block;width:100%;min-width:580px;height:auto;font-size:13px}
svg text{fill:var(--ink)}
svg .note,svg .value{fill:var(--soft);font-variant-numeric:tabular-nums}
svg .value{fill:var(--ink)}
.axis{stroke:var(--line);stroke-width:1}
.on{fill:var(--on)}.off{fill:var(--off)}
.dot{fill:var(--dot);fill-opacity:.45}
.s0{fill:var(--s0)}.s1{fill:var(--s1)}.s2{fill:var(--s2)}.s3{fill:var(--s3)}
svg .i0{fill:var(--i0)}svg .i1{fill:var(--i1)}svg .i2{fill:var(--i2)}svg .i3{fill:var(--i3)}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:0 0 10px;padding:0;font-size:13px;color:var(--soft)}
.legend i{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:6px;vertical-align:-1px}
.k0{background:var(--s0)}.k1{background:var(--s1)}.k2{background:var(--s2)}.k3{background:var(--s3)}
summary{cursor:pointer;font-weight:600}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin-top:12px;font-size:13px}
th,td{text-align:left;padding:5px 8px;border-bottom:1px solid var(--line)}
th+th,td+td{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td:first-child{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
footer{color:var(--soft);font-size:13px;margin-top:20px}
`
